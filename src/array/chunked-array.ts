import { ArgumentError } from '../base/index.js'
import { type ComputeOptions, type Expression, LazyCollection, type Pass } from '../expr/index.js'
import type { DataFrame } from '../dataframe/index.js'
import type { Delayed } from '../delayed/index.js'
import type { TaskFunction } from '../graph/index.js'
import { type Casting, type DType, type Operation, dtypeOf, itemSize } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { assembled } from './assemble.js'
import type { BlockInfo, BlockResult } from './blockwise.js'
import { type Chunk, type Numbers, sizeOf } from './chunk.js'
import { type Chunks, type ChunksSpec, gridOf, needKnown, normalizeChunks } from './chunks.js'
import { assignedOf } from './assigned.js'
import { castOf } from './casting.js'
import { withChunkSizes } from './chunk-sizes.js'
import { slicedBy } from './getting.js'
import { HeldArray } from './held-array.js'
import { expressionOf, operandOf } from './inputs.js'
import type { MapBlocksOptions } from './map-blocks.js'
import { methodCode } from './method-code.js'
import { type NdArray, NdArray as LocalArray, type NestedItems } from './nd-array.js'
import { gatherChunks } from './gathering.js'
import { ufuncOf } from './operands.js'
import type { MapOverlapOptions } from './overlapping.js'
import { arrayPasses } from './passes.js'
import { blocksOf } from './picked-blocks.js'
import { pointsOf } from './points.js'
import {
  type ReduceAsOptions,
  type ReduceOptions,
  type VarianceOptions,
  argOf,
  extremeOf,
  meanOf,
  prodOf,
  sumOf,
  testOf,
  varOf,
} from './reductions.js'
import type { DiagonalOptions } from './linear/index.js'
import { transposeOf } from './rearranged-axes.js'
import { reshapeOf } from './reshaped.js'
import { scanOf } from './scanned.js'
import { rechunked } from './selection.js'
import type { TopOptions } from './sorting/index.js'
import type { BlockTarget, ToZarrOptions, WriteBlock } from './stores/index.js'
import { drawChunks } from './svg.js'
import type { AnyArray, FloatOf, MeanOf, OperandOf, PartOf, ScalarOf, SumOf, WithScalar } from './types.js'

type Num = `${number}` | ''

/** One entry of an index. */
export type Index =
  | number
  | null
  | '...'
  | `${Num}:${Num}`
  | `${Num}:${Num}:${Num}`
  | readonly number[]
  | readonly boolean[]
  | AnyArray
  | NdArray<DType>

/** Arrays in an index as expressions. */
const asIndex = (entry: Index): unknown =>
  entry instanceof ChunkedArray || entry instanceof LocalArray ? expressionOf('slice', entry) : entry

/**
 * An array of any number of dimensions, cut into chunks along each axis: what NumPy has, computed in parallel and larger than
 * memory. Lazy and immutable: operations compute nothing, `compute()` and `persist()` do, one task for each chunk, into which
 * all operations on single elements are fused.
 *
 * Types and conversions are NumPy's (version 2). Numbers of the program take the type of the array they meet.
 *
 * @example
 * const x = da.arange(1_000_000, { chunks: 100_000 })
 * const mean = await x.multiply(2).add(1).mean().compute() // an NdArray without axes
 * mean.item() // 1000000
 */
export class ChunkedArray<out D extends DType = DType> extends LazyCollection<NdArray<D>> {
  readonly #expression: ArrayExpression

  /** Use `fromArray`, `zeros`, `arange` and their like. */
  constructor(expression: ArrayExpression) {
    super()
    this.#expression = expression
  }

  get expression(): ArrayExpression {
    return this.#expression
  }

  /** the type of the elements */
  get dtype(): D {
    return this.#expression.dtype as D
  }

  /** the lengths of the axes; NaN where one is not known before it is computed */
  get shape(): readonly number[] {
    return this.#expression.shape
  }

  /** the lengths of the chunks along each axis */
  get chunks(): Chunks {
    return this.#expression.chunks
  }

  /** the lengths of the longest chunks along each axis */
  get chunksize(): readonly number[] {
    return this.chunks.map((lengths) => lengths.reduce((a, b) => (a > b ? a : b), 0))
  }

