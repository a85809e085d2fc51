export {
  type Continuous,
  type Discrete,
  checkParameters,
  continuousDistributions,
  discreteDistributions,
} from './distributions.js'
export { type Highway, HighwayError, highway } from './highway.js'
export { type Matrix, denseMatrix } from './matrix.js'
export { copyCrossed, putElements, takeElements, transposeMatrices } from './moving.js'
export { multiplyMatrices } from './multiply.js'
export { type OpenBlas, OpenBlasError, openBlas } from './openblas.js'
export type { NumberArray } from './number-array.js'
export { type BitGenerator, type Parameter, RandomStream, type Standard, bitGenerators } from './random-stream.js'
export { type Seed, SeedSequence } from './seed-sequence.js'
export { argsortRows, selectRows, sortRows } from './sorting.js'
export { multiplyByWasm } from './wasm-matmul.js'
