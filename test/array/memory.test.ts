// Arrays that are larger than memory. HEDDLE_ARRAY_BYTES: how large the array is that is reduced (16 GB is what is promised).
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const bytes = Number(process.env['HEDDLE_ARRAY_BYTES'] ?? 512 * 2 ** 20)
/** What two threads hold of it and of themselves. */
const most = 400 * 2 ** 20

test('a reduction streams: memory does not grow with the array', async () => {
  const program = fileURLToPath(new URL('./memory-program.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(bytes)], {
    env: { ...process.env, HEDDLE_THREADS: '2' },
  })
  const { mean, grown } = JSON.parse(stdout) as { mean: number; grown: number }
  // Squares of numbers from 0 to 1: their mean is 1/3, and that of n deviates by 0.298 / √n.
  assert.ok(Math.abs(mean - 1 / 3) < (6 * 0.2981) / Math.sqrt(bytes / 8))
  assert.ok(grown < most, `${Math.round(grown / 2 ** 20)} MiB for an array of ${Math.round(bytes / 2 ** 20)} MiB`)
})
