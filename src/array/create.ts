import { ArgumentError, describe } from '../base/index.js'
import { type DType, dtypeOf, isInteger, kindOf } from '../kernels/index.js'
import { castOf } from './casting.js'
import { ChunkedArray } from './chunked-array.js'
import { type ChunksSpec, normalizeChunks } from './chunks.js'
import { ShapeError, showShape } from './errors.js'
import { expressionOf } from './inputs.js'
import { type Rule, RuleSource } from './sources.js'
import type { ArrayInput, DTypeOf } from './types.js'

/** How a new array is cut, and of what type its elements are. */
export interface CreateOptions<D extends DType = DType> {
  /** 'auto' unless told: chunks of the setting `array.chunkSize` */
  readonly chunks?: ChunksSpec | undefined
  readonly dtype?: D | undefined
}

/** The lengths of the axes; a number is that of the only one. */
export type ShapeSpec = number | readonly number[]

/**
 * The chunked array of numbers that are here already: an `NdArray`, memory of numbers, or nested arrays. Each chunk travels to
 * where it is needed; large data are better read where they are used.
 *
 * @example
 * const x = da.fromArray([[1, 2], [3, 4]], { chunks: 1 })
 */
export function fromArray<const X extends ArrayInput, D extends DType = DTypeOf<X>>(
  x: X,
  options: CreateOptions<D> = {},
): ChunkedArray<NoInfer<D>> {
  const { chunks, dtype } = options
  const e = expressionOf('fromArray', x, chunks, dtype === undefined ? undefined : dtypeOf(dtype))
  const array = new ChunkedArray<D>(e)
  if (dtype !== undefined && e.dtype !== dtype)
    throw new ArgumentError(`fromArray: the array is of ${e.dtype}, not ${dtype}: convert it, fromArray(x).astype('${dtype}')`)
  return array
}

/** The chunked array of anything that one can be made of; chunked arrays as they are. */
export function asarray<const X extends ArrayInput>(x: X, options: CreateOptions = {}): ChunkedArray<DTypeOf<X>> {
  return new ChunkedArray(expressionOf('asarray', x, options.chunks, options.dtype))
}

/** As `asarray`, in another type where one is told. */
export function array<const X extends ArrayInput, D extends DType = DTypeOf<X>>(
  x: X,
  { chunks, dtype }: CreateOptions<D> = {},
): ChunkedArray<NoInfer<D>> {
  const e = expressionOf('array', x, chunks)
  return new ChunkedArray(castOf(e, dtypeOf(dtype ?? e.dtype)))
}

/** An array of zeros. */
export function zeros<D extends DType = 'float64'>(shape: ShapeSpec, options: CreateOptions<D> = {}): ChunkedArray<NoInfer<D>> {
  return filled('zeros', shape, 0, options)
}

/** An array of ones. */
export function ones<D extends DType = 'float64'>(shape: ShapeSpec, options: CreateOptions<D> = {}): ChunkedArray<NoInfer<D>> {
  return filled('ones', shape, 1, options)
}

/** An array whose elements are still to be written; they are 0. */
export function empty<D extends DType = 'float64'>(shape: ShapeSpec, options: CreateOptions<D> = {}): ChunkedArray<NoInfer<D>> {
  return filled('empty', shape, 0, options)
}

/**
 * An array of one number. The type is that of the number unless told: int64 of whole numbers.
 *
 * @example
 * da.full([2, 3], 0.5)
 */
export function full<D extends DType = DType>(
  shape: ShapeSpec,
  value: number | bigint | boolean,
  options: CreateOptions<D> = {},
): ChunkedArray<NoInfer<D>> {
  return filled('full', shape, value, { ...options, dtype: options.dtype ?? (typeOf(value) as D) })
}

/**
 * Numbers from `start` up to, not including, `stop`; from 0 if one number is given.
 *
 * @example
 * da.arange(5)          // 0, 1, 2, 3, 4
 * da.arange(1, 2, 0.25) // 1, 1.25, 1.5, 1.75
 */
