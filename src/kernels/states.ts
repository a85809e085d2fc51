import { type RealDType, isInteger } from './dtype.js'
import type { Block } from './layout.js'
import { lastInteger } from './integer-operations.js'
import { numberArrays } from './number-arrays.js'
import type { Program } from './program.js'
import { type Reduction, reductionTypes } from './reduction.js'

type Numbers = { fill(value: number | bigint): void }
type NumbersConstructor = new (buffer: ArrayBufferLike, offset: number, length: number) => Numbers

/** Writes into arrays of states, which lie side by side, what they hold before any value. */
export function fillStates(buffer: ArrayBufferLike, program: Program, states: readonly Block[]): void {
  let at = 0
  for (const { reduction, node } of program.reductions) {
    const dtype = program.nodes[node]!.dtype
    for (const [field, type] of reductionTypes(reduction, dtype).states.entries()) {
      const { address, shape } = states[at++]!
      const length = shape.reduce((n, m) => n * m, 1)
      const Type = numberArrays[type as RealDType] as NumbersConstructor
      new Type(buffer, address, length).fill(firstState(reduction, type as RealDType, field))
    }
  }
}

function firstState(reduction: Reduction, state: RealDType, field: number): number | bigint {
  const whole = state === 'int64' || state === 'uint64'
  switch (reduction) {
    case 'sum':
      // The sum of nothing but −0 is −0.
      return whole ? 0n : field === 0 ? -0 : 0
    case 'prod':
      return whole ? 1n : 1
    case 'any':
    case 'moments':
      return 0
    case 'all':
      return 255
    default: {
      if (field > 0) return field === 1 ? -1n : 0n
      const which = reduction === 'min' || reduction === 'argmin' ? 'min' : 'max'
      if (!isInteger(state)) return which === 'min' ? Infinity : -Infinity
      return whole ? lastInteger(state, which) : Number(lastInteger(state, which))
    }
  }
}

/** Writes 0 into arrays of float64 that lie side by side. */
export function fillZero(buffer: ArrayBufferLike, states: readonly Block[]): void {
  for (const { address, shape } of states)
    new Float64Array(
      buffer,
      address,
      shape.reduce((n, m) => n * m, 1),
    ).fill(0)
}
