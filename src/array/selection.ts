import { InvariantError } from '../base/index.js'
import type { LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import type { DType } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { type Chunks, eachPlace, gridOf, isKnown, offsetsOf, sameChunks, shapeOf } from './chunks.js'
import { selectParts } from './operations.js'
import { lowerRechunk } from './rechunking.js'

/** Places along an axis: start, start + step, …; a step of 0 repeats one. */
export interface Segment {
  readonly start: number
  readonly step: number
  readonly count: number
}

/**
 * Along each axis, the parts that the chunk is put together of, and how many blocks they are of. A part is five numbers: which
 * of the axis' blocks, where in it, step, how many, where in the result.
 */
export interface SelectionOwn {
  /** NaN where it is that of the one block along this axis, which is taken whole */
  readonly shape: readonly number[]
  readonly parts: readonly (readonly number[])[]
  readonly blocks: readonly number[]
}

export interface SelectionShared {
  readonly dtype: DType
}

/**
 * Elements of one or more arrays, which lie one after the other along an axis: along each axis those of some segments. This
 * is what slicing, rechunking, concatenating, flipping, rolling and stretching are made of. An axis with lengths that are not known
 * is taken whole, as it is cut.
 */
export class Selection extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks
  readonly segments: readonly (readonly Segment[])[]
  /** along which the inputs lie one after the other */
  readonly axis: number
  declare readonly inputs: readonly ArrayExpression[]

  constructor(
    label: string,
    inputs: readonly ArrayExpression[],
    axis: number,
    segments: readonly (readonly Segment[])[],
    chunks: Chunks,
    annotations?: Annotations,
  ) {
    super(inputs, annotations)
    this.label = label
    this.dtype = inputs[0]!.dtype
    this.axis = axis
    this.segments = segments
    this.chunks = chunks
    if (chunks.length !== segments.length) throw new InvariantError(`${label}: ${chunks.length} axes of ${segments.length}`)
  }

  identity(): string {
    return `${this.axis} ${JSON.stringify(this.segments.map((s) => s.map(({ start, step, count }) => [start, step, count])))} ${JSON.stringify(this.chunks)}`
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): ArrayLike<number> {
    const inSteps = isRechunk(this)
      ? lowerRechunk(context, this.dtype, this.inputs[0]!.chunks, this.chunks, inputs[0]!)
      : undefined
    if (inSteps) return inSteps
    const layer = context.layer({ run: selectParts, shared: { dtype: this.dtype } satisfies SelectionShared })
    const first = this.inputs[0]!.chunks
    const blocks = first.map((lengths, axis) =>
      axis === this.axis ? this.inputs.flatMap((input) => [...input.chunks[axis]!]) : lengths,
    )
    const parts = this.chunks.map((lengths, axis) => partsAlong(this.segments[axis]!, blocks[axis]!, lengths))
    const taskOf = this.#finder(inputs)
    const tasks = new Array<number>(this.size)
    eachPlace(gridOf(this.chunks), (place, number) => {
      const here = place.map((p, axis) => parts[axis]![p]!)
      const used = here.map((h) => h.blocks)
      const before: number[] = []
      eachPlace(
        used.map((u) => u.length),
        (at) => before.push(taskOf(at.map((a, axis) => used[axis]![a]!))),
      )
      tasks[number] = layer.task(before, {
        shape: place.map((p, axis) => this.chunks[axis]![p]!),
        parts: here.map((h) => h.parts),
        blocks: used.map((u) => u.length),
      } satisfies SelectionOwn)
    })
    return tasks
  }

  /** Finds the task of a block by its place in the grid of all inputs together. */
  #finder(inputs: readonly ArrayLike<number>[]): (place: readonly number[]) => number {
    const grids = this.inputs.map((input) => gridOf(input.chunks))
    const starts = offsetsOf(grids.map((g) => g[this.axis] ?? 1))
    return (place) => {
      const along = place[this.axis] ?? 0
      let k = 0
      while (starts[k + 1]! <= along) k++
      let number = 0
      for (let axis = 0; axis < place.length; axis++) {
        const p = axis === this.axis ? along - starts[k]! : place[axis]!
        number = number * grids[k]![axis]! + p
      }
      return inputs[k]![number]!
    }
  }

  /** Along each axis, of which block each chunk takes which run of places; undefined if one takes several runs. */
  runsOfBlocks(): { block: number; start: number; step: number; count: number }[][] | undefined {
    const first = this.inputs[0]!.chunks
    if (!isKnown(first)) return undefined
    const parts = this.chunks.map((lengths, axis) => partsAlong(this.segments[axis]!, first[axis]!, lengths))
    if (parts.some((own) => own.some((p) => p.parts.length !== PART))) return undefined
    return parts.map((own) =>
      own.map(({ blocks, parts: [, start, step, count] }) => ({ block: blocks[0]!, start: start!, step: step!, count: count! })),
    )
  }

  withInputs(inputs: readonly ArrayExpression[]): Selection {
    return new Selection(this.label, inputs, this.axis, this.segments, this.chunks, this.annotations)
  }
}