export function arange<D extends DType = DType>(stop: number, options?: CreateOptions<D>): ChunkedArray<NoInfer<D>>
export function arange<D extends DType = DType>(start: number, stop: number, options?: CreateOptions<D>): ChunkedArray<NoInfer<D>>
export function arange<D extends DType = DType>(
  start: number,
  stop: number,
  step: number,
  options?: CreateOptions<D>,
): ChunkedArray<NoInfer<D>>
export function arange(...args: readonly (number | CreateOptions | undefined)[]): ChunkedArray {
  const numbers = args.filter((a): a is number => typeof a === 'number')
  const options = args.find((a): a is CreateOptions => typeof a === 'object') ?? {}
  const [start, stop, step] = numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1]
  if (numbers.length === 0 || !numbers.every(Number.isFinite))
    throw new ArgumentError(`arange: expected finite numbers, not ${args.map(describe).join(', ')}`)
  if (step === 0) throw new ArgumentError('arange: a step of 0 gets nowhere')
  const dtype = dtypeOf(options.dtype ?? (numbers.every(Number.isSafeInteger) ? 'int64' : 'float64'))
  const length = Math.max(0, Math.ceil((stop - start) / step))
  // As NumPy: the step is the distance of the first two numbers as they are rounded.
  const exact = isInteger(dtype) ? step : start + step - start
  return source('arange', { kind: 'range', start, step: exact }, [length], { ...options, dtype })
}

/**
 * So many numbers at equal distances, from `start` to `stop`, with it unless told.
 *
 * @example
 * da.linspace(0, 1, 5) // 0, 0.25, 0.5, 0.75, 1
 */
export function linspace<D extends DType = 'float64'>(
  start: number,
  stop: number,
  num = 50,
  { endpoint = true, ...options }: CreateOptions<D> & { readonly endpoint?: boolean | undefined } = {},
): ChunkedArray<NoInfer<D>> {
  if (!Number.isInteger(num) || num < 0)
    throw new ArgumentError(`linspace: expected a whole number of elements from 0, not ${num}`)
  const steps = endpoint ? num - 1 : num
  const rule: Rule = { kind: 'linspace', start, stop, steps, exact: endpoint && num > 1 }
  return source('linspace', rule, [num], { ...options, dtype: options.dtype ?? ('float64' as D) })
}

/** Ones on a diagonal, zeros elsewhere: the main one, or that which is `k` columns to the right of it. */
export function eye<D extends DType = 'float64'>(
  rows: number,
  {
    columns = rows,
    k = 0,
    ...options
  }: CreateOptions<D> & { readonly columns?: number | undefined; readonly k?: number | undefined } = {},
): ChunkedArray<NoInfer<D>> {
  return source('eye', { kind: 'eye', k }, [rows, columns], { ...options, dtype: options.dtype ?? ('float64' as D) })
}

/** Ones on and below a diagonal, zeros above. */
export function tri<D extends DType = 'float64'>(
  rows: number,
  {
    columns = rows,
    k = 0,
    ...options
  }: CreateOptions<D> & { readonly columns?: number | undefined; readonly k?: number | undefined } = {},
): ChunkedArray<NoInfer<D>> {
  return source('tri', { kind: 'tri', k }, [rows, columns], { ...options, dtype: options.dtype ?? ('float64' as D) })
}

/** For each axis an array of this shape that holds the place along it. */
export function indices(shape: readonly number[], options: CreateOptions = {}): ChunkedArray[] {
  return shape.map((_, axis) =>
    source('indices', { kind: 'index', axis }, shape, { ...options, dtype: options.dtype ?? 'int64' }),
  )
}

/**
 * What a function gives of the places of elements: it is called once, with an array for each axis that holds the place along it
 * (see `indices`). For functions that make blocks of numbers see `fromFunction`.
 *
 * @throws ShapeError when it gives an array of another shape
 * @example
 * da.fromfunction((row, column) => row.add(column), [1000, 1000])
 */
