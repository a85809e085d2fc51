import assert from 'node:assert/strict'
import { test as testOnce } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { config } from '../../src/config/index.js'
import { argsortRows, putElements, selectRows, sortRows, takeElements, transposeMatrices } from '../../src/native/index.js'
import { fixtures, numbers, plain, room } from './fixture.js'

/** Once by Heddle's own kernels alone, once with what the system has. */
function test(name: string, run: () => void): void {
  for (const highway of ['off', 'auto']) testOnce(`${name} (Highway: ${highway})`, () => config.with({ array: { highway } }, run))
}

test('sorts and finds the places of sorted elements as NumPy does, for every type', () => {
  for (const { dtype, values, sorted, places } of fixtures.sorting) {
    const data = numbers(values, dtype)
    const n = numbers(places, 'int64').length
    assert.deepEqual(plain(argsortRows(data, dtype, n)), plain(numbers(places, 'int64')), `argsort of ${n} ${dtype}`)
    sortRows(data, dtype, n)
    assert.deepEqual(plain(data), plain(numbers(sorted, dtype)), `sort of ${n} ${dtype}`)
  }
})

/** What makes sorting by digits hard: few values, values that differ in their last bits only, far outliers, orders. */
const shapes: Readonly<Record<string, (i: number, n: number, random: () => number) => number>> = {
  uniform: (_i, _n, random) => random(),
  normal: (_i, _n, random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  ascending: (i) => i,
  descending: (i, n) => n - i,
  few: (_i, _n, random) => Math.floor(random() * 5) - 2,
  equal: () => 3.25,
  'last bits': (_i, _n, random) => 1 + Math.floor(random() * 1000) * Number.EPSILON,
  outlier: (i, n, random) => (i === n >> 1 ? 1e300 : 1 + random() * 1e-9),
  everywhere: (_i, _n, random) => (random() < 0.5 ? -1 : 1) * 2 ** (random() * 2000 - 1000),
  'with NaN': (i, _n, random) => (i % 7 === 0 ? NaN : random()),
}

function generated(shape: keyof typeof shapes, n: number, seed: number): Float64Array {
  let state = seed >>> 0
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return Float64Array.from({ length: n }, (_, i) => shapes[shape]!(i, n, random))
}

const compare = (x: number, y: number): number =>
  Number.isNaN(x) ? (Number.isNaN(y) ? 0 : 1) : Number.isNaN(y) ? -1 : x < y ? -1 : x > y ? 1 : 0

test('sorting, places and selection agree with a comparison sort, whatever the numbers look like', () => {
  for (const shape of Object.keys(shapes)) {
    for (const n of [1, 2, 47, 49, 1000, 5000, 70_000]) {
      const data = generated(shape, n, n)
      const expected = Array.from(data.keys()).sort((i, j) => compare(data[i]!, data[j]!) || i - j)
      assert.deepEqual(Array.from(argsortRows(data, 'float64', n), Number), expected, `places of ${n} ${shape}`)
      const sorted = Float64Array.from(expected, (i) => data[i]!)
      const own = data.slice()
      sortRows(own, 'float64', n)
      assert.deepEqual(plain(own), plain(sorted), `${n} ${shape}`)
      const ranks = [...new Set([0, n >> 3, n >> 1, (n >> 1) + 1, n - 1])].filter((r) => r < n).sort((a, b) => a - b)
      const out = new Float64Array(ranks.length)
      selectRows(data, 'float64', n, ranks, out)
      assert.deepEqual(plain(out), plain(Float64Array.from(ranks, (r) => sorted[r]!)), `selection of ${n} ${shape}`)
    }
  }
})

test('many numbers are dealt out into buckets first, whatever they look like', () => {
  const many = 2 ** 17 + 3
  for (const shape of Object.keys(shapes)) {
    // JavaScript's typed arrays sort as NumPy does: NaN last, -0 before 0.
    const data = generated(shape, many, 7)
    const sorted = data.slice().sort()
    const own = data.slice()
    sortRows(own, 'float64', many)
    assert.deepEqual(own, sorted, `${shape}`)
    const places = argsortRows(data, 'float64', many)
    for (let i = 0; i < many; i++) {
      const [here, value] = [Number(places[i]), data[Number(places[i])]!]
      assert.ok(Object.is(value, sorted[i]) || value === sorted[i], `place ${i} of ${shape}`)
      if (i > 0 && compare(data[Number(places[i - 1])]!, value) === 0)
        assert.ok(Number(places[i - 1]) < here, `order of ${shape}`)
    }
    const narrow = Float32Array.from(data)
    const narrowSorted = narrow.slice().sort()
    sortRows(narrow, 'float32', many)
    assert.deepEqual(narrow, narrowSorted, `float32 ${shape}`)
  }
  const whole = BigInt64Array.from(generated('everywhere', many, 9), (x) => BigInt.asIntN(64, BigInt(Math.trunc(x % 2 ** 62))))
  const wholeSorted = whole.slice().sort()
  sortRows(whole, 'int64', many)
  assert.deepEqual(whole, wholeSorted)
})

test('very many numbers, of finer cells, are sorted as typed arrays sort them, of every type of 4 or 8 bytes', () => {
  const many = 2 ** 19 + 1
  const signs = generated('normal', many, 11).map((x, i) => (i % 3 === 0 ? Math.sign(x) * 0 : i % 5000 === 1 ? NaN : x))
  const everywhere = generated('everywhere', many, 12)
  const ascending = generated('ascending', many, 13)
  for (const [what, data] of Object.entries({ signs, everywhere, ascending })) {
    const sorted = data.slice().sort()
    sortRows(data, 'float64', many)
    assert.deepEqual(data, sorted, what)
  }
  const words = new BigUint64Array(generated('everywhere', many, 14).buffer)
  const whole = { int32: new Int32Array(words.buffer), uint32: new Uint32Array(words.buffer), uint64: words } as const
  for (const [dtype, data] of Object.entries(whole)) {
    const sorted = data.slice().sort()
    const own = data.slice()
    sortRows(own, dtype as keyof typeof whole, data.length)
    assert.deepEqual(own, sorted, dtype)
  }
})

test('numbers most of which are in one cell are sorted as if there were no buckets', () => {
  const many = 2 ** 19
  for (const shape of ['outlier', 'last bits'] as const) {
    const data = generated(shape, many, 5)
    data[3] = -1e300
    const sorted = data.slice().sort()
    sortRows(data, 'float64', many)
    assert.deepEqual(data, sorted, shape)
  }
})

test('rows are sorted each by itself', () => {
  fc.assert(
    fc.property(fc.array(fc.float(), { minLength: 1, maxLength: 120 }), fc.integer({ min: 1, max: 5 }), (values, rows) => {
      const n = values.length
      const data = Float32Array.from({ length: n * rows }, (_, i) => values[(i * 7) % n]! * (i + 1))
      const expected = Array.from({ length: rows }, (_, r) => data.slice(r * n, (r + 1) * n).sort())
      const own = data.slice()
      sortRows(own, 'float32', n)
      assert.deepEqual(plain(own), expected.flatMap(plain))
      const out = new Float32Array(rows)
      selectRows(data, 'float32', n, [n >> 1], out)
      assert.deepEqual(
        plain(out),
        expected.map((row) => (row[n >> 1] === 0 ? 0 : row[n >> 1]!)),
      )
    }),
    { numRuns: 60 },
  )
})

test('gathering, scattering and transposing move elements of any size', () => {
  for (const width of [1, 2, 4, 8, 16, 12]) {
    const [rows, columns] = [37, 51]
    const from = Uint8Array.from({ length: rows * columns * width }, (_, i) => (i * 31 + (i >> 7)) & 255)
    const element = (data: Uint8Array, i: number): string => data.subarray(i * width, (i + 1) * width).join()
    const places = BigInt64Array.from({ length: 80 }, (_, i) => BigInt(((i * 97) % 80) - (i % 2 === 0 ? 0 : rows * columns)))
    const taken = new Uint8Array(80 * width)
    takeElements(from, width, places, taken)
    const back = new Uint8Array(rows * columns * width)
    putElements(taken, width, places, back)
    for (const [i, place] of places.entries()) {
      const at = Number(place < 0 ? place + BigInt(rows * columns) : place)
      assert.equal(element(taken, i), element(from, at))
      assert.equal(element(back, at), element(from, at))
    }
    if (width === 12) continue
    const out = new Uint8Array(from.length)
    transposeMatrices(from, rows, columns, width, out)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) assert.equal(element(out, c * rows + r), element(from, r * columns + c))
  }
})

test('what cannot be sorted or gathered is an error', () => {
  const data = new Float64Array(10)
  assert.throws(() => sortRows(data, 'float64', 3), ArgumentError)
  assert.throws(() => selectRows(data, 'float64', 10, [10], new Float64Array(1)), /place 10 of 10/)
  assert.throws(() => selectRows(new Float64Array(20), 'complex128', 10, [1], data), ArgumentError)
  assert.throws(() => takeElements(data, 8, BigInt64Array.of(3n, 10n), new Float64Array(2)), /index 10 of an axis of 10/)
  assert.throws(() => putElements(data, 8, BigInt64Array.of(-11n), new Float64Array(10)), /index -11/)
  sortRows(room('int8', 0), 'int8', 5)
})
