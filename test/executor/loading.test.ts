// Code that tasks need is imported before they run, and not required while somebody else imports it: Node 20 refuses that.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { InvariantError, lazily } from '../../src/base/index.js'
import { decode, encode, lazyOperation, prepare } from '../../src/transfer/index.js'

const PROGRAM = fileURLToPath(new URL('loading-program.js', import.meta.url))

for (const executor of ['threads', 'inline']) {
  it(`tasks of ${executor} find their code while a function of the user imports the same`, { timeout: 120_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, executor])
    const rows = Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (_, j) => i * 8 + j))
    const all = rows.flat()
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0)
    const running = sum(rows.map((row, i) => sum(row) * (8 - i)))
    const highest = sum(rows.map((row) => row[6]! + row[7]!))
    const product = sum(rows.map((row) => sum(row.map((value, k) => value * sum(rows[k]!)))))
    assert.deepEqual(JSON.parse(stdout), [sum(all) + 64, running, highest, -sum(all), sum(all), product, 2])
  })
}

describe('lazily', () => {
  it('loads once, and again when that has failed', async () => {
    let calls = 0
    const lazy = lazily(() => (++calls === 1 ? Promise.reject(new Error('the disk is gone')) : Promise.resolve({ answer: 42 })))
    assert.throws(() => lazy.code, InvariantError)
    await assert.rejects(Promise.resolve(lazy.load()), /the disk is gone/)
    assert.equal(lazy.isLoaded, false)
    await Promise.all([lazy.load(), lazy.load()])
    assert.equal(calls, 2)
    assert.equal(lazy.load(), undefined)
    assert.deepEqual(lazy.code, { answer: 42 })
  })

  it('loads what it needs before it is there', async () => {
    const needed = lazily(() => Promise.resolve({}))
    const lazy = lazily(() => Promise.resolve({}), needed)
    await lazy.load()
    assert.ok(needed.isLoaded)
  })

  it('is loaded by prepare, of a function that decode then finds', async () => {
    const lazy = lazily(() => Promise.resolve({ double: (n: number) => 2 * n }))
    const double = lazyOperation(import.meta.url, 'double', lazy, (code, n: number) => code.double(n))
    const bytes = encode({ run: double })
    await prepare(bytes)
    assert.equal(prepare(bytes), undefined)
    assert.equal((decode(bytes) as { run: typeof double }).run(21), 42)
  })
})