  /** how many chunks there are along each axis */
  get numblocks(): readonly number[] {
    return gridOf(this.chunks)
  }

  /** how many chunks there are */
  get npartitions(): number {
    return this.#expression.size
  }

  get ndim(): number {
    return this.chunks.length
  }

  /** the number of elements */
  get size(): number {
    return sizeOf(this.shape)
  }

  /** the bytes of an element */
  get itemsize(): number {
    return itemSize(this.dtype)
  }

  /** the bytes of all elements */
  get nbytes(): number {
    return this.size * this.itemsize
  }

  /**
   * What `+`, `<` and the like of JavaScript would take it for: an error, since they would go on with a text or NaN.
   *
   * @throws ArgumentError unless a text is asked for (`${x}`)
   */
  [Symbol.toPrimitive](hint: string): string {
    const text = `ChunkedArray { ${this.expression.describe()} }`
    if (hint === 'string') return text
    throw new ArgumentError(
      `${text} is not a number: operators of JavaScript cannot compute with it. Use its methods (x.add(1), x.greater(y)), give it to map and mapBlocks as an argument, or compute() it first`,
    )
  }

  finalize(values: unknown[]): NdArray<D> {
    const { dtype, shape, data } = assembled(values as Chunk[], gridOf(this.chunks), this.dtype)
    return new LocalArray(dtype, shape, data) as NdArray as NdArray<D>
  }

  rebuild(expression: Expression): this {
    const { dtype, chunks } = this.#expression
    return new ChunkedArray(expression instanceof ArrayExpression ? expression : new HeldArray(expression, dtype, chunks)) as this
  }

  override get passes(): readonly Pass[] {
    return arrayPasses
  }

  override get fusible(): boolean {
    return true
  }

  override get gathering(): TaskFunction {
    return gatherChunks as TaskFunction
  }

  override get gatheringShared(): unknown {
    return gridOf(this.chunks)
  }

  /** Computes it, and gives it in ordinary memory; rejects with a `TaskError` when a task fails. */
  override compute(options?: ComputeOptions): Promise<NdArray<D>> {
    return super.compute(options)
  }

  // ——— element by element

  /** The sum of each element and the other's. */
  add(other: ScalarOf<D>): ChunkedArray<WithScalar<D>>
  add(other: AnyArray<D> | NdArray<D>): ChunkedArray<D>
  add(other: OperandOf<D>): ChunkedArray
  add(other: OperandOf<D>): ChunkedArray {
    return this.#with('add', other)
  }

  subtract(other: ScalarOf<D>): ChunkedArray<WithScalar<D>>
  subtract(other: AnyArray<D> | NdArray<D>): ChunkedArray<D>
  subtract(other: OperandOf<D>): ChunkedArray
  subtract(other: OperandOf<D>): ChunkedArray {
    return this.#with('subtract', other)
  }

  multiply(other: ScalarOf<D>): ChunkedArray<WithScalar<D>>
  multiply(other: AnyArray<D> | NdArray<D>): ChunkedArray<D>
  multiply(other: OperandOf<D>): ChunkedArray
  multiply(other: OperandOf<D>): ChunkedArray {
    return this.#with('multiply', other)
  }

  /** True division: of whole numbers in float64. */
  divide(other: ScalarOf<D>): ChunkedArray<MeanOf<D>>
  divide(other: AnyArray<D> | NdArray<D>): ChunkedArray<MeanOf<D>>
  divide(other: OperandOf<D>): ChunkedArray
  divide(other: OperandOf<D>): ChunkedArray {
    return this.#with('divide', other)
  }

  floorDivide(other: ScalarOf<D>): ChunkedArray<WithScalar<D>>
  floorDivide(other: AnyArray<D> | NdArray<D>): ChunkedArray<D>
  floorDivide(other: OperandOf<D>): ChunkedArray
  floorDivide(other: OperandOf<D>): ChunkedArray {
    return this.#with('floorDivide', other)
  }

  /** What is left of a division, with the sign of the divisor. */
  remainder(other: ScalarOf<D>): ChunkedArray<WithScalar<D>>
  remainder(other: AnyArray<D> | NdArray<D>): ChunkedArray<D>
  remainder(other: OperandOf<D>): ChunkedArray
  remainder(other: OperandOf<D>): ChunkedArray {
    return this.#with('remainder', other)
  }

