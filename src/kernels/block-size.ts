import { type RealDType, widthOf } from './dtype.js'
import { transcendental } from './operation.js'
import { outputTypes } from './output-types.js'
import type { Program } from './program.js'
import type { Access } from './access.js'

export type KernelKind = 'map' | 'inner' | 'outer' | 'arg'

/** What the code of a kernel depends on besides its program. */
export interface KernelShape {
  /** `inner` reduces along the rows, `outer` across them, `arg` finds a place in each row */
  readonly kind: KernelKind
  /** of the outputs (or states) and then the inputs */
  readonly access: readonly Access[]
  /** the memory has 64-bit addresses */
  readonly wide: boolean
}

/**
 * How many elements a turn of the loop computes, a power of two: as many as fill a vector of the widest type, and more
 * where that helps: reductions need several accumulators to keep the processor busy, and narrow outputs full stores.
 */
export function blockSize(program: Program, { kind, access }: KernelShape): number {
  const used = program.nodes.filter((n) => n.kind !== 'scalar' && n.kind !== 'constant')
  const widths = used.map((n) => widthOf(n.dtype as RealDType))
  const widest = 16 / Math.max(...widths)
  const heavy = program.nodes.some((n) => n.kind === 'apply' && transcendental.has(n.operation))
  if (kind === 'arg' || heavy || access.includes('apart')) return widest
  const operations = program.nodes.filter((n) => n.kind === 'apply').length * Math.max(1, program.reductions.length)
  if (kind === 'map') {
    const narrowest = 16 / Math.min(...widths)
    return operations > 6 ? widest : Math.max(2 * widest, Math.min(narrowest, 4 * widest))
  }
  // Leaves of more than this would not stay in registers: those of moments are three vectors each.
  const many = program.reductions.length > 1 || program.reductions.some(({ reduction }) => reduction === 'moments')
  return (operations > 8 || program.reductions.length > 2 ? 1 : operations > 3 || many ? 2 : 4) * widest
}

/**
 * Of how many runs of elements a reduction takes the vectors of a block, one of each: where all that it reads and keeps has
 * one width, so that a vector is no smaller for it. Results of rows depend on this, but not on where they lie.
 */
export function streamCount(program: Program, { kind, access }: KernelShape, block: number): number {
  if (kind !== 'inner') return 1
  const kept = outputTypes(program)
  const read = program.inputs.filter((_, i) => access[kept.length + i] === 'side')
  if (read.length === 0) return 1
  const width = widthOf(read[0] as RealDType)
  const isOneWidth = [...kept, ...program.inputs].every((dtype) => widthOf(dtype as RealDType) === width)
  return isOneWidth ? Math.max(1, (block * width) / 16) : 1
}
