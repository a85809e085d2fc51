import { config, processLimit } from '../config/index.js'
import type { LowerContext } from '../expr/index.js'
import { type DType, itemSize } from '../kernels/index.js'
import { sizeOf } from './chunk.js'
import { type Chunks, eachPlace, gridOf, sameChunks } from './chunks.js'
import { readPieces, sealPieces, selectParts, sendPieces } from './operations.js'
import { hasManyPieces, planRechunk } from './rechunk-plan.js'
import type { SelectionOwn, SelectionShared } from './selection.js'

/** For each chunk of a result along an axis: of which chunks it takes how much, where in them, and where it goes. */
type Overlaps = readonly (readonly {
  readonly block: number
  readonly from: number
  readonly count: number
  readonly at: number
}[])[]

/** What a task sends of its chunk: to which chunks of the result; along each axis where it begins, how long it is, where it goes. */
export interface PiecesOwn {
  readonly outputs: readonly number[]
  readonly places: readonly (readonly (readonly [from: number, count: number, at: number])[])[]
}

export interface PiecesShared {
  readonly outputs: number
  readonly dtype: DType
}

/** The chunk that a task puts together of what was sent. */
export interface ReadPiecesOwn {
  readonly output: number
  readonly shape: readonly number[]
}

/**
 * The tasks of the same array in other chunks, or undefined where one task for each chunk of the result does: within one process
 * whose memory holds the array twice, and as long as all chunks that it needs together are not larger than the setting `array.rechunkLimit`. Else each chunk is taken apart first, so
 * that it can go, and no task needs more than a chunk of the result: in steps that keep the number of pieces small, or, where
 * pieces would be many all the same, beside the tasks (see shuffle/).
 */
export function lowerRechunk(
  context: LowerContext,
  dtype: DType,
  from: Chunks,
  to: Chunks,
  tasks: ArrayLike<number>,
): ArrayLike<number> | undefined {
  const limit = config.get('array.rechunkLimit')
  const threshold = config.get('array.rechunkThreshold')
  const method = config.get('array.rechunkMethod')
  // Where chunks are seen where they are, taking them apart costs another copy, and saves nothing.
  if (method === 'auto' && context.oneMemory && !isTooLarge(dtype, from)) return undefined
  if (from.length === 0 || mostNeeded(from, to) * itemSize(dtype) <= limit) return undefined
  if (method === 'shuffle' || (method === 'auto' && hasManyPieces(from, to, threshold)))
    return shuffled(context, dtype, from, to, tasks)
  const blockLimit = config.get('array.chunkSize') / itemSize(dtype)
  let [current, before] = [from, tasks]
  for (const [i, next] of planRechunk(from, to, { blockLimit, threshold }).entries()) {
    if (!sameChunks(current, next)) before = oneStep(context, `step-${i}`, dtype, current, next, before)
    current = next
  }
  return before
}

/** Whether an array that is there twice is more than the values of this process may take in memory. */
function isTooLarge(dtype: DType, chunks: Chunks): boolean {
  const { target } = config.get('memory')
  if (target === false) return false
  const elements = chunks.reduce((n, own) => n * own.reduce((a, b) => a + b, 0), 1)
  return 2 * elements * itemSize(dtype) > target * processLimit()
}

/** The elements of all chunks that the chunk of the result that needs most takes something of. */
function mostNeeded(from: Chunks, to: Chunks): number {
  return from.reduce((n, own, axis) => {
    const most = overlapsAlong(own, to[axis]!).map((parts) => parts.reduce((m, { block }) => m + own[block]!, 0))
    return n * most.reduce((a, b) => Math.max(a, b), 1)
  }, 1)
}

function overlapsAlong(from: readonly number[], to: readonly number[]): Overlaps {
  let block = 0
  let used = 0
  return to.map((length) => {
    const parts: { block: number; from: number; count: number; at: number }[] = []
    for (let at = 0; at < length; ) {
      while (used === from[block]!) {
        block++
        used = 0
      }
      const count = Math.min(length - at, from[block]! - used)
      parts.push({ block, from: used, count, at })
      at += count
      used += count
    }
    // Of an empty chunk any other tells the type.
    return parts.length > 0 ? parts : [{ block: Math.min(block, from.length - 1), from: 0, count: 0, at: 0 }]
  })
}

