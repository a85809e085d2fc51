import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { wantHugePages } from '../../src/base/index.js'

const SWITCH = '/sys/kernel/mm/transparent_hugepage/enabled'
const MIB = 2 ** 20

function isThere(): boolean {
  try {
    createRequire(import.meta.url).resolve('koffi')
    return readFileSync(SWITCH, 'latin1').includes('[madvise]')
  } catch {
    return false
  }
}

test('what is asked to lie in huge pages keeps its values, wherever it begins', () => {
  const memory = new Uint8Array(new SharedArrayBuffer(40 * MIB))
  memory.fill(7)
  wantHugePages(memory)
  wantHugePages(memory.subarray(3, 39 * MIB + 5))
  assert.ok(memory.every((byte) => byte === 7))
})

test('large values lie in huge pages where Linux gives them, and do not where the setting is off', {
  skip: !isThere() && 'no koffi, or Linux gives huge pages to all or to nobody',
}, async () => {
  const program = fileURLToPath(new URL('./huge-pages-program.js', import.meta.url))
  const huge = async (on: boolean): Promise<number> => {
    const { stdout } = await promisify(execFile)(process.execPath, [program], {
      env: { ...process.env, HEDDLE_MEMORY__HUGE_PAGES: String(on) },
    })
    return Number(stdout)
  }
  assert.equal(await huge(false), 0)
  // All but where they do not begin or end with such a page; a system that is short of memory may give fewer.
  assert.ok((await huge(true)) > 8 * MIB)
})
