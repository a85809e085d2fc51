export type { DecodeOptions } from './decoder.js'
export type { EncodeOptions } from './encoder.js'
export { TransferError } from './errors.js'
export { LaterNumbers } from './later-numbers.js'
export type { FunctionLocation } from './location.js'
export type { SyntaxNode } from './parse.js'
export type { FunctionSource } from './read-function.js'
export type { RowBatch, RowMemory, RowReader } from './rows.js'
export { lazyOperation, loadCode, needsCode, operation, task } from './module-reference.js'
export {
  contentHash,
  decode,
  decodePrimitiveAt,
  encode,
  functionLocation,
  isPlain,
  preload,
  prepare,
  readFunction,
  rows,
  sourcePlace,
} from './on-demand.js'
export { dependency, fromTransfer, toTransfer } from './symbols.js'
