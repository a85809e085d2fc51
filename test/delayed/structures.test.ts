import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { compute, delayed, value } from '../../src/index.js'

const increment = delayed((x: number) => x + 1)

/** Structures of numbers, some of which are to be made lazy: { lazy: x } stands for increment(x). */
const { structure } = fc.letrec((tie) => ({
  structure: fc.oneof({ maxDepth: 4 }, tie('leaf'), fc.array(tie('structure')), fc.dictionary(fc.string(), tie('structure'))),
  leaf: fc.oneof(
    fc.integer(),
    fc.integer().map((x) => ({ lazy: x })),
  ),
}))

/** The structure with `make(x)` in the place of each { lazy: x }. */
function withLazy(node: unknown, make: (x: number) => unknown): unknown {
  if (Array.isArray(node)) return node.map((item) => withLazy(item, make))
  if (typeof node !== 'object' || node === null) return node
  if (typeof (node as { lazy?: unknown }).lazy === 'number') return make((node as { lazy: number }).lazy)
  return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, withLazy(item, make)]))
}

test('what is lazy in a structure is computed where it stands, by compute and as an argument', async () => {
  const property = fc.asyncProperty(structure, async (node) => {
    const lazy = [withLazy(node, increment)]
    const before = withLazy(node, (x) => x)
    const expected = [withLazy(node, (x) => x + 1)]
    assert.deepEqual(await compute(lazy, { executor: 'inline' }), expected)
    assert.deepEqual(await value(lazy).compute({ executor: 'inline' }), expected)
    assert.deepEqual(
      withLazy(node, (x) => x),
      before,
      'what was given is as it was',
    )
  })
  await fc.assert(property, { numRuns: 200 })
})

test('a long list takes time that grows with its length only', async () => {
  const list = Array.from({ length: 20_000 }, (_, i) => increment(i))
  const nested = await compute({ list, first: list[0]! }, { executor: 'inline' })
  assert.equal(nested.first, 1)
  assert.deepEqual(
    nested.list,
    Array.from({ length: 20_000 }, (_, i) => i + 1),
  )
  assert.deepEqual(await value(list).compute({ executor: 'inline' }), nested.list)
})
