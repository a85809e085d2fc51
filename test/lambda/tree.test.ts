// What functions say, as trees: against trees that are written by hand from the grammar of JavaScript.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LambdaError, type Tree, Untranslatable, marked, treeOf } from '../../src/lambda/index.js'

const literal = (value: unknown): Tree => ({ op: 'literal', value })
const field = (name: string): Tree => ({ op: 'field', of: { op: 'parameter', index: 0 }, name, optional: false })
const binary = (operator: string, left: Tree, right: Tree): Tree => ({ op: 'binary', operator, left, right })

interface Row {
  a: number
  b: number
  s: string
}

describe('trees', () => {
  const limit = 60
  const twice = (x: number) => x * 2

  test('of captured variables, constants and helpers', () => {
    assert.deepEqual(
      treeOf((f: Row) => f.a > limit),
      binary('>', field('a'), literal(60)),
    )
    assert.deepEqual(
      treeOf((f: Row) => f.a * (limit * 2 + Math.abs(-3))),
      binary('*', field('a'), literal(123)),
    )
    assert.deepEqual(
      treeOf((f: Row) => twice(f.b)),
      binary('*', field('b'), literal(2)),
    )
    assert.deepEqual(
      treeOf(({ a, b: other }: Row) => a + other),
      binary('+', field('a'), field('b')),
    )
  })

  test('of bodies with variables and conditions', () => {
    const tree = treeOf((f: Row) => {
      const half = f.a / 2
      if (half > limit) return half
      return f.b
    })
    const half = binary('/', field('a'), literal(2))
    assert.deepEqual(tree, { op: 'choose', test: binary('>', half, literal(60)), yes: half, no: field('b') })
  })

  test('of what is decided already', () => {
    assert.deepEqual(
      treeOf((f: Row) => (limit > 3 ? f.a : f.b)),
      field('a'),
    )
    assert.deepEqual(
      treeOf((f: Row) => limit === 60 && f.a),
      field('a'),
    )
  })

  test('of functions with a mark', () => {
    const mean = marked('mean', (x: number) => x)
    assert.deepEqual(
      treeOf((f: Row) => mean(f.a)),
      { op: 'call', name: 'mean', args: [field('a')] },
    )
  })

  test('of random numbers and clocks are not constants', () => {
    assert.deepEqual(
      treeOf(() => Math.random()),
      { op: 'call', name: 'Math.random', args: [] },
    )
    assert.deepEqual(
      treeOf(() => Date.now()),
      { op: 'call', name: 'Date.now', args: [] },
    )
  })
})

describe('what has no tree', () => {
  test('side effects and promises are mistakes', () => {
    let n = 0
    const list: number[] = []
    const wrong = [
      () => n++,
      () => {
        n = 3
      },
      (f: Row) => delete (f as Partial<Row>).a,
      (f: Row) => list.push(f.a),
      // oxlint-disable-next-line typescript/require-await -- it is the keyword that counts
      async (f: Row) => f.a,
      (f: Row) => console.log(f.a),
      // @ts-expect-error there is no such variable
      (f: Row) => nowhere(f.a),
    ]
    for (const fn of wrong) assert.throws(() => treeOf(fn as (f: Row) => unknown), LambdaError, String(fn))
    assert.equal(n, 0)
  })

  test('loops, functions of functions, recursion', () => {
    const forever = (x: number): number => forever(x + 1)
    const others = [
      (f: Row) => {
        for (;;) if (f.a > 3) return 1
      },
      (f: Row) => [f.a].map((x) => x + 1),
      (f: Row) => forever(f.a),
      function (this: unknown) {
        return this
      },
    ]
    for (const fn of others) assert.throws(() => treeOf(fn as (f: Row) => unknown), Untranslatable, String(fn))
  })
})