  power(other: ScalarOf<D>): ChunkedArray<WithScalar<D>>
  power(other: AnyArray<D> | NdArray<D>): ChunkedArray<D>
  power(other: OperandOf<D>): ChunkedArray
  power(other: OperandOf<D>): ChunkedArray {
    return this.#with('power', other)
  }

  equal(other: OperandOf<D>): ChunkedArray<'bool'> {
    return this.#with('equal', other)
  }

  notEqual(other: OperandOf<D>): ChunkedArray<'bool'> {
    return this.#with('notEqual', other)
  }

  less(other: OperandOf<D>): ChunkedArray<'bool'> {
    return this.#with('less', other)
  }

  lessEqual(other: OperandOf<D>): ChunkedArray<'bool'> {
    return this.#with('lessEqual', other)
  }

  greater(other: OperandOf<D>): ChunkedArray<'bool'> {
    return this.#with('greater', other)
  }

  greaterEqual(other: OperandOf<D>): ChunkedArray<'bool'> {
    return this.#with('greaterEqual', other)
  }

  /** Both: of bools logically, of whole numbers bit by bit. */
  and(other: ScalarOf<D>): ChunkedArray<WithScalar<D>>
  and(other: AnyArray<D> | NdArray<D>): ChunkedArray<D>
  and(other: OperandOf<D>): ChunkedArray
  and(other: OperandOf<D>): ChunkedArray {
    return this.#with('bitwiseAnd', other)
  }

  /** Either or both: of bools logically, of whole numbers bit by bit. */
  or(other: ScalarOf<D>): ChunkedArray<WithScalar<D>>
  or(other: AnyArray<D> | NdArray<D>): ChunkedArray<D>
  or(other: OperandOf<D>): ChunkedArray
  or(other: OperandOf<D>): ChunkedArray {
    return this.#with('bitwiseOr', other)
  }

  /** Either but not both: of bools logically, of whole numbers bit by bit. */
  xor(other: ScalarOf<D>): ChunkedArray<WithScalar<D>>
  xor(other: AnyArray<D> | NdArray<D>): ChunkedArray<D>
  xor(other: OperandOf<D>): ChunkedArray
  xor(other: OperandOf<D>): ChunkedArray {
    return this.#with('bitwiseXor', other)
  }

  /** The contrary: of bools logically, of whole numbers bit by bit. */
  not(): ChunkedArray<D> {
    return this.#apply('invert')
  }

  negative(): ChunkedArray<D> {
    return this.#apply('negative')
  }

  abs(): ChunkedArray<PartOf<D>> {
    return this.#apply('absolute')
  }

  square(): ChunkedArray<D> {
    return this.#apply('square')
  }

  sqrt(): ChunkedArray<FloatOf<D>> {
    return this.#apply('sqrt')
  }

  exp(): ChunkedArray<FloatOf<D>> {
    return this.#apply('exp')
  }

  log(): ChunkedArray<FloatOf<D>> {
    return this.#apply('log')
  }

  sin(): ChunkedArray<FloatOf<D>> {
    return this.#apply('sin')
  }

  cos(): ChunkedArray<FloatOf<D>> {
    return this.#apply('cos')
  }

  /** The complex conjugate; of real numbers the numbers themselves. */
  conj(): ChunkedArray<D> {
    return this.#apply('conjugate')
  }

  /** The real parts; of real numbers the numbers themselves. */
  real(): ChunkedArray<PartOf<D>> {
    return this.#apply('real')
  }

  /** The imaginary parts; of real numbers zeros. */
  imag(): ChunkedArray<PartOf<D>> {
    return this.#apply('imag')
  }

  /** Elements not below one bound and not above another; null is no bound. */
  clip(low: OperandOf<D> | null = null, high: OperandOf<D> | null = null): ChunkedArray {
    return methodCode().formulas.clip(this, low, high)
  }

  /** Rounded to so many decimal places, of two as near to the even one. */
  round(decimals = 0): ChunkedArray<D> {
    return methodCode().formulas.round(this, decimals) as ChunkedArray<D>
  }

  /** For each element, which is a number of a choice, that of the choice. */
  choose(choices: readonly OperandOf<D>[]): ChunkedArray {
    return methodCode().formulas.choose(this, choices)
  }

