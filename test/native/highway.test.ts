// Sorting by the system's Highway gives what the own kernels give, bit by bit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as da from 'heddle/array'
import { config } from '../../src/config/index.js'
import { HighwayError, type NumberArray, highway, sortRows } from '../../src/native/index.js'

const skip = highway() ? false : 'no Highway on this machine'

const classes = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const

type Sortable = keyof typeof classes
const dtypes = Object.keys(classes) as Sortable[]
const isFloat = (dtype: Sortable): boolean => dtype.startsWith('float')

/** Finite and not, each of its own: a word of bits, or one that is hard. */
const specials = [NaN, Infinity, -Infinity, 0, -0, 1, -1, Number.MAX_VALUE, -Number.MAX_VALUE, 3.4028234663852886e38, 5e-324]

function numbersOf(dtype: Sortable, words: Uint32Array, kind: string): NumberArray {
  const data = new classes[dtype](words.slice().buffer)
  if (isFloat(dtype)) {
    for (let i = 0; i < data.length; i++) {
      const word = words[i % words.length]!
      if (kind === 'specials' || (kind === 'some specials' && word % 7 === 0)) data[i] = specials[word % specials.length]!
    }
  }
  if (kind === 'few values')
    for (let i = 0; i < data.length; i++) data[i] = data[words[i % words.length]! % Math.min(3, data.length)]!
  if (kind === 'one value') data.fill(data[0]! as never)
  if (kind === 'sorted') data.sort()
  if (kind === 'reversed') data.sort().reverse()
  return data
}

const bytesOf = (data: NumberArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

function sortedWith(setting: 'off' | 'auto', data: NumberArray, dtype: Sortable, n: number): NumberArray {
  const own = data.slice()
  config.with({ array: { highway: setting } }, () => sortRows(own, dtype, n))
  return own
}

test('rows of every type are the same by Highway and by the own kernels, whatever is in them', { skip }, () => {
  const kinds = ['bits', 'specials', 'some specials', 'few values', 'one value', 'sorted', 'reversed']
  fc.assert(
    fc.property(
      fc.constantFrom(...dtypes),
      fc.constantFrom(...kinds),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer(),
      (dtype, kind, n, rows, seed) => {
        let state = seed
        const words = Uint32Array.from({ length: n * rows * 2 }, () => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0
          return (state >>> 16) | (Math.imul(state, 69069) & 0xffff0000)
        })
        const data = numbersOf(dtype, words, kind).subarray(0, n * rows)
        assert.deepEqual(bytesOf(sortedWith('auto', data, dtype, n)), bytesOf(sortedWith('off', data, dtype, n)))
      },
    ),
    { numRuns: 1000 },
  )
})

test('nothing, one number and nothing but NaN are sorted, and what is sorted elsewhere is left as it is', { skip }, () => {
  for (const dtype of dtypes) {
    assert.equal(sortedWith('auto', new classes[dtype](0), dtype, 5).length, 0)
    const one = numbersOf(dtype, Uint32Array.of(7, 11), 'bits').subarray(0, 1)
    assert.deepEqual(sortedWith('auto', one, dtype, 1), one)
    const from = numbersOf(
      dtype,
      Uint32Array.from({ length: 4000 }, (_, i) => Math.imul(i, 2654435761)),
      'some specials',
    )
    const before = from.slice()
    const to = new classes[dtype](from.length)
    sortRows(to, dtype, from.length, from)
    assert.deepEqual(bytesOf(from), bytesOf(before))
    assert.deepEqual(bytesOf(to), bytesOf(sortedWith('off', from, dtype, from.length)))
  }
  const nothing = new Float64Array(500).fill(NaN)
  assert.deepEqual(sortedWith('auto', nothing, 'float64', 500), nothing)
})

test('several threads sort at once where their rows lie', { skip }, async () => {
  const [rows, n] = [24, 70_001]
  const numbers = Float64Array.from({ length: rows * n }, (_, i) => {
    const x = Math.sin(i * i) * 2 ** ((i % 40) - 20)
    return i % 97 === 5 ? specials[i % specials.length]! : x
  })
  for (const data of [numbers, Float32Array.from(numbers)]) {
    const x = da.fromArray(data).reshape([rows, n]).rechunk([1, n])
    const by = (setting: 'off' | 'auto'): Promise<NumberArray> =>
      config.with({ executor: 'threads', threads: 4, array: { highway: setting } }, async () => (await da.sort(x).compute()).data)
    assert.deepEqual(bytesOf(await by('auto')), bytesOf(await by('off')))
  }
})

test('rows in which many are equal are sorted, whatever version the system has', { skip }, () => {
  const n = 70_001
  // Version 1.0.3 leaves most such rows of float32 unsorted.
  const numbers = Float64Array.from({ length: n }, (_, i) => (i % 97 < 2 ? 0 : Math.sin(i * i) * 2 ** ((i % 40) - 20)))
  for (const [data, dtype] of [
    [numbers, 'float64'],
    [Float32Array.from(numbers), 'float32'],
  ] as const) {
    const expected = data.slice().sort()
    for (let turn = 0; turn < 20; turn++) {
      const found = data.slice()
      sortRows(found, dtype, n)
      assert.deepEqual(found, expected)
    }
  }
})

test('a library that cannot be used is an error when the settings name it, and it can be switched off', () => {
  config.with({ array: { highway: '/nowhere/libhwy_contrib.so' } }, () => {
    assert.throws(
      () => sortRows(new Float64Array(1000), 'float64', 1000),
      (e: unknown) => e instanceof HighwayError && /array\.highway names \/nowhere/.test(e.message),
    )
  })
  config.with({ array: { highway: 'off' } }, () => assert.equal(highway(), undefined))
})
