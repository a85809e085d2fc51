import * as delayed from './delayed-arrays.js'
import * as formulas from './formulas.js'
import * as linear from './linear/index.js'
import * as blocks from './map-blocks.js'
import { connectMethods } from './method-code.js'
import * as overlap from './overlapping.js'
import * as places from './places.js'
import * as reductions from './reduce-functions.js'
import * as shapes from './shape-functions.js'
import * as sorting from './sorting/index.js'
import * as stores from './stores/index.js'
import * as frames from './to-data-frame.js'

export { type AxisSpec } from './axes.js'
export type { Numbers, NumbersOf } from './chunk.js'
export { ChunkedArray, type Index } from './chunked-array.js'
export { type AxisChunksSpec, type Chunks, type ChunksSpec, normalizeChunks } from './chunks.js'
export {
  type CreateOptions,
  type LikeOptions,
  type ShapeSpec,
  arange,
  array,
  asarray,
  empty,
  emptyLike,
  eye,
  fromArray,
  fromfunction,
  full,
  fullLike,
  indices,
  linspace,
  ones,
  onesLike,
  tri,
  zeros,
  zerosLike,
} from './create.js'
export { ArrayIndexError, BlockError, ChunkError, DTypeError, ShapeError } from './errors.js'
export { type Complex, type ItemOf, NdArray, type Nested, type NestedItems } from './nd-array.js'
export type { ReduceAsOptions, ReduceOptions, VarianceOptions } from './reductions.js'
export type { AnyArray, ArrayInput, DTypeOf, FloatOf, MeanOf, OperandOf, PartOf, ScalarOf, SumOf, WithScalar } from './types.js'
export type { Casting, DType } from '../kernels/index.js'
export * from './ufuncs.js'
export * from './formulas.js'
export {
  variance as var,
  all,
  any,
  argmax,
  argmin,
  average,
  countNonzero,
  max,
  mean,
  min,
  moment,
  nanargmax,
  nanargmin,
  nanmax,
  nanmean,
  nanmin,
  nanprod,
  nanstd,
  nansum,
  nanvar,
  prod,
  ptp,
  std,
  sum,
} from './reduce-functions.js'
export * from './shape-functions.js'
export * as random from './random/index.js'
export * from './sorting/index.js'
export * from './scan-functions.js'
export * from './linear/index.js'
export * from './stores/index.js'
export { type BlockFunction, type BlockInfo, type BlockResult, type BlockwiseOptions, blockwise } from './blockwise.js'
export { type MapBlocksOptions, mapBlocks } from './map-blocks.js'
export { type DTypeOfItem, map, mapAs } from './map-items.js'
export { type PadMode, type PadWidth, pad } from './padding.js'
export {
  type Boundary,
  type Depth,
  type MapOverlapOptions,
  type OverlapOptions,
  mapOverlap,
  overlap,
  slidingWindowView,
  trimInternal,
  trimOverlap,
} from './overlapping.js'
export { type GufuncOptions, applyAlongAxis, applyGufunc, applyOverAxes, asGufunc, gufunc } from './functions-of-vectors.js'
export {
  type DelayedBlocks,
  type FromFunctionOptions,
  type NewBlock,
  fromChunks,
  fromDelayed,
  fromFunction,
  toDelayed,
} from './delayed-arrays.js'
export { type DiffOptions, type GradientOptions, type SpacingSpec, diff, ediff1d, gradient } from './differences.js'
export {
  type AxisOrderName,
  type PlaceMode,
  argwhere,
  compress,
  extract,
  flatnonzero,
  nonzero,
  piecewise,
  ravelMultiIndex,
  take,
  unravelIndex,
} from './places.js'
export { type PlacesSpec, delete, insert } from './inserting.js'
export { frexp, nextafter, spacing } from './float-steps.js'
export { i0 } from './bessel.js'
export { type AxisReduction, coarsen, reshapeBlockwise } from './coarsening.js'
export { type ReductionOptions, type ReductionStep, reduction } from './reduction.js'

connectMethods({ blocks, delayed, formulas, frames, linear, overlap, places, reductions, shapes, sorting, stores })
