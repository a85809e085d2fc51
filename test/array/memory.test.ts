// Arrays that are larger than memory. TEST_ARRAY_BYTES: how large the array is that is reduced (16 GB is what is promised);
// TEST_MEMORY=1: also on every executor and from every kind of file, and what is cut anew and sorted where it does not
// fit into a worker.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client, LocalCluster, compute, config } from 'heddle'
import * as da from 'heddle/array'

const bytes = Number(process.env['TEST_ARRAY_BYTES'] ?? 512 * 2 ** 20)
const all = process.env['TEST_MEMORY'] === '1'
const skip = !all && 'TEST_MEMORY=1 runs it'

/** What two threads hold of it and of themselves. */
const most = 400 * 2 ** 20

const cases: readonly (readonly [how: string, source: string])[] = [
  ['threads', 'random'],
  ['inline', 'random'],
  ['processes', 'random'],
  ['cluster', 'random'],
  ['threads', 'npy'],
  ['cluster', 'npy'],
  ['threads', 'zarr'],
  ['cluster', 'zarr'],
]

for (const [how, source] of cases) {
  const always = how === 'threads' && source === 'random'
  test(`a reduction streams: memory does not grow with the array (${how}, ${source})`, { skip: !always && skip }, async (t) => {
    const program = fileURLToPath(new URL('./memory-program.js', import.meta.url))
    const folder = await mkdtemp(join(tmpdir(), 'heddle-memory-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const args = [program, String(bytes), how, source, join(folder, 'x')]
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, HEDDLE_THREADS: '2' } })
    const { mean, peak, seconds } = JSON.parse(stdout) as { mean: number; peak: number; seconds: number }
    t.diagnostic(`${Math.round(peak / 2 ** 20)} MiB at most, ${seconds.toFixed(1)} s`)
    // Squares of numbers from 0 to 1: their mean is 1/3, and that of n deviates by 0.298 / √n.
    assert.ok(Math.abs(mean - 1 / 3) < (6 * 0.2981) / Math.sqrt(bytes / 8))
    assert.ok(peak < most, `${Math.round(peak / 2 ** 20)} MiB for an array of ${Math.round(bytes / 2 ** 20)} MiB`)
  })
}

test('rechunks and sorts of arrays larger than the memory of the worker', { skip }, async (t) => {
  const cluster = await LocalCluster.start({ workers: 1, threadsPerWorker: 2, memoryLimit: '600 MiB' })
  t.after(() => cluster.close())
  const client = await Client.open(cluster)
  t.after(() => client.close())
  await config.with({ array: { chunkSize: '8 MiB', rechunkLimit: '32 MiB' } }, async () => {
    const side = 10_000
    const table = da.random.defaultRng(2).random({ size: [side, side], chunks: [100, -1] })
    const columns = table.add(0).rechunk([-1, 100])
    const straight = await compute({ a: table.sum({ axis: 0 }), b: columns.sum({ axis: 0 }) }, { executor: client })
    const [a, b] = [straight.a as da.NdArray<'float64'>, straight.b as da.NdArray<'float64'>]
    assert.ok(a.data.every((v, i) => Math.abs(v - b.data[i]!) < 1e-9 * side))

    const line = da.random.defaultRng(3).random({ size: [100_000_000], chunks: 2 ** 20 })
    const sorted = da.sort(line)
    const { steps, middle } = await compute({ steps: da.diff(sorted).min(), middle: da.median(line) }, { executor: client })
    assert.ok(Number((steps as da.NdArray).item()) >= 0)
    assert.ok(Math.abs(Number((middle as da.NdArray).item()) - 0.5) < 1e-3)
  })
})
