import assert from 'node:assert/strict'
import test from 'node:test'
import { compute, delayed } from '../../src/index.js'

const double = delayed((x: number) => x * 2)
const add = delayed((a: number, b: number) => a + b)

test('a call is one task, however often it is used, and another one in each computation', async () => {
  let calls = 0
  const count = delayed(() => ++calls)
  const once = count()
  assert.deepEqual(await compute([once, once, add(once, once)], { executor: 'inline' }), [1, 1, 2])
  assert.deepEqual(await compute([add(once, once), once], { executor: 'inline' }), [4, 2])
  assert.equal(calls, 2)
})

test('equal calls of a pure function on one result are one task', async () => {
  let calls = 0
  const noted = delayed(
    (x: number) => {
      calls++
      return x
    },
    { pure: true },
  )
  const one = double(1)
  assert.deepEqual(await compute([noted(one), noted(one), noted(double(1))], { executor: 'inline' }), [2, 2, 2])
  assert.equal(calls, 2)
})

/** What `Asking` calls when it is encoded: a global, because the class travels with all that it captures. */
interface Hooks {
  whenEncoded?: () => void
}

class Asking {
  toTransfer(): number {
    ;(globalThis as Hooks).whenEncoded?.()
    return 1
  }
  static fromTransfer(): Asking {
    return new Asking()
  }
}

test('what is computed while something else is being encoded does not disturb it', async () => {
  const shared = double(3)
  const inside: Promise<number>[] = []
  const hooks = globalThis as Hooks
  hooks.whenEncoded = () => {
    inside.push(shared.compute({ executor: 'inline' }), add(double(5), shared).compute({ executor: 'inline' }))
  }
  const asking = new Asking()
  const holds = delayed((x: number) => (typeof asking === 'object' ? x + 1 : 0))
  try {
    const all = [shared, holds(shared), add(shared, holds(shared)), double(4)]
    assert.deepEqual(await compute(all, { executor: 'threads' }), [6, 7, 13, 8])
  } finally {
    delete hooks.whenEncoded
  }
  assert.ok(inside.length > 0)
  assert.deepEqual(
    await Promise.all(inside),
    inside.map((_, i) => (i % 2 === 0 ? 6 : 16)),
  )
})
