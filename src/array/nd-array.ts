import { inspect } from 'node:util'
import { ArgumentError, describe } from '../base/index.js'
import { type DType, dtypeOf, isComplex } from '../kernels/index.js'
import { fromTransfer, operation, toTransfer } from '../transfer/index.js'
import { type Chunk, type NumbersOf, isWide, newNumbers as newData, partsOf, sizeOf, stepsOf } from './chunk.js'
import { ArrayIndexError, ShapeError, showShape } from './errors.js'
import { formatArray } from './print-array.js'

/** A complex number. */
export interface Complex {
  readonly re: number
  readonly im: number
}

/** What an element is in JavaScript: integers of 64 bits are bigints. */
export type ItemOf<D extends DType> = D extends 'bool'
  ? boolean
  : D extends 'int64' | 'uint64'
    ? bigint
    : D extends 'complex64' | 'complex128'
      ? Complex
      : number

/** Elements in nested arrays, one level for each axis; without axes, the element. */
export type Nested<T> = T | readonly Nested<T>[]

/**
 * An array in ordinary memory of this thread: what `compute` of a chunked array gives. Elements lie side by side, the last axis
 * closest; bools are bytes, 0 or 1, and complex numbers pairs (real, imaginary).
 *
 * @example
 * const a = new NdArray('float64', [2, 2], Float64Array.of(1, 2, 3, 4))
 * a.get(1, 0)  // 3
 * a.toArray()  // [[1, 2], [3, 4]]
 */
export class NdArray<out D extends DType = DType> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: NumbersOf[D]

  /** @throws ShapeError when there are more or fewer numbers than the shape says */
  constructor(dtype: D, shape: readonly number[], data: NumbersOf[D]) {
    const expected = sizeOf(shape) * partsOf(dtypeOf(dtype))
    if (data.length !== expected)
      throw new ShapeError(
        `${data.length} numbers for an array of ${dtype} of the shape ${showShape(shape)}, which has ${expected}`,
      )
    this.dtype = dtype
    this.shape = shape
    this.data = data
  }

  get ndim(): number {
    return this.shape.length
  }

  /** the number of elements */
  get size(): number {
    return sizeOf(this.shape)
  }

  /** how many elements lie between neighbours along each axis */
  get strides(): readonly number[] {
    return stepsOf(this.shape)
  }

  /**
   * The element with this index; negative ones count from the end.
   *
   * @throws ArrayIndexError when there is none
   */
  get(...index: readonly number[]): ItemOf<D> {
    if (index.length !== this.ndim)
      throw new ArrayIndexError(`an index of ${index.length} numbers for an array of the shape ${showShape(this.shape)}`)
    const { strides } = this
    let at = 0
    for (const [axis, i] of index.entries()) {
      const length = this.shape[axis]!
      const place = i < 0 ? i + length : i
      if (!Number.isInteger(i) || place < 0 || place >= length)
        throw new ArrayIndexError(`index ${i} is out of bounds for axis ${axis} with size ${length}`)
      at += place * strides[axis]!
    }
    return this.#element(at)
  }

  /**
   * The only element there is.
   *
   * @throws ArgumentError when there are more or none
   */
  item(): ItemOf<D> {
    if (this.size !== 1) throw new ArgumentError(`item() of an array of ${this.size} elements: use get(...index)`)
    return this.#element(0)
  }

  /** The elements in nested arrays; of an array without axes, its element. */
  toArray(): Nested<ItemOf<D>> {
    const build = (axis: number, at: number, step: number): Nested<ItemOf<D>> => {
      if (axis === this.ndim) return this.#element(at)
      const length = this.shape[axis]!
      const inner = length === 0 ? 0 : step / length
      return Array.from({ length }, (_, i) => build(axis + 1, at + i * inner, inner))
    }
    return build(0, 0, this.size)
  }

  /** The elements one after the other. */
  *values(): Generator<ItemOf<D>> {
    for (let i = 0; i < this.size; i++) yield this.#element(i)
  }

  /** An array of one element stands for its number where one is needed: `1 + total`. */
  valueOf(): number | bigint | boolean | this {
    if (this.size !== 1 || isComplex(this.dtype)) return this
    return this.item() as number | bigint | boolean
  }

  toString(): string {
    return formatArray(this)
  }

  [inspect.custom](): string {
    return formatArray(this)
  }

  /** It travels between threads and processes as plain data, whose memory is not copied on the way. */
  [toTransfer](): Chunk {
    return { dtype: this.dtype, shape: this.shape, data: this.data }
  }

  static [fromTransfer]({ dtype, shape, data }: Chunk): NdArray {
    return new NdArray(dtype, shape, data as never)
  }

  #element(at: number): ItemOf<D> {
    return elementOf(this.dtype, this.data, at) as ItemOf<D>
  }
}

