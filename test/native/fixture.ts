import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DType } from '../../src/kernels/index.js'
import type { NumberArray } from '../../src/native/index.js'

const file = fileURLToPath(new URL('../../../test/oracle/fixtures/native.json', import.meta.url))

export interface Fixtures {
  readonly sorting: readonly { dtype: DType; values: string; sorted: string; places: string }[]
  readonly seeding: readonly { seed: string | string[]; key: number[]; words: string }[]
  readonly streams: readonly (Record<string, string> & { generator: 'pcg64' | 'pcg64dxsm' | 'philox'; seed: string })[]
  readonly longNormals: readonly { count: number; standard: string; normal: string; next: string }[]
  readonly integers: readonly { dtype: DType; low: string; high: string; values: string }[]
  readonly distributions: readonly { kind: string; name: string; parameters: (number | string)[]; values: string }[]
  readonly multinomial: string
  readonly matrices: readonly { dtype: DType; m: number; k: number; n: number; a: string; b: string; product: string }[]
}

export const fixtures = JSON.parse(readFileSync(file, 'utf8')) as Fixtures

const classes = {
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
} as const

/** The numbers in a text, in memory of their own. */
export function numbers<D extends DType>(text: string, dtype: D): InstanceType<(typeof classes)[D]> {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new classes[dtype](bytes.buffer) as InstanceType<(typeof classes)[D]>
}

/** New memory for so many numbers (twice as many parts of complex ones). */
export const room = (dtype: DType, n: number): NumberArray => new classes[dtype](dtype.startsWith('complex') ? 2 * n : n)

/** Numbers as they compare: NaN equals NaN, and -0 equals 0. */
export const plain = (data: NumberArray): (number | bigint)[] => Array.from(data as Float64Array, (x) => (x === 0 ? 0 : x))