/** Each chunk taken apart, and the pieces put together. What is needed as a whole is not copied. */
function oneStep(
  context: LowerContext,
  name: string,
  dtype: DType,
  from: Chunks,
  to: Chunks,
  tasks: ArrayLike<number>,
): number[] {
  const shared = { dtype } satisfies SelectionShared
  const split = context.layer({ run: selectParts, shared, suffix: `${name}-split` })
  const merge = context.layer({ run: selectParts, shared, suffix: name })
  const overlaps = from.map((own, axis) => overlapsAlong(own, to[axis]!))
  const grid = gridOf(from)
  const result = new Array<number>(sizeOf(gridOf(to)))
  eachPlace(gridOf(to), (place, number) => {
    const here = place.map((p, axis) => overlaps[axis]![p]!)
    const blocks = here.map((parts) => parts.length)
    const before: number[] = []
    eachPlace(blocks, (at) => {
      const parts = at.map((a, axis) => here[axis]![a]!)
      const whole = parts.every((p, axis) => p.count === from[axis]![p.block])
      const source = tasks[parts.reduce((n, p, axis) => n * grid[axis]! + p.block, 0)]!
      const own: SelectionOwn = {
        shape: parts.map((p) => p.count),
        parts: parts.map((p) => [0, p.from, 1, p.count, 0]),
        blocks: parts.map(() => 1),
      }
      before.push(whole ? source : split.task([source], own))
    })
    const own: SelectionOwn = {
      shape: place.map((p, axis) => to[axis]![p]!),
      parts: here.map((parts) => parts.flatMap((p, i) => [i, 0, 1, p.count, p.at])),
      blocks,
    }
    result[number] = merge.task(before, own)
  })
  return result
}

/** All pieces beside the tasks: as many tasks as there are chunks before and after. */
function shuffled(context: LowerContext, dtype: DType, from: Chunks, to: Chunks, tasks: ArrayLike<number>): number[] {
  const outputs = sizeOf(gridOf(to))
  const send = context.layer({
    run: sendPieces as never,
    shared: { outputs, dtype } satisfies PiecesShared,
    suffix: 'send',
    shuffle: 'transfer',
  })
  const seal = context.layer({ run: sealPieces as never, shared: outputs, suffix: 'seal', shuffle: 'seal' })
  const read = context.layer({ run: readPieces as never, shared: { outputs, dtype } satisfies PiecesShared })
  // By chunk of the array: which chunks of the result take something of it.
  const targets = from.map((own, axis) => {
    const found: { output: number; place: [number, number, number] }[][] = own.map(() => [])
    for (const [output, parts] of overlapsAlong(own, to[axis]!).entries())
      for (const p of parts) if (p.count > 0) found[p.block]!.push({ output, place: [p.from, p.count, p.at] })
    return found
  })
  const grid = gridOf(to)
  const sent: number[] = []
  eachPlace(gridOf(from), (place, number) => {
    const here = place.map((p, axis) => targets[axis]![p]!)
    const own = { outputs: [] as number[], places: [] as [number, number, number][][] }
    eachPlace(
      here.map((t) => t.length),
      (at) => {
        own.outputs.push(at.reduce((n, a, axis) => n * grid[axis]! + here[axis]![a]!.output, 0))
        own.places.push(at.map((a, axis) => here[axis]![a]!.place))
      },
    )
    sent.push(send.task([tasks[number]!], own satisfies PiecesOwn))
  })
  const sealed = seal.task(sent)
  const result = new Array<number>(outputs)
  eachPlace(grid, (place, number) => {
    const shape = place.map((p, axis) => to[axis]![p]!)
    result[number] = read.task([sealed], { output: number, shape } satisfies ReadPiecesOwn)
  })
  return result
}
