import assert from 'node:assert/strict'
import { NdArray } from '../../src/array/index.js'
import { numbers } from '../native/fixture.js'

/** An array as fixtures have it. */
export interface Packed {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: string
}

export function localOf({ dtype, shape, data }: Packed): NdArray {
  return new NdArray(dtype as 'float64', shape, numbers(data, dtype as 'float64'))
}

/** Same type, shape and numbers, within a relative tolerance. NaN equals NaN, and -0 equals 0. */
export function assertSame(got: NdArray, expected: NdArray, tolerance: number, label: string): void {
  assert.deepEqual([got.dtype, got.shape], [expected.dtype, expected.shape], label)
  const [a, b] = [got.data as Float64Array, expected.data as Float64Array]
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i]!, b[i]!]
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue
    const near = typeof x === 'number' && Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y))
    assert.ok(near, `${label}: number ${i} is ${x}, expected ${y}`)
  }
}
