import { ArgumentError, describe } from '../base/index.js'
import { config } from '../config/index.js'
import { type DType, dtypeOf } from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { type AxisSpec, axesOf } from './axes.js'
import type { BlockResult } from './blockwise.js'
import { type ChunkRef, ChunkTasks, numberOf } from './chunk-tasks.js'
import { ChunkedArray } from './chunked-array.js'
import { type Chunks, eachPlace, gridOf } from './chunks.js'
import { expressionOf } from './inputs.js'
import type { NdArray } from './nd-array.js'
import { reduceBlocks } from './operations.js'
import type { ArrayInput } from './types.js'

/** A step of a reduction: of a block, a block with one element (or so many as was told) along the axes. */
export type ReductionStep = (
  block: NdArray<never>,
  options: { readonly axis: readonly number[]; readonly keepdims: boolean },
) => BlockResult | PromiseLike<BlockResult>

/** How functions of the user reduce an array. */
export interface ReductionOptions<D extends DType = DType> {
  /** along which axes; all of them unless told */
  readonly axis?: AxisSpec | undefined
  /** axes that are reduced stay, with one element */
  readonly keepdims?: boolean | undefined
  /** the type of the result; that of the array unless told */
  readonly dtype?: D | undefined
  /** the type of what `chunk` and `combine` give; that of the result unless told */
  readonly partialDtype?: DType | undefined
  /** how many elements along each reduced axis `chunk` and `combine` give; 1 unless told */
  readonly outputSize?: number | undefined
  /** puts several results of `chunk` together; `chunk` itself does unless told */
  readonly combine?: ReductionStep | undefined
  /** how many neighbouring blocks one task puts together; the setting `array.splitEvery` unless told */
  readonly splitEvery?: number | undefined
  readonly name?: string | undefined
}

/** What tasks of a step share. */
export interface ReduceBlocksShared {
  readonly fn: ReductionStep
  readonly label: string
  readonly dtype: DType
  readonly axis: readonly number[]
  readonly keepdims: boolean
}

/** Of how many blocks along each axis the step is given one; and the shape that it must give. */
export interface ReduceBlocksOwn {
  readonly grid: readonly number[]
  readonly shape: readonly number[]
  readonly place: readonly number[]
}

/**
 * A reduction by functions of blocks, as a tree: `chunk` for each block, `combine` for a few neighbouring results put together,
 * until few are left, and `aggregate` for the last ones. `chunk` and `combine` keep the reduced axes, with one element;
 * `aggregate` keeps them as `keepdims` says.
 *
 * @throws BlockError, when computed, for blocks of another shape or type than declared
 * @example
 * const total = (block) => new da.NdArray('float64', [1], [block.data.reduce((a, b) => a + b)])
 * da.reduction(x, total, (block) => block.data.reduce((a, b) => a + b), { combine: total })
 */
export function reduction<D extends DType = DType>(
  x: ArrayInput,
  chunk: ReductionStep,
  aggregate: ReductionStep,
  options: ReductionOptions<D> = {},
): ChunkedArray<D> {
  const { keepdims = false, outputSize = 1, combine = chunk, name = 'reduction' } = options
  const splitEvery = options.splitEvery ?? config.get('array.splitEvery')
  for (const fn of [chunk, aggregate, combine])
    if (typeof fn !== 'function') throw new ArgumentError(`${name}: expected a function, not ${describe(fn)}`)
  if (!Number.isInteger(splitEvery) || splitEvery < 2)
    throw new ArgumentError(`${name}: splitEvery is ${splitEvery}: expected a whole number from 2`)
  const e = expressionOf(name, x)
  const axes = axesOf(name, options.axis, e.shape.length)
  const dtype = dtypeOf(options.dtype ?? e.dtype)
  const partial = dtypeOf(options.partialDtype ?? dtype)
  // Groups have as many blocks along each axis, about splitEvery of them in all.
  const each = Math.max(2, Math.floor(splitEvery ** (1 / Math.max(1, axes.length))))
  let level = step(name, e, chunk, axes, partial, 1, outputSize, true)
  while (axes.some((axis) => level.chunks[axis]!.length > each))
    level = step(`${name}-combine`, level, combine, axes, partial, each, outputSize, true)
  return new ChunkedArray(step(name, level, aggregate, axes, dtype, Number.POSITIVE_INFINITY, 1, keepdims))
}

/** One level of the tree. */
function step(
  label: string,
  e: ArrayExpression,
  fn: ReductionStep,
  axes: readonly number[],
  dtype: DType,
  each: number,
  outputSize: number,
  keepdims: boolean,
): ArrayExpression {
  const before = gridOf(e.chunks)
  const along = before.map((n, axis) => (axes.includes(axis) ? Math.min(n, each) : 1))
  const wide: Chunks = e.chunks.map((own, axis) =>
    axes.includes(axis) ? new Array<number>(Math.ceil(own.length / along[axis]!)).fill(outputSize) : own,
  )
  const kept = wide.map((_, axis) => axis).filter((axis) => keepdims || !axes.includes(axis))
  const chunks = kept.map((axis) => wide[axis]!)
  return new ChunkTasks(label, [e], {
    run: reduceBlocks as never,
    shared: { fn, label, dtype, axis: axes, keepdims } satisfies ReduceBlocksShared,
    dtype,
    chunks,
    needs(place) {
      const first = wide.map((_, axis) => (kept.includes(axis) ? place[kept.indexOf(axis)]! : 0) * along[axis]!)
      const grid = along.map((n, axis) => Math.min(n, before[axis]! - first[axis]!))
      const of: ChunkRef[] = []
      eachPlace(grid, (at) =>
        of.push([
          0,
          numberOf(
            at.map((a, axis) => first[axis]! + a),
            before,
          ),
        ]),
      )
      const shape = place.map((p, i) => chunks[i]![p]!)
      return { of, own: { grid, shape, place: [...place] } satisfies ReduceBlocksOwn }
    },
    token: JSON.stringify([axes, each, outputSize, keepdims]),
    source: fn,
  })
}
