import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect, isDeepStrictEqual } from 'node:util'
import { serialize } from 'node:v8'
import fc from 'fast-check'
import { decode, encode, isPlain } from '../../src/transfer/index.js'

const trip = (value: unknown): unknown => decode(encode(value))

function same(value: unknown): void {
  const there = trip(value)
  assert.ok(isDeepStrictEqual(there, value), `${inspect(value)} became ${inspect(there)}`)
}

// Two invalid dates are not equal to Node's comparison: there are none among these.
const values = [
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(null, undefined, NaN, -0),
]
const anything = fc.anything({
  values,
  withBigInt: true,
  withBoxedValues: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withTypedArray: true,
  withSparseArray: true,
  withUnicodeString: true,
  maxDepth: 4,
})

test('any plain value comes back equal', () => {
  fc.assert(fc.property(anything, same), { numRuns: 2000 })
})

test('what structuredClone gives, without null prototypes', () => {
  const plain = fc.anything({
    withBigInt: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  })
  fc.assert(
    fc.property(plain, (value) => {
      assert.ok(isDeepStrictEqual(trip(value), structuredClone(value)))
    }),
    { numRuns: 1000 },
  )
})

test('strings of any length and alphabet', () => {
  const string = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 70 }),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('a', '\xff', 'Ā', '\ud800', '\udc00') }),
    fc.integer({ min: 4000, max: 140_000 }).map((n) => 'ä€'.repeat(n / 2)),
    fc.integer({ min: 4000, max: 140_000 }).map((n) => 'ab'.repeat(n / 2)),
  )
  fc.assert(
    fc.property(fc.array(string, { maxLength: 20 }), (strings) => {
      assert.deepStrictEqual(trip(strings), strings)
      for (const s of strings) assert.equal(trip(s), s)
    }),
    { numRuns: 200 },
  )
})

test('many strings: segments begin and end between them', () => {
  const strings = Array.from({ length: 20_000 }, (_, i) => (i % 97 === 0 ? '€'.repeat(i % 13) : `s${i}`.repeat(i % 7)))
  const value = { strings, mixed: strings.map((s, i) => (i % 3 === 0 ? i : s)) }
  assert.deepStrictEqual(trip(value), value)
})

test('numbers: all of them, alone and in arrays', () => {
  const number = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(-0, 0, 127, 128, -1, 2 ** 31, -(2 ** 31), 2 ** 53, NaN, Infinity),
  )
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const there = trip(numbers) as number[]
      assert.equal(there.length, numbers.length)
      numbers.forEach((n, i) => assert.ok(Object.is(there[i], n)))
      for (const n of numbers) assert.ok(Object.is(trip(n), n))
      assert.deepStrictEqual(trip(['', ...numbers]), ['', ...numbers])
    }),
  )
})

test('cycles and shared objects stay what they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.constantFrom('list', 'map', 'record')), { maxLength: 30 }),
      (edges) => {
        const nodes = Array.from({ length: 10 }, (_, id) => ({
          id,
          list: [] as unknown[],
          map: new Map<unknown, unknown>(),
          record: {} as Record<string, unknown>,
        }))
        edges.forEach(([from, to, how], i) => {
          if (how === 'list') nodes[from]!.list.push(nodes[to])
          else if (how === 'map') nodes[from]!.map.set(nodes[to], i)
          else nodes[from]!.record[`k${i % 3}`] = nodes[to]
        })
        const there = trip(nodes) as typeof nodes
        edges.forEach(([from, to, how], i) => {
          if (how === 'list') assert.ok(there[from]!.list.includes(there[to]))
          else if (how === 'map') assert.ok(there[from]!.map.has(there[to]))
          else if (nodes[from]!.record[`k${i % 3}`] === nodes[to]) assert.equal(there[from]!.record[`k${i % 3}`], there[to])
        })
      },
    ),
  )
})

test('many records of one kind, and of several', () => {
  const records = Array.from({ length: 500 }, (_, i) =>
    i % 5 === 0 ? { b: i, a: `${i}` } : { id: i, name: `n${i}`, x: i / 3, on: i % 2 === 0 },
  )
  assert.deepStrictEqual(trip(records), records)
  const kinds = Array.from({ length: 400 }, (_, i) =>
    Object.fromEntries(Array.from({ length: i % 23 }, (__, k) => [`k${(k * i) % 31}`, k])),
  )
  assert.deepStrictEqual(trip(kinds), kinds)
  const odd = Array.from({ length: 100 }, (_, i) => ({ ['__proto__']: i, constructor: i, 7: i, 'a b': null, toString: 1 }))
  const there = trip(odd) as object[]
  assert.deepStrictEqual(there, odd)
  assert.ok(there.every((o) => Object.hasOwn(o, '__proto__')))
})

test('arrays with holes, with names, and both', () => {
  const named = Object.assign([1, 2, 3], { columns: ['a'] })
  const longNamed = Object.assign(
    Array.from({ length: 1000 }, (_, i) => i),
    { columns: ['a'] },
  )
  const match = /(?<word>b)/.exec('abc')
  const huge: unknown[] = []
  huge[4_000_000_000] = 'end'
  // oxlint-disable-next-line no-sparse-arrays
  for (const value of [named, longNamed, match, [1, , 3], [, 'x'], Object.assign([, 1], { x: 1 }), [undefined, 1]]) same(value)
  const there = trip(huge) as unknown[]
  assert.equal(there.length, huge.length)
  assert.deepEqual(Object.keys(there), Object.keys(huge))
  const clone = structuredClone(longNamed)
  assert.deepStrictEqual(trip(longNamed), clone)
})