/** The numbers of a part. */
const PART = 5

interface AxisParts {
  readonly blocks: number[]
  readonly parts: number[]
}

/** For each chunk of the result along an axis, what it takes of which blocks. */
function partsAlong(segments: readonly Segment[], blocks: readonly number[], chunks: readonly number[]): AxisParts[] {
  const offsets = offsetsOf(blocks)
  // Axes whose lengths are not known are taken whole.
  if (blocks.some(Number.isNaN)) return blocks.map((_, block) => ({ blocks: [block], parts: [0, 0, 1, NaN, 0] }))
  const result: AxisParts[] = []
  let s = 0
  /** how much of the current segment is used up */
  let used = 0
  for (const length of chunks) {
    const ordinals = new Map<number, number>()
    const own: AxisParts = { blocks: [], parts: [] }
    let at = 0
    while (at < length) {
      const { start, step, count } = segments[s]!
      if (used === count) {
        s++
        used = 0
        continue
      }
      const from = start + used * step
      const block = blockAt(offsets, from)
      const reach =
        step === 0
          ? Infinity
          : step > 0
            ? Math.floor((offsets[block + 1]! - 1 - from) / step) + 1
            : Math.floor((from - offsets[block]!) / -step) + 1
      const take = Math.min(reach, count - used, length - at)
      let ordinal = ordinals.get(block)
      if (ordinal === undefined) {
        ordinal = own.blocks.push(block) - 1
        ordinals.set(block, ordinal)
      }
      own.parts.push(ordinal, from - offsets[block]!, step, take, at)
      at += take
      used += take
    }
    if (own.blocks.length === 0) {
      // Of an empty chunk any block tells the type.
      own.blocks.push(0)
      own.parts.push(0, 0, 1, 0, 0)
    }
    result.push(own)
  }
  return result
}

function blockAt(offsets: readonly number[], place: number): number {
  let low = 0
  let high = offsets.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (offsets[middle]! <= place) low = middle
    else high = middle
  }
  return low
}

/** All places of an axis of this length. */
export const wholeAxis = (length: number): Segment[] => [{ start: 0, step: 1, count: length }]

/** The same array in other chunks. */
export function rechunked(e: ArrayExpression, chunks: Chunks): ArrayExpression {
  if (sameChunks(e.chunks, chunks)) return e
  return new Selection(
    'rechunk',
    [e],
    0,
    e.shape.map((n) => wholeAxis(n)),
    chunks,
  )
}

/** Whether a selection only cuts its one input differently. */
export function isRechunk(e: Selection): boolean {
  if (e.inputs.length > 1) return false
  const shape = shapeOf(e.inputs[0]!.chunks)
  return e.segments.every(
    (list, axis) => list.length === 1 && list[0]!.start === 0 && list[0]!.step === 1 && list[0]!.count === shape[axis],
  )
}
