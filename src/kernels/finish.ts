import { type DType, isComplex } from './dtype.js'
import { type NodeId, type Program, ProgramBuilder } from './program.js'
import { type Reduction, reductionTypes } from './reduction.js'

const programs = new Map<string, Program>()

/**
 * The program that makes results of the states of a reduction: the sum and what it lost become one number, masks become
 * bools, of a place found only the place is left. `moments` stay three arrays: count, mean, and squared distances. The sum
 * of complex numbers is two outputs, its parts.
 *
 * @param values the type of the values that were reduced
 * @param result the type of the results
 */
export function finishProgram(reduction: Reduction, values: DType, result: DType): Program {
  const key = `${reduction} ${values} ${result}`
  let program = programs.get(key)
  if (!program) programs.set(key, (program = write(reduction, values, result)))
  return program
}

function write(reduction: Reduction, values: DType, result: DType): Program {
  const p = new ProgramBuilder()
  const states = reductionTypes(reduction, values).states.map((d) => p.input(d))
  const part = result === 'complex64' ? 'float32' : isComplex(result) ? 'float64' : result
  if (reduction === 'argmin' || reduction === 'argmax') p.map(p.cast(states[1]!, result))
  else if (reduction === 'moments') for (const s of states) p.map(s)
  else if (reduction === 'sum' && states.length > 1) {
    for (let i = 0; i < states.length; i += 2) p.map(p.cast(whole(p, states[i]!, states[i + 1]!), part))
  } else p.map(p.cast(states[0]!, result))
  return p.build()
}

/** A sum with what it lost. Infinite sums lost nothing that counts, and adding 0 to −0 would lose its sign. */
function whole(p: ProgramBuilder, sum: NodeId, lost: NodeId): NodeId {
  const counts = p.apply('logicalAnd', p.apply('isfinite', lost), p.apply('notEqual', lost, p.constant(0, 'float64')))
  return p.apply('where', counts, p.apply('add', sum, lost), sum)
}