test('built-in objects', () => {
  for (const value of [
    new Date(5),
    /a+/giu,
    Object(1n),
    new Number(-0),
    new String('x'),
    new Boolean(false),
    new ArrayBuffer(5),
    new DataView(new ArrayBuffer(9), 2, 3),
    new BigInt64Array([1n, -5n]),
    new Uint8ClampedArray([1, 2]),
    Buffer.from('hello'),
    Symbol.iterator,
    Symbol.for('heddle.test'),
    2n ** 64n,
    -(2n ** 63n),
    -(2n ** 63n) - 1n,
  ]) {
    same(value)
  }
  // Two invalid dates are not equal to Node's comparison.
  assert.ok(Number.isNaN((trip(new Date(NaN)) as Date).getTime()))
  assert.equal((trip(new URL('http://a.b/c?d=e')) as URL).href, 'http://a.b/c?d=e')
  assert.equal((trip(new URLSearchParams('a=1&a=2')) as URLSearchParams).toString(), 'a=1&a=2')
})

test('the value of a record is read once, through its getter', () => {
  let reads = 0
  const value = {
    get x() {
      return ++reads
    },
  }
  assert.deepEqual(trip(value), { x: 1 })
})

test('errors keep name, message, stack, cause, errors, and their own properties', () => {
  const cause = new RangeError('low')
  const error = Object.assign(new TypeError('bad', { cause }), { code: 'E_BAD', detail: { a: [1] } })
  const there = trip(error) as TypeError & { code: string; detail: unknown; cause: Error }
  assert.ok(there instanceof TypeError)
  assert.equal(there.stack, error.stack)
  assert.equal(there.name, 'TypeError')
  assert.ok(there.cause instanceof RangeError && there.cause.stack === cause.stack)
  assert.deepEqual([there.code, there.detail], ['E_BAD', { a: [1] }])
  assert.deepEqual(Object.keys(there), Object.keys(error))
  const aggregate = trip(new AggregateError([error, 'x'], 'two')) as AggregateError
  assert.ok(aggregate instanceof AggregateError && aggregate.errors[0] instanceof TypeError && aggregate.errors[1] === 'x')
  assert.deepEqual(Object.keys(aggregate), [])
  const named = new Error('n')
  named.name = 'Special'
  assert.equal(String(trip(named)), 'Special: n')
  const abort = trip(new DOMException('stop', 'AbortError')) as DOMException
  assert.ok(abort instanceof DOMException && abort.name === 'AbortError' && abort.message === 'stop')
})

test('errors of Node itself', () => {
  let thrown: unknown
  try {
    Buffer.alloc('x' as unknown as number)
  } catch (error) {
    thrown = error
  }
  const there = trip(thrown) as Error & { code: string }
  assert.ok(there instanceof TypeError)
  assert.equal(there.code, 'ERR_INVALID_ARG_TYPE')
  assert.equal(there.stack, (thrown as Error).stack)
})

test('an error arrives even if something that hangs on it cannot', () => {
  const error = Object.assign(new Error('request failed'), {
    pending: Promise.resolve(),
    status: 500,
    self: undefined as unknown,
  })
  error.self = error
  const there = trip(error) as typeof error
  assert.deepEqual([there.message, there.status], ['request failed', 500])
  assert.equal(there.pending, '[cannot travel: an instance of Promise]')
  assert.equal(there.self, there)
  const a: Error & { other?: unknown } = new Error('a')
  const b = Object.assign(new Error('b', { cause: a }), { holder: { a } })
  a.other = { b }
  const back = trip(a) as { other: { b: Error & { cause: unknown } } }
  assert.equal(back.other.b.cause, back)
  class Stuck extends Error {
    override name = 'Stuck'
    wait() {
      return error.pending
    }
  }
  const stuck = trip(new Stuck('s')) as Error
  assert.equal(String(stuck), 'Stuck: s')
})

test('a long chain of causes is not tried out at each level', () => {
  let error = new Error('0')
  for (let i = 1; i < 60; i++) error = new Error(String(i), { cause: error })
  let depth = 0
  for (let e: unknown = trip(error); e instanceof Error; e = e.cause) depth++
  assert.equal(depth, 60)
})

test('isPlain agrees with structuredClone', () => {
  fc.assert(
    fc.property(anything, (value) => {
      if (isPlain(value)) assert.ok(isDeepStrictEqual(structuredClone(value), value))
    }),
  )
  for (const no of [
    () => 1,
    Symbol.iterator,
    { f() {} },
    [Buffer.from('')],
    new (class A {})(),
    Object.create(null),
    Promise.resolve(),
  ]) {
    assert.equal(isPlain(no), false, inspect(no))
  }
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  for (const yes of [1, 'a', null, [1, { a: new Map([[1, new Set([2])]]) }], new Float64Array(2), new Date(), /x/, cyclic]) {
    assert.equal(isPlain(yes), true, inspect(yes))
  }
})

test('payloads of plain data are not larger than those of v8', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({ id: i, name: `name ${i}`, x: i / 7, tag: null }))
  assert.ok(encode(rows).length < serialize(rows).length)
})