// It travels as the name of this module: no thread has to look for it.
operation(import.meta.url, 'NdArray', NdArray)

/** An element as JavaScript has it. */
export function elementOf(dtype: DType, data: Chunk['data'], at: number): number | bigint | boolean | Complex {
  if (dtype === 'bool') return data[at] !== 0
  if (isComplex(dtype)) return { re: data[2 * at] as number, im: data[2 * at + 1] as number }
  return data[at]!
}

/** What can be made an array of: nested arrays, numbers, or memory of numbers. */
export type NestedItems = Nested<number | bigint | boolean | Complex>

/**
 * The array of nested arrays of elements. The type, unless told, is bool, int64, float64 or complex128, whichever the
 * elements need.
 *
 * @throws ShapeError when lists of one level differ in length
 */
export function ndArrayOf(nested: NestedItems, dtype?: DType): NdArray {
  const shape: number[] = []
  for (let level: unknown = nested; Array.isArray(level); level = level[0]) shape.push(level.length)
  const items: (number | bigint | boolean | Complex)[] = []
  const collect = (level: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (Array.isArray(level)) throw new ShapeError('lists within lists where others have numbers: all must be as deep')
      items.push(level as number)
      return
    }
    if (!Array.isArray(level) || level.length !== shape[axis])
      throw new ShapeError(
        `a list of ${Array.isArray(level) ? level.length : describe(level)} where others have ${shape[axis]} elements`,
      )
    for (const one of level) collect(one, axis + 1)
  }
  collect(nested, 0)
  const type = dtype ?? typeOfItems(items)
  return fromItems(items, shape, type)
}

function typeOfItems(items: readonly (number | bigint | boolean | Complex)[]): DType {
  let result: DType = items.length === 0 ? 'float64' : 'bool'
  for (const item of items) {
    if (typeof item === 'object') {
      if (item === null || typeof item.re !== 'number' || typeof item.im !== 'number')
        throw new ArgumentError(`an element of an array is a number, bigint, boolean or {re, im}, not ${describe(item)}`)
      return 'complex128'
    }
    if (typeof item === 'bigint' || (typeof item === 'number' && Number.isSafeInteger(item) && !Object.is(item, -0))) {
      if (result === 'bool') result = 'int64'
    } else if (typeof item === 'number') result = 'float64'
    else if (typeof item !== 'boolean')
      throw new ArgumentError(`an element of an array is a number, bigint, boolean or {re, im}, not ${describe(item)}`)
  }
  return result
}

function fromItems(items: readonly (number | bigint | boolean | Complex)[], shape: readonly number[], dtype: DType): NdArray {
  const data = newData(dtype, items.length)
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!
    if (isComplex(dtype)) {
      data[2 * i] = typeof item === 'object' ? item.re : Number(item)
      data[2 * i + 1] = typeof item === 'object' ? item.im : 0
    } else if (isWide(dtype)) data[i] = BigInt(item as number)
    else data[i] = dtype === 'bool' ? (item ? 1 : 0) : Number(item)
  }
  return new NdArray(dtype, shape, data as never)
}
