import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as da from '../../src/array/index.js'
import { config } from '../../src/config/index.js'
import { type AnyFunction, casesByName as byName } from './operation-cases.js'
import { assertSame, localOf } from './packed.js'

/** Chunks of lengths that do not divide the axes. */
const cuts = [-1, 4, 3] as const

for (const [name, own] of byName) {
  test(`${name} gives what NumPy gives, however arrays are cut`, () =>
    config.with({ executor: 'inline' }, async () => {
      for (const { first = [], inputs, args, results, tolerance } of own) {
        for (const chunks of cuts) {
          const arrays = inputs.map((i) => da.fromArray(localOf(i), { chunks: i.shape.length === 0 ? 'auto' : chunks }))
          const run = (da as unknown as Record<string, AnyFunction>)[name]!
          const label = `${name}(${first.join()} ${inputs.map((i) => `${i.dtype}[${i.shape.join(', ')}]`).join(', ')}; ${JSON.stringify(args)}) in chunks of ${chunks}`
          const given = await run(...first, ...arrays, ...args)
          const list = Array.isArray(given) ? given : [given]
          for (const [i, expected] of results.entries()) {
            const value = list[i] as da.ChunkedArray
            const got = await value.compute()
            if (!value.shape.some(Number.isNaN)) assert.deepEqual(value.shape, got.shape, `${label}: the shape that it said`)
            assert.equal(value.dtype, got.dtype, `${label}: the type that it said`)
            assertSame(got, localOf(expected), tolerance, label)
          }
        }
      }
    }))
}

test('threads give what one thread gives', () =>
  config.with({ executor: 'threads', threads: 2 }, async () => {
    for (const [name, own] of byName) {
      const { first: before = [], inputs, args, results, tolerance } = own.at(-1)!
      const arrays = inputs.map((i) => da.fromArray(localOf(i), { chunks: i.shape.length === 0 ? 'auto' : 3 }))
      const given = await (da as unknown as Record<string, AnyFunction>)[name]!(...before, ...arrays, ...args)
      const first = (Array.isArray(given) ? given[0] : given) as da.ChunkedArray
      assertSame(await first.compute(), localOf(results[0]!), tolerance, name)
    }
  }))

test('methods do what the functions of the same names do', () =>
  config.with({ executor: 'inline' }, async () => {
    const x = da.fromArray(
      [
        [3, 1, 2],
        [9, 7, 8],
        [4, 6, 5],
      ],
      { chunks: 2 },
    )
    const list = async (y: da.ChunkedArray): Promise<unknown> => (await y.compute()).toArray()
    assert.deepEqual(await list(x.topk(2)), await list(da.topk(x, 2)))
    assert.deepEqual(await list(x.argtopk(-1, { axis: 0 })), [[0n, 0n, 0n]])
    assert.deepEqual(await list(x.dot(x)), await list(da.matmul(x, x)))
    assert.equal(await list(x.trace()), 15n)
  }))
