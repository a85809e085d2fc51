import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as da from 'heddle/array'

interface Encoded {
  readonly dtype: da.DType
  readonly shape: readonly number[]
  readonly data: string
}

const file = JSON.parse(readFileSync(new URL('../../../test/oracle/fixtures/arrays.json', import.meta.url), 'utf8')) as {
  readonly inputs: Record<string, Encoded>
  readonly cases: Record<string, Encoded>
  readonly texts: Record<string, string>
}

const memory: Record<da.DType, new (buffer: ArrayBufferLike) => da.Numbers> = {
  bool: Uint8Array,
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
  complex64: Float32Array,
  complex128: Float64Array,
}

function decoded({ dtype, shape, data }: Encoded): da.NdArray {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'))
  return new da.NdArray(dtype, shape, new memory[dtype](bytes.buffer) as never)
}

/** NumPy's arrays by name. */
export const inputs = Object.fromEntries(Object.entries(file.inputs).map(([name, x]) => [name, decoded(x)]))

/** What NumPy made of them. */
export const cases = Object.fromEntries(Object.entries(file.cases).map(([name, x]) => [name, decoded(x)]))

/** What NumPy prints. */
export const { texts } = file

/** Equal but for a few units in the last place: where chunks are put together in another order. */
export function assertClose(actual: da.NdArray, expected: da.NdArray, message: string, ulps = 16): void {
  assert.equal(actual.dtype, expected.dtype, `${message}: the type`)
  assert.deepEqual(actual.shape, expected.shape, `${message}: the shape`)
  const single = expected.dtype === 'float32' || expected.dtype === 'complex64'
  const epsilon = single ? 2 ** -23 : 2 ** -52
  const [a, e] = [actual.data, expected.data]
  for (let i = 0; i < e.length; i++) {
    const [x, y] = [a[i]!, e[i]!]
    if (Object.is(x, y) || x === y) continue
    const near =
      typeof x === 'number' && typeof y === 'number' && Math.abs(x - y) <= ulps * epsilon * Math.max(Math.abs(y), Number.EPSILON)
    assert.ok(near, `${message}: element ${i} is ${x}, NumPy has ${y}`)
  }
}
