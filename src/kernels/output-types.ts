import type { RealDType } from './dtype.js'
import type { Program } from './program.js'
import { reductionTypes } from './reduction.js'

const known = new WeakMap<Program, readonly RealDType[]>()

/** The types of what the kernel of a program on real numbers writes: values, or the states of its reductions. */
export function outputTypes(program: Program): readonly RealDType[] {
  let types = known.get(program)
  if (!types) known.set(program, (types = find(program)))
  return types
}

function find(program: Program): RealDType[] {
  const type = (node: number): RealDType => program.nodes[node]!.dtype as RealDType
  if (program.maps.length > 0) return program.maps.map(type)
  return program.reductions.flatMap(({ reduction, node }) => reductionTypes(reduction, type(node)).states as RealDType[])
}
