export { LambdaError, Untranslatable } from './errors.js'
export { placeOf, treeOf } from './from-function.js'
export { markOf, marked } from './marked.js'
export type { Tree } from './tree.js'
