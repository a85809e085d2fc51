import { isDeepStrictEqual } from 'node:util'
import type { LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import type { ArrayExpression } from './array-expression.js'
import { sizeOf, stepsOf } from './chunk.js'
import { eachPlace, gridOf } from './chunks.js'
import { RearrangedAxes } from './rearranged-axes.js'
import { Selection, isRechunk } from './selection.js'

/** Some elements of a chunk, perhaps with its axes in another order: which is first, and how far steps along each axis go. */
export interface View {
  readonly shape: readonly number[]
  readonly first: number
  readonly steps: readonly number[]
}

/** An array whose chunks are views of those of another: for each the task that gives that one, and what is seen of it. */
export interface Views {
  readonly tasks: readonly number[]
  readonly views: readonly View[]
}

/** Views of less than this part of chunks are copies instead: they would keep memory that nobody else wants. */
const LEAST_PART = 1 / 4

/**
 * A slice, or an array whose axes are rearranged, or both, as views of what it is taken from: tasks that read each element once
 * read it there. Undefined where chunks are put together of several, and where what is not seen would be moved or kept.
 */
export function viewsOf(context: LowerContext, e: ArrayExpression, annotations: Annotations | undefined): Views | undefined {
  if (!context.oneMemory) return undefined
  const axes = e instanceof RearrangedAxes ? e : undefined
  const inner = axes ? axes.inputs[0] : e
  const selection = inner instanceof Selection && inner.inputs.length === 1 && !isRechunk(inner) ? inner : undefined
  if (!axes && !selection) return undefined
  const runs = selection ? selection.runsOfBlocks() : inner.chunks.map((own) => own.map((count, block) => wholeRun(block, count)))
  if (!runs) return undefined
  for (const own of [axes, selection]) if (own && !isDeepStrictEqual(own.annotations ?? {}, annotations ?? {})) return undefined

  const source = selection ? selection.inputs[0]! : inner
  const tasks = context.lower(source)
  const grid = gridOf(source.chunks)
  const order = axes?.order ?? inner.chunks.map((_, axis) => axis)
  const result: { tasks: number[]; views: View[] } = { tasks: [], views: [] }
  let seen = 0
  let kept = 0
  eachPlace(gridOf(e.chunks), (place) => {
    const here = new Array<number>(inner.chunks.length).fill(0)
    for (const [i, axis] of order.entries()) if (axis !== null) here[axis] = place[i]!
    const own = runs.map((r, axis) => r[here[axis]!]!)
    const lengths = own.map(({ block }, axis) => source.chunks[axis]![block]!)
    const steps = stepsOf(lengths, 1)
    seen += sizeOf(own.map((r) => r.count))
    kept += sizeOf(lengths)
    result.tasks.push(tasks[own.reduce((n, { block }, axis) => n * grid[axis]! + block, 0)]!)
    result.views.push({
      shape: order.map((axis) => (axis === null ? 1 : own[axis]!.count)),
      first: own.reduce((n, { start }, axis) => n + start * steps[axis]!, 0),
      steps: order.map((axis) => (axis === null ? 0 : own[axis]!.step * steps[axis]!)),
    })
  })
  // Not where lengths are not known, which are NaN.
  return seen >= LEAST_PART * kept ? result : undefined
}

const wholeRun = (block: number, count: number) => ({ block, start: 0, step: 1, count })