  /** The same array: arrays are never changed. */
  copy(): ChunkedArray<D> {
    return new ChunkedArray(this.#expression)
  }

  // ——— reductions

  /**
   * The sum, of whole numbers in 64 bits; along some axes, or of all elements.
   *
   * @example
   * x.sum({ axis: 0 })
   */
  sum(options?: ReduceOptions): ChunkedArray<SumOf<D>>
  sum<R extends DType>(options: ReduceAsOptions & { readonly dtype: R }): ChunkedArray<R>
  sum(options?: ReduceAsOptions): ChunkedArray {
    return new ChunkedArray(sumOf(this.#expression, options))
  }

  prod(options?: ReduceOptions): ChunkedArray<SumOf<D>>
  prod<R extends DType>(options: ReduceAsOptions & { readonly dtype: R }): ChunkedArray<R>
  prod(options?: ReduceAsOptions): ChunkedArray {
    return new ChunkedArray(prodOf(this.#expression, options))
  }

  /** The least value; NaN where there is one. */
  min(options?: ReduceOptions): ChunkedArray<D> {
    return new ChunkedArray(extremeOf('min', this.#expression, options))
  }

  /** The greatest value; NaN where there is one. */
  max(options?: ReduceOptions): ChunkedArray<D> {
    return new ChunkedArray(extremeOf('max', this.#expression, options))
  }

  any(options?: ReduceOptions): ChunkedArray<'bool'> {
    return new ChunkedArray(testOf('any', this.#expression, options))
  }

  all(options?: ReduceOptions): ChunkedArray<'bool'> {
    return new ChunkedArray(testOf('all', this.#expression, options))
  }

  mean(options?: ReduceOptions): ChunkedArray<MeanOf<D>>
  mean<R extends DType>(options: ReduceAsOptions & { readonly dtype: R }): ChunkedArray<R>
  mean(options?: ReduceAsOptions): ChunkedArray {
    return new ChunkedArray(meanOf(this.#expression, options))
  }

  /** The variance: the mean squared distance from the mean. With `ddof: 1` that of a sample. */
  var(options?: VarianceOptions): ChunkedArray<PartOf<MeanOf<D>>> {
    return new ChunkedArray(varOf(this.#expression, options))
  }

  /** The standard deviation: the root of the variance. */
  std(options?: VarianceOptions): ChunkedArray<PartOf<MeanOf<D>>> {
    return new ChunkedArray(varOf(this.#expression, options, true))
  }

  /** Where the least value is first: along an axis, or in all elements one after the other. */
  argmin(options?: { readonly axis?: number; readonly keepdims?: boolean; readonly splitEvery?: number }): ChunkedArray<'int64'> {
    return new ChunkedArray(argOf('argmin', this.#expression, options))
  }

  /** Where the greatest value is first: along an axis, or in all elements one after the other. */
  argmax(options?: { readonly axis?: number; readonly keepdims?: boolean; readonly splitEvery?: number }): ChunkedArray<'int64'> {
    return new ChunkedArray(argOf('argmax', this.#expression, options))
  }

  /** The mean of powers of the distances from the mean. */
  moment(order: number, options?: VarianceOptions): ChunkedArray {
    return methodCode().reductions.moment(this, order, options)
  }

  /** Where elements are not 0: for each axis the places along it. How many they are is not known before they are computed. */
  nonzero(): ChunkedArray<'int64'>[] {
    return methodCode().places.nonzero(this)
  }

  // ——— sorted, multiplied, written: see the functions of the same names

  /** The `k` greatest elements along an axis, descending; with `k` below 0 the least, ascending. */
  topk(k: number, options?: TopOptions): ChunkedArray<D> {
    return methodCode().sorting.topk(this, k, options) as ChunkedArray<D>
  }

  /** Where the `k` greatest (or least) elements along an axis are. */
  argtopk(k: number, options?: TopOptions): ChunkedArray<'int64'> {
    return methodCode().sorting.argtopk(this, k, options)
  }

  /** The elements along an axis in another order: see the function of this name. */
  shuffle(indexer: readonly (readonly number[])[], options?: { readonly axis?: number }): ChunkedArray<D> {
    return methodCode().sorting.shuffle(this, indexer, options) as ChunkedArray<D>
  }

  /** The dot product: of vectors a number, of matrices a matrix. */
  dot(other: OperandOf<D>): ChunkedArray {
    return methodCode().linear.dot(this, other)
  }

  /** The sum of the elements on a diagonal of two axes. */
  trace(options?: DiagonalOptions & { readonly dtype?: DType }): ChunkedArray {
    return methodCode().linear.trace(this, options)
  }

  /** Computes it, and hands each chunk to a function, or fills an array. */
  store(target: WriteBlock | BlockTarget | NdArray, options?: ComputeOptions): Promise<void> {
    return methodCode().stores.store(this, target, options)
  }

  /** Computes it, and writes it as a Zarr array. */
  toZarr(path: string | URL, options?: ToZarrOptions): Promise<void> {
    return methodCode().stores.toZarr(this, path, options)
  }

  // ——— blocks and functions of them

  /**
   * Some of the chunks, as they are: an index of chunks, in which numbers leave axes where they are.
   *
   * @example
   * x.blocks(0, ':2') // the first two chunks of the first row of chunks
   */
  blocks(...index: readonly (number | readonly number[] | `${Num}:${Num}` | `${Num}:${Num}:${Num}` | '...')[]): ChunkedArray<D> {
    return new ChunkedArray(blocksOf(this.#expression, index))
  }

  /** As `blocks`. */
  partitions(
    ...index: readonly (number | readonly number[] | `${Num}:${Num}` | `${Num}:${Num}:${Num}` | '...')[]
  ): ChunkedArray<D> {
    return this.blocks(...index)
  }

  /**
   * Points: the elements at the first place of all lists, at the second, and so on. Lists are stretched to one another, and their
   * axes come first in the result; slices, as texts, take axes as a whole.
   *
   * @throws ArrayIndexError for places that there are not
   * @example
   * x.vindex([0, 2], [1, 3])      // the elements (0, 1) and (2, 3)
   * x.vindex([0, 2], '::2')       // rows 0 and 2, every other column
   */
  vindex(...index: readonly (NestedItems | NdArray | Numbers | `${Num}:${Num}` | `${Num}:${Num}:${Num}`)[]): ChunkedArray<D> {
    return new ChunkedArray(pointsOf(this.#expression, index))
  }

  /** What a function gives for each block: see the function of this name. */
  mapBlocks<R extends DType = D>(
    fn: (block: NdArray<D>, info: BlockInfo) => BlockResult | PromiseLike<BlockResult>,
    options?: MapBlocksOptions<R>,
  ): ChunkedArray<R> {
    return methodCode().blocks.mapBlocks(fn as never, [this], options)
  }

  /** What a function gives for each block and some elements of its neighbours: see the function of this name. */
  mapOverlap<R extends DType = D>(
    fn: (block: NdArray<D>) => BlockResult | PromiseLike<BlockResult>,
    options: MapOverlapOptions<R>,
  ): ChunkedArray<R> {
    return methodCode().overlap.mapOverlap(fn as never, this, options)
  }

  /**
   * The rows of an array with one or two axes as a dataframe: a partition for each chunk along the first axis. Columns are named
   * '0', '1', … unless told; whole numbers of 64 bits are bigints.
   *
   * @throws ShapeError for more axes; DTypeError for complex numbers
   * @example
   * x.toDataFrame(['height', 'weight'])
   */
  toDataFrame(columns?: readonly string[]): DataFrame<Record<string, number | bigint | boolean>> {
    return methodCode().frames.frameOfRows(this, columns)
  }

  /** The chunks as delayed local arrays, in the order of their grid, the last axis fastest. */
  toDelayed(): Delayed<NdArray<D>>[] {
    return methodCode().delayed.toDelayed(this)
  }

  // ——— shape and chunks

  /**
   * The same array in other chunks.
   *
   * @example
   * x.rechunk({ 0: -1, 1: 'auto' })
   */
  rechunk(chunks: ChunksSpec = 'auto'): ChunkedArray<D> {
    needKnown('rechunk', this.chunks)
    return new ChunkedArray(rechunked(this.#expression, normalizeChunks(chunks, this.shape, this.dtype, this.chunks)))
  }

  /**
   * The elements that an index names, as in NumPy: for each axis a number, a slice, a list of numbers, a mask, or an array of
   * one dimension; null for a new axis, '...' for all axes in between. A mask of all axes gives one axis.
   *
   * @throws ArrayIndexError for places that there are not
   * @example
   * x.slice('::2', '5000:')
   * x.slice(0, '...', [3, 1, 2])
   * x.slice(x.greater(0)) // as many as there are: see computeChunkSizes
   */
  slice(...index: readonly Index[]): ChunkedArray<D> {
    return new ChunkedArray(slicedBy(this.#expression, index.map(asIndex)))
  }

  /**
   * A new array with other values where an index says: those of an array of the shape that the index selects, stretched to it,
   * or a number. The array itself stays what it is.
   *
   * @example
   * const y = x.assign(['::2', 0], 1)
   * const z = x.assign([x.less(0)], 0)
   */
  assign(index: readonly Index[], value: OperandOf<D>): ChunkedArray<D> {
    return new ChunkedArray(assignedOf(this.#expression, index.map(asIndex), operandOf('assign', value)))
  }

  /** The array with the lengths of its chunks, for which it is computed once if they are not known. */
  async computeChunkSizes(options?: ComputeOptions): Promise<ChunkedArray<D>> {
    return new ChunkedArray(await withChunkSizes(this.#expression, options))
  }

  /** A picture of how the array is cut, as SVG. */
  toSVG(options: { readonly width?: number } = {}): string {
    return drawChunks(this.chunks, this.dtype, options.width)
  }

  /** The elements in another shape, in the order that they have. One length may be −1: whatever is left. */
  reshape(shape: number | readonly number[]): ChunkedArray<D> {
    return new ChunkedArray(reshapeOf(this.#expression, typeof shape === 'number' ? [shape] : shape))
  }

  /** All elements along one axis. */
  ravel(): ChunkedArray<D> {
    return this.reshape(-1)
  }

  /** All elements along one axis. */
  flatten(): ChunkedArray<D> {
    return this.reshape(-1)
  }

  /** Each element so many times, one after the other. */
  repeat(times: number | readonly number[], axis?: number): ChunkedArray<D> {
    return methodCode().shapes.repeat(this, times, axis) as ChunkedArray<D>
  }

  /** Without axes of one element: all of them, or those that are named. */
  squeeze(axis?: number | readonly number[]): ChunkedArray<D> {
    return methodCode().shapes.squeeze(this, axis) as ChunkedArray<D>
  }

  /** Two axes exchanged. */
  swapaxes(first: number, second: number): ChunkedArray<D> {
    return methodCode().shapes.swapaxes(this, first, second) as ChunkedArray<D>
  }

  /** The axes in another order, reversed unless told. */
  transpose(axes?: readonly number[]): ChunkedArray<D> {
    return new ChunkedArray(transposeOf(this.#expression, axes))
  }

  /**
   * The array in another type. Floats lose what is behind the point; a value that the type has no number for is an error when
   * it is computed.
   *
   * @param options `casting`: which conversions are allowed, in NumPy's words; all of them unless told
   * @throws DTypeError for a conversion that is not allowed
   * @example x.astype('float32', { casting: 'same_kind' })
   */
  astype<R extends DType>(dtype: R, options: { readonly casting?: Casting } = {}): ChunkedArray<R> {
    return new ChunkedArray(castOf(this.#expression, dtypeOf(dtype), options.casting))
  }

  /** Running sums along an axis; without one of all elements as one axis. */
  cumsum(options: { readonly axis?: number; readonly dtype?: DType } = {}): ChunkedArray<SumOf<D>> {
    return new ChunkedArray(scanOf('cumsum', this.#expression, 'sum', options))
  }

  /** Running products along an axis; without one of all elements as one axis. */
  cumprod(options: { readonly axis?: number; readonly dtype?: DType } = {}): ChunkedArray<SumOf<D>> {
    return new ChunkedArray(scanOf('cumprod', this.#expression, 'prod', options))
  }

  #apply<R extends DType>(operation: Operation): ChunkedArray<R> {
    return new ChunkedArray(ufuncOf(operation, this.#expression))
  }

  #with<R extends DType>(operation: Operation, other: unknown): ChunkedArray<R> {
    return new ChunkedArray(ufuncOf(operation, this.#expression, operandOf(operation, other)))
  }
}
