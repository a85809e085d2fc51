import type { Program } from './program.js'
import { reductionTypes } from './reduction.js'

/** A part of a program whose reductions run together. */
export interface Pass {
  readonly program: Program
  /** which of the program's arrays of states are its own */
  readonly states: readonly number[]
}

const known = new WeakMap<Program, readonly Pass[]>()

/** Places are found one by one, each in a pass of its own; all other reductions are one pass. */
export function passesOf(program: Program): readonly Pass[] {
  let passes = known.get(program)
  if (!passes) known.set(program, (passes = split(program)))
  return passes
}

function split(program: Program): readonly Pass[] {
  let at = 0
  const parts = program.reductions.map((r) => {
    const { states } = reductionTypes(r.reduction, program.nodes[r.node]!.dtype)
    return { reduction: r, states: states.map(() => at++), alone: r.reduction === 'argmin' || r.reduction === 'argmax' }
  })
  const together = parts.filter((p) => !p.alone)
  const groups = [...parts.filter((p) => p.alone).map((p) => [p]), ...(together.length > 0 ? [together] : [])]
  if (groups.length <= 1) return [{ program, states: parts.flatMap((p) => p.states) }]
  return groups.map((group) => ({
    program: { ...program, reductions: group.map((p) => p.reduction) },
    states: group.flatMap((p) => p.states),
  }))
}
