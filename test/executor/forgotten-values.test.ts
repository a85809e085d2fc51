// Values whose handles nobody has go when much memory is taken: V8 knows only of the handles, which are small.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { delayed } from 'heddle'
import { ForgottenValues } from '../../src/executor/forgotten-values.js'
import { PoolExecutor } from '../../src/executor/pool.js'

const MUCH = 256 * 2 ** 20

test('a program that makes one large value after the other has few of them in memory', { timeout: 120_000 }, async () => {
  await using pool = new PoolExecutor('threads', 2)
  const on = { executor: pool }
  const make = delayed((n: number, value: number) => new Float64Array(n).fill(value))
  const first = delayed((values: Float64Array) => values[0]!)
  const bytes = 64 * 2 ** 20
  let most = 0
  for (let i = 0; i < 60; i++) {
    const value = make(bytes / 8, i).persist(on)
    assert.equal(await first(value).compute(on), i)
    most = Math.max(most, pool.memory.values)
  }
  // A collection that others hold up is paid for with a longer pause: then there are more, but never all.
  assert.ok(most < 45 * bytes, `${most / bytes} of 60 values were there at one time`)
})

test('it is looked for them where that may help, and takes a twentieth of the time at most', async () => {
  let now = 0
  let held = MUCH
  let collected = 0
  const values = new ForgottenValues(
    () => held,
    { now: () => now },
    () => {
      collected++
      now += 0.01
    },
  )
  const grow = async (bytes: number) => {
    values.grown(bytes)
    await nextTurn()
    return collected
  }
  assert.equal(await grow(MUCH - 1), 0)
  assert.equal(await grow(1), 1)
  assert.equal(await grow(MUCH), 1, 'right after the last time')
  now += 0.19
  assert.equal(await grow(1), 2, 'what was taken meanwhile counts')
  now += 1
  held = MUCH - 1
  assert.equal(await grow(MUCH), 2, 'there is not much that could be let go')
  held = MUCH
  assert.equal(await grow(MUCH), 3)
})
