// What NumPy gives for every ufunc of every type on special values (oracle/ufuncs.py), and what may differ from it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DType, type Operation, type RealDType, itemSize, kindOf, operations } from '../../src/kernels/index.js'
import { type Value, readNumber } from './numbers.js'

export type Result = readonly [dtype: DType, values: string] | null

const file = fileURLToPath(new URL('../../../test/oracle/fixtures/ufuncs.json', import.meta.url))
export const fixtures = JSON.parse(readFileSync(file, 'utf8')) as {
  specials: Record<DType, string>
  types: Record<Operation, Record<string, DType | null>>
  unary: Record<Operation, Record<DType, Result>>
  binary: Record<Operation, Record<DType, Result>>
  casts: Record<string, readonly [from: string, to: string]>
  promotion: Record<string, DType>
  canCast: Record<string, boolean[]>
  weak: Record<DType, DType[]>
}

export const partOf = (dtype: DType): RealDType =>
  dtype === 'complex64' ? 'float32' : dtype === 'complex128' ? 'float64' : dtype

export const bytes = (text: string): Buffer => Buffer.from(text, 'base64')

/** What no two libraries round alike; math.test.ts says how exact ours are. */
const rounded =
  'cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh power arctan2 hypot'.split(
    ' ',
  )
/** Which zero is the greater one NumPy leaves open. */
const anyZero: readonly string[] = ['maximum', 'minimum', 'fmax', 'fmin']

export function check(
  name: string,
  dtype: DType,
  [got, expected]: [Value[], Value[]],
  say: (i: number) => string,
  ofComplex = false,
): void {
  const single = partOf(dtype) === 'float32'
  const precision = (single ? 2 ** -22 : 2 ** -50) * (ofComplex ? 8 : 1)
  for (const [i, value] of got.entries()) {
    const wanted = expected[i]!
    if (Object.is(value, wanted)) continue
    if (anyZero.includes(name) && value === wanted) continue
    // The parts of a complex number are as exact as it is long.
    const other = kindOf(dtype) === 'complex' ? Number(expected[i ^ 1]) : 0
    const tolerance = Math.hypot(Number(wanted), other) * precision
    const close =
      (rounded.includes(name) || ofComplex) && Number.isFinite(wanted) && Math.abs(Number(value) - Number(wanted)) <= tolerance
    assert.ok(close, `${name} of ${say(i)} is ${value} instead of ${wanted}`)
  }
}

/** Complex numbers are not ordered here, and have only the functions that can be put together of real ones. */
export const defined = (name: string, dtype: DType): boolean =>
  name.startsWith('logical') || (operations[name as Operation].kinds as readonly string[]).includes(kindOf(dtype))

/** Every special value against every other. */
export function pairs(dtype: DType, name: string): [Buffer, Buffer] {
  const all = bytes(fixtures.specials[dtype])
  const size = itemSize(dtype)
  const items = Array.from({ length: all.length / size }, (_, i) => all.subarray(i * size, (i + 1) * size))
  const isNegative = (item: Buffer): boolean => kindOf(dtype) === 'int' && (item.at(-1)! & 128) !== 0
  // NumPy refuses negative exponents of integers; the oracle has 5 instead.
  const exponents = items.map((item) =>
    name === 'power' && isNegative(item) ? Buffer.from([5, ...new Array<number>(size - 1).fill(0)]) : item,
  )
  return [Buffer.concat(items.flatMap((a) => items.map(() => a))), Buffer.concat(items.flatMap(() => exponents))]
}

/** Numbers of this type, one after the other; the parts of complex ones by themselves. */
export function valuesOf(bytes: ArrayBufferView, dtype: DType): Value[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = itemSize(partOf(dtype))
  return Array.from({ length: bytes.byteLength / size }, (_, i) => readNumber(view, i * size, partOf(dtype)))
}
