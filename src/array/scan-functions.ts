import type { DType } from '../kernels/index.js'
import { ChunkedArray } from './chunked-array.js'
import { expressionOf } from './inputs.js'
import { scanOf } from './scanned.js'
import type { ArrayInput, DTypeOf, SumOf } from './types.js'

/** Along which axis results run, and of what type they are. */
export interface ScanOptions {
  /** absent: along all elements as one axis */
  readonly axis?: number | undefined
  readonly dtype?: DType | undefined
}

/** Running sums. */
export const cumsum = <const X extends ArrayInput>(x: X, options?: ScanOptions): ChunkedArray<SumOf<DTypeOf<X>>> =>
  new ChunkedArray(scanOf('cumsum', expressionOf('cumsum', x), 'sum', options))

/** Running products. */
export const cumprod = <const X extends ArrayInput>(x: X, options?: ScanOptions): ChunkedArray<SumOf<DTypeOf<X>>> =>
  new ChunkedArray(scanOf('cumprod', expressionOf('cumprod', x), 'prod', options))

/** Running sums of what is not NaN. */
export const nancumsum = <const X extends ArrayInput>(x: X, options?: ScanOptions): ChunkedArray<SumOf<DTypeOf<X>>> =>
  new ChunkedArray(scanOf('nancumsum', expressionOf('nancumsum', x), 'sum', { ...options, skipNaN: true }))

/** Running products of what is not NaN. */
export const nancumprod = <const X extends ArrayInput>(x: X, options?: ScanOptions): ChunkedArray<SumOf<DTypeOf<X>>> =>
  new ChunkedArray(scanOf('nancumprod', expressionOf('nancumprod', x), 'prod', { ...options, skipNaN: true }))

/** NaN replaced by the last number before it along an axis. */
export const push = <const X extends ArrayInput>(x: X, axis = -1): ChunkedArray<DTypeOf<X>> =>
  new ChunkedArray(scanOf('push', expressionOf('push', x), 'push', { axis }))
