// The program on docs/debugging.md does what it says.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runPage } from '../docs/page-program.js'

test('the snippets of docs/debugging.md', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'heddle-debugging-'))
  try {
    const { said } = runPage('docs/debugging.md', { cwd })
    const lines = said.split('\n')
    for (const line of [
      "failed: no price in 'sugar'",
      "again: no price in 'sugar'",
      'true',
      `total: ${(1 + 2 + 3) * 10}`,
      "rows of january { dataset: 'january', rows: 31 }",
      '(x) => x + 1 finished true 0',
      '7,8',
      '10',
      'primes',
      '1',
      '2 1',
    ]) {
      assert.ok(lines.includes(line), `${line} in\n${said}`)
    }
    assert.match(said, /^Story of .*\n(?: .*\n)+/m)
    assert.match(said, /failed on worker \d: RangeError: no price in 'sugar'/)
    assert.ok(existsSync(join(cwd, 'primes.cpuprofile')))
  } finally {
    rmSync(cwd, { recursive: true })
  }
})
