// Threads sort rows where they lie, without touching what they are given: few and many, of all widths, with NaN and zeros.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as da from 'heddle/array'

test('threads sort arrays where they lie as typed arrays sort themselves, and leave them as they are', async () => {
  for (const n of [1, 30, 5000, 131_073]) {
    const numbers = Float64Array.from({ length: 2 * n }, (_, i) => {
      const x = Math.sin(i * i) * 2 ** ((i % 40) - 20)
      return i % 97 === 5 ? NaN : i % 53 === 7 ? -0 : i % 59 === 7 ? 0 : x
    })
    const whole = Int16Array.from(numbers, (x) => (Number.isNaN(x) ? 0 : x * 1000))
    const single = Float32Array.from(numbers)
    for (const data of [numbers, single, whole] as const) {
      const x = da.fromArray(data).reshape([2, n]).rechunk([1, n]).multiply(1).persist({ executor: 'threads' })
      const sorted = await da.sort(x).compute({ executor: 'threads' })
      const places = await da.argsort(x).compute({ executor: 'threads' })
      for (const row of [0, 1]) {
        const own = data.slice(row * n, (row + 1) * n)
        const expected = own.slice().sort()
        assert.deepEqual((sorted.data as typeof data).slice(row * n, (row + 1) * n), expected, `row ${row} of ${n}`)
        const found = (places.data as BigInt64Array).slice(row * n, (row + 1) * n)
        for (let i = 0; i < n; i++) {
          const value = own[Number(found[i])]!
          assert.ok(value === expected[i] || Object.is(value, expected[i]), `place ${i} of row ${row} of ${n}`)
        }
        assert.equal(new Set(found).size, n)
      }
      assert.deepEqual((await x.compute({ executor: 'threads' })).data, data, 'what was sorted has changed')
    }
  }
})
