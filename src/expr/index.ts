export { annotate, currentAnnotations, currentSpan, span } from './annotate.js'
export {
  type Collection,
  type ComputeOptions,
  LazyCollection,
  computeAll,
  optimizeMany,
  persistAll,
  type result,
} from './collection.js'
export { Expression, rewrite, sorted } from './expression.js'
export { Held } from './held.js'
export { asCollection, lazyOf } from './lazy.js'
export { lowerCaptured } from './capture.js'
export { lower } from './lower.js'
export type { LayerRun, LayerWriter, LowerContext } from './lower.js'
export type { Pass } from './passes.js'
