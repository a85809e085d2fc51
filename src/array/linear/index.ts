export { type CovarianceOptions, corrcoef, cov } from './covariance.js'
export {
  type DiagonalOptions,
  diag,
  diagonal,
  trace,
  tril,
  trilIndices,
  trilIndicesFrom,
  triu,
  triuIndices,
  triuIndicesFrom,
} from './diagonals.js'
export { einsum } from './einsum.js'
export { dot, matmul, outer, tensordot, vdot } from './products.js'
