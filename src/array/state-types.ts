import { type DType, type Program, type Reduction, reductionTypes } from '../kernels/index.js'

/** The types of the arrays of states of a program's reductions. */
export const stateTypes = (program: Program): DType[] =>
  program.reductions.flatMap(({ reduction, node }) => [...reductionTypes(reduction, program.nodes[node]!.dtype).states])

/** How many arrays of states a reduction of values of a type has. */
export const stateCount = (reduction: Reduction, dtype: DType): number => reductionTypes(reduction, dtype).states.length
