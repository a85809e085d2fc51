import type { TaskContext } from '../graph/index.js'
import { type Chunk, type Numbers, partsOf, stepsOf, writtenChunk } from './chunk.js'
import type { SelectionOwn, SelectionShared } from './selection.js'

const PART = 5

/** A chunk put together of parts of others. */
export function selectParts(
  inputs: readonly Chunk[],
  own: SelectionOwn,
  { dtype }: SelectionShared,
  context: TaskContext,
): Chunk {
  const only = inputs[0]!
  if (own.shape.some(Number.isNaN)) own = known(own, only.shape)
  const { shape, parts } = own
  if (inputs.length === 1 && parts.every((p, axis) => isWhole(p, only.shape[axis]!)) && parts.length === only.shape.length)
    return only
  return writtenChunk(dtype, shape, context, (data) => copyParts(inputs, own, partsOf(dtype), data))
}

/** With the lengths of the block along the axes that are taken whole. */
function known({ shape, parts, blocks }: SelectionOwn, lengths: readonly number[]): SelectionOwn {
  return {
    shape: shape.map((n, axis) => (Number.isNaN(n) ? lengths[axis]! : n)),
    parts: parts.map((p, axis) => (Number.isNaN(shape[axis]) ? [0, 0, 1, lengths[axis]!, 0] : p)),
    blocks,
  }
}

function copyParts(inputs: readonly Chunk[], { shape, parts, blocks }: SelectionOwn, width: number, result: Numbers): void {
  const targetSteps = stepsOf(shape, width)
  const dimensions = shape.length
  const last = dimensions - 1
  /** which part of each axis it is about */
  const chosen = new Array<number>(dimensions).fill(0)
  const copyOne = (): void => {
    let k = 0
    for (let axis = 0; axis < dimensions; axis++) k = k * blocks[axis]! + parts[axis]![chosen[axis]! * PART]!
    const source = inputs[k]!
    const sourceSteps = stepsOf(source.shape, width)
    const walk = (axis: number, from: number, to: number): void => {
      const p = parts[axis]!
      const at = chosen[axis]! * PART
      const step = p[at + 2]!
      const count = p[at + 3]!
      from += p[at + 1]! * sourceSteps[axis]!
      to += p[at + 4]! * targetSteps[axis]!
      if (axis === last) {
        copyRun(source.data as Float64Array, result as Float64Array, from, to, step, count, width)
        return
      }
      for (let i = 0; i < count; i++) walk(axis + 1, from + i * step * sourceSteps[axis]!, to + i * targetSteps[axis]!)
    }
    if (dimensions === 0) result.set(source.data as never)
    else walk(0, 0, 0)
  }
  const choose = (axis: number): void => {
    if (axis === dimensions) {
      copyOne()
      return
    }
    const count = parts[axis]!.length / PART
    for (let i = 0; i < count; i++) {
      chosen[axis] = i
      choose(axis + 1)
    }
  }
  choose(0)
}

/** Calls of `set` cost more than a few elements. */
const FEW = 24

function copyRun(
  from: Float64Array,
  to: Float64Array,
  source: number,
  target: number,
  step: number,
  count: number,
  width: number,
): void {
  if (step === 1 && count * width > FEW) to.set(from.subarray(source, source + count * width), target)
  else if (width === 1) for (let i = 0; i < count; i++) to[target + i] = from[source + i * step]!
  else {
    for (let i = 0; i < count; i++) {
      to[target + 2 * i] = from[source + 2 * i * step]!
      to[target + 2 * i + 1] = from[source + 2 * i * step + 1]!
    }
  }
}

const isWhole = (parts: readonly number[], length: number): boolean =>
  parts.length === PART && parts[1] === 0 && parts[2] === 1 && parts[3] === length
