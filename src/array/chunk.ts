import { type DType, isComplex, itemSize, numberArrays } from '../kernels/index.js'
import { LaterNumbers } from '../transfer/index.js'

/** The memory of numbers of any type. */
export type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array

/** What numbers of a type lie in: bools are bytes, complex numbers pairs (real, imaginary). */
export interface NumbersOf {
  bool: Uint8Array
  int8: Int8Array
  uint8: Uint8Array
  int16: Int16Array
  uint16: Uint16Array
  int32: Int32Array
  uint32: Uint32Array
  int64: BigInt64Array
  uint64: BigUint64Array
  float32: Float32Array
  float64: Float64Array
  complex64: Float32Array
  complex128: Float64Array
}

type NumbersConstructor = {
  readonly BYTES_PER_ELEMENT: number
  new (length: number): Numbers
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): Numbers
}

const constructors = {
  ...numberArrays,
  complex64: Float32Array,
  complex128: Float64Array,
} as unknown as Readonly<Record<DType, NumbersConstructor>>

/** The class of the memory of a type. */
export const numbersClass = (dtype: DType): NumbersConstructor => constructors[dtype]

/** How many numbers an element is: two if it is complex. */
export const partsOf = (dtype: DType): 1 | 2 => (isComplex(dtype) ? 2 : 1)

/** Whether elements are bigints in JavaScript. */
export const isWide = (dtype: DType): dtype is 'int64' | 'uint64' => dtype === 'int64' || dtype === 'uint64'

/** Memory for so many elements, all 0. */
export const newNumbers = (dtype: DType, elements: number): Numbers => new constructors[dtype](elements * partsOf(dtype))

/**
 * A block of an array, as tasks hand it on: elements lie side by side, the last axis closest. Plain data, whose memory travels
 * between threads without a copy. Read-only.
 */
export interface Chunk {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: Numbers
}

export const bytesOf = (data: Numbers): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** A chunk with memory of its own, all 0. */
export function newChunk(dtype: DType, shape: readonly number[]): Chunk & { data: Numbers } {
  return { dtype, shape, data: newNumbers(dtype, sizeOf(shape)) }
}

/** How many numbers lie between neighbours along each axis, where an element has `width` of them. */
export function stepsOf(shape: readonly number[], width = 1): number[] {
  const steps = new Array<number>(shape.length)
  let step = width
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    steps[axis] = step
    step *= shape[axis]!
  }
  return steps
}

/** The number of elements. */
export function sizeOf(shape: readonly number[]): number {
  let n = 1
  for (const length of shape) n *= length
  return n
}

/**
 * A chunk whose elements `write` writes, all of them: where tasks' results are encoded at once, into the memory that others
 * will read them from, which holds whatever was there before.
 */
export function writtenChunk(
  dtype: DType,
  shape: readonly number[],
  context: { readonly encodes?: boolean },
  write: (data: Numbers) => void,
): Chunk {
  const Class = constructors[dtype]
  const length = sizeOf(shape)
  if (!context.encodes) {
    const data = newNumbers(dtype, length)
    write(data)
    return { dtype, shape, data }
  }
  const fill = (to: Uint8Array): void => write(new Class(to.buffer, to.byteOffset, length * partsOf(dtype)))
  // It is decoded as what it stands for before anybody sees it.
  return { dtype, shape, data: new LaterNumbers(Class as never, length * itemSize(dtype), fill) as unknown as Numbers }
}
