export type { Access } from './access.js'
export type { KernelKind, KernelShape } from './block-size.js'
export {
  type DType,
  type DTypeKind,
  type RealDType,
  dtypeOf,
  dtypes,
  integerRange,
  isComplex,
  isInteger,
  itemSize,
  kindOf,
} from './dtype.js'
export { finishProgram } from './finish.js'
export type { KernelCache } from './kernel-cache.js'
export { type Accumulate, KernelRunner, type Scalars, type Scratch } from './kernel-runner.js'
export { type Block, broadcastShapes, broadcastTo, contiguousBlock, contiguousStrides } from './layout.js'
export { numberArrays } from './number-arrays.js'
export { type Operation, type OperationFacts, operations } from './operation.js'
export { type NodeId, type Program, ProgramBuilder, type ProgramNode, programKey } from './program.js'
export { type Casting, type WeakScalar, canCast, promoteTypes, resultType } from './promotion.js'
export { type Reduction, type ReductionTypes, reductionTypes, reductions } from './reduction.js'
export { applyUfunc, resultOfUfunc, ufuncProgram } from './ufunc.js'