export function fromfunction<D extends DType = 'float64'>(
  fn: (...places: ChunkedArray<NoInfer<D>>[]) => ChunkedArray | number | bigint | boolean,
  shape: readonly number[],
  { dtype = 'float64' as D, chunks }: CreateOptions<D> = {},
): ChunkedArray {
  if (typeof fn !== 'function') throw new ArgumentError(`fromfunction: expected a function, not ${describe(fn)}`)
  const value = fn(...(indices(shape, { dtype, chunks }) as ChunkedArray<NoInfer<D>>[]))
  if (!(value instanceof ChunkedArray)) return full(shape, value, { chunks })
  if (value.shape.length !== shape.length || value.shape.some((n, axis) => n !== shape[axis]))
    throw new ShapeError(`fromfunction: the function gave the shape ${showShape(value.shape)}, not ${showShape(shape)}`)
  return value
}

/** Zeros in the shape, type and chunks of another array, where nothing else is told. */
export function zerosLike<const X extends ArrayInput, D extends DType = DTypeOf<X>>(
  x: X,
  options: LikeOptions<D> = {},
): ChunkedArray<NoInfer<D>> {
  return like('zerosLike', x, 0, options)
}

/** Ones in the shape, type and chunks of another array, where nothing else is told. */
export function onesLike<const X extends ArrayInput, D extends DType = DTypeOf<X>>(
  x: X,
  options: LikeOptions<D> = {},
): ChunkedArray<NoInfer<D>> {
  return like('onesLike', x, 1, options)
}

/** An array to be written in the shape, type and chunks of another, where nothing else is told; its elements are 0. */
export function emptyLike<const X extends ArrayInput, D extends DType = DTypeOf<X>>(
  x: X,
  options: LikeOptions<D> = {},
): ChunkedArray<NoInfer<D>> {
  return like('emptyLike', x, 0, options)
}

/** One number in the shape, type and chunks of another array, where nothing else is told. */
export function fullLike<const X extends ArrayInput, D extends DType = DTypeOf<X>>(
  x: X,
  value: number | bigint | boolean,
  options: LikeOptions<D> = {},
): ChunkedArray<NoInfer<D>> {
  return like('fullLike', x, value, options)
}

/** What is to be other than in the array that is the model. */
export interface LikeOptions<D extends DType = DType> extends CreateOptions<D> {
  readonly shape?: ShapeSpec | undefined
}

function like<D extends DType>(
  label: string,
  x: unknown,
  value: number | bigint | boolean,
  options: LikeOptions<D>,
): ChunkedArray<D> {
  const model = expressionOf(label, x)
  const { shape, chunks, dtype = model.dtype as D } = options
  return filled(label, shape ?? model.shape, value, { chunks: chunks ?? (shape === undefined ? model.chunks : undefined), dtype })
}

function filled<D extends DType>(
  label: string,
  shape: ShapeSpec,
  value: number | bigint | boolean,
  options: CreateOptions<D>,
): ChunkedArray<D> {
  const dtype = dtypeOf(options.dtype ?? 'float64') as D
  if (isInteger(dtype) && typeof value === 'number' && !Number.isInteger(value))
    throw new ArgumentError(`${label}: ${value} is not a number of ${dtype}`)
  const stored = kindOf(dtype) === 'bool' ? Boolean(value) : value
  return source(label, { kind: 'full', value: stored }, shape, { ...options, dtype })
}

function source<D extends DType>(
  label: string,
  rule: Rule,
  shape: ShapeSpec,
  { chunks = 'auto', dtype }: CreateOptions<D> & { dtype: D },
): ChunkedArray<D> {
  const lengths = typeof shape === 'number' ? [shape] : [...shape]
  if (!lengths.every((n) => (Number.isInteger(n) && n >= 0) || Number.isNaN(n)))
    throw new ShapeError(`${label}: ${showShape(lengths)} is no shape: expected whole numbers from 0`)
  return new ChunkedArray(new RuleSource(label, rule, dtypeOf(dtype), normalizeChunks(chunks, lengths, dtype)))
}

function typeOf(value: number | bigint | boolean): DType {
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'bigint' || (Number.isSafeInteger(value) && !Object.is(value, -0)) ? 'int64' : 'float64'
}
