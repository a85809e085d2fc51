// Pieces of rows: what comes out is what went in, and what cannot travel so is left to the codec.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { rows } from '../../src/transfer/index.js'

const { RowBatch, RowMemory, RowReader } = rows()

type Row = readonly [key: unknown, item: unknown]

/** Writes the rows as pieces of these lengths, one after the other; gives what is read, or undefined when they are left to the codec. */
function sent(given: readonly Row[], lengths: readonly number[]): Row[] | undefined {
  const batch = RowBatch.of(
    given.map(([key]) => key),
    given.map(([, item]) => item),
  )
  if (!batch) return undefined
  const order = Int32Array.from(given.keys())
  const memory = new RowMemory(new Uint8Array(1 << 20).fill(0xaa))
  const places: (readonly [at: number, length: number])[] = []
  let at = 0
  for (let from = 0, i = 0; from < given.length; i++) {
    const to = Math.min(given.length, from + (lengths[i % lengths.length] ?? 1))
    const length = batch.measure(order, from, to)
    assert.ok(length > 0)
    batch.write(order, from, to, memory, at)
    places.push([at, length])
    at += (length + 7) & ~7
    from = to
  }
  const reader = new RowReader()
  const got: Row[] = []
  // From memory that holds nothing else.
  const copy = new RowMemory(memory.bytes.slice(0, at))
  for (const [start, length] of places) {
    assert.ok(RowReader.isPiece(copy.bytes, start))
    reader.read(copy, start, length, (key, item) => got.push([key, item]))
  }
  return got
}

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 80 }), fc.constant('\ud800 alone'))
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, Number.NaN, 2 ** 31, -(2 ** 31), Infinity))
const primitive = fc.oneof(text, number, fc.boolean(), fc.constantFrom(null, undefined))
const column = fc.constantFrom(text, fc.integer(), number, primitive)
const names = fc.uniqueArray(fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('__proto__', 'constructor', '0', 'é漢')), {
  minLength: 1,
  maxLength: 6,
})
const lengths = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })

/** Records of one kind, in which each field has a kind of its own. */
const records = names.chain((keys) =>
  fc.tuple(...keys.map(() => column)).map((columns) =>
    fc.tuple(...columns).map((values) => {
      const record = {}
      keys.forEach((key, i) =>
        Object.defineProperty(record, key, { value: values[i], writable: true, enumerable: true, configurable: true }),
      )
      return record as unknown
    }),
  ),
)
const tuples = fc.array(column, { minLength: 1, maxLength: 5 }).map((columns) => fc.tuple(...columns) as fc.Arbitrary<unknown>)
const items = fc.oneof(records, tuples, column as fc.Arbitrary<fc.Arbitrary<unknown>>)
const table = fc
  .tuple(column, items)
  .chain(([key, item]) => fc.array(fc.tuple(key as fc.Arbitrary<unknown>, item), { minLength: 1, maxLength: 30 }))

describe('pieces of rows', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(table, lengths, (given, cuts) => assert.deepStrictEqual(sent(given, cuts), given)),
      { numRuns: 300 },
    )
  })

  it('have each key once when items are their own keys', () => {
    const given = ['a', 'ß', '漢', 'a'].map((key): Row => [key, key])
    assert.deepStrictEqual(sent(given, [2]), given)
  })

  it('leave to the codec what is not made of primitives of one kind', () => {
    const twice = { a: 1 }
    const hole = Object.assign([1], { length: 2 })
    const named = Object.assign([1], { length: 2, x: 2 })
    const cases: Record<string, readonly unknown[]> = {
      nested: [{ a: [1] }],
      'other keys': [{ a: 1 }, { b: 1 }],
      'keys in another order': [
        { a: 1, b: 1 },
        { b: 1, a: 1 },
      ],
      'an instance': [
        new (class A {
          a = 1
        })(),
      ],
      'no prototype': [Object.assign(Object.create(null) as object, { a: 1 })],
      'one object twice': [twice, twice],
      'a function': [{ a: () => 1 }],
      'a bigint': [1n],
      nothing: [{}],
      'tuples of two lengths': [[1], [1, 2]],
      'a hole': [hole],
      'a hole and a name': [named],
      'a date': [new Date(0)],
      'records and others': [{ a: 1 }, 7],
    }
    for (const [name, list] of Object.entries(cases)) {
      const given = list.map((item, i): Row => [i, item])
      assert.equal(sent(given, [1]), undefined, name)
    }
    assert.equal(sent([[{ a: 1 }, 1]], [1]), undefined)
    // Strings that are cut out of a long text keep all of it.
    const batch = RowBatch.of(['k'], ['x'.repeat(70_000)])
    assert.equal(batch!.measure(Int32Array.of(0), 0, 1), -1)
  })

  it('that are damaged are refused', () => {
    const memory = new RowMemory(new Uint8Array(64))
    const batch = RowBatch.of([1], ['text'])!
    const length = batch.measure(Int32Array.of(0), 0, 1)
    batch.write(Int32Array.of(0), 0, 1, memory, 0)
    const read = (bytes: number): void => new RowReader().read(memory, 0, bytes, () => undefined)
    read(length)
    assert.throws(() => read(length - 1), /damaged/)
    assert.throws(() => read(100), /damaged/)
  })
})
