import { ArgumentError, describe } from '../base/index.js'
import { type DType, dtypeOf } from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { type ChunkRef, ChunkTasks, numberOf } from './chunk-tasks.js'
import { ChunkedArray } from './chunked-array.js'
import { type Chunks, eachPlace, gridOf, offsetsOf } from './chunks.js'
import { ShapeError } from './errors.js'
import { expressionOf } from './inputs.js'
import type { NdArray } from './nd-array.js'
import { callWithBlocks } from './operations.js'
import { recut, refined } from './operands.js'
import type { ArrayInput } from './types.js'

/** What a function of blocks is told of the block that it makes. */
export interface BlockInfo {
  /** its place among the blocks of the result, along each axis */
  readonly place: readonly number[]
  /** how many blocks the result has along each axis */
  readonly grid: readonly number[]
  /** where it begins in the result; NaN behind lengths that are not known */
  readonly offset: readonly number[]
  /** the shape that it must have; NaN where that is not known */
  readonly shape: readonly number[]
}

/** What a function of blocks may give: an array, memory of numbers for the shape declared, or a number. */
export type BlockResult = NdArray<DType> | ArrayLike<number> | ArrayLike<bigint> | number | bigint | boolean

/** A function of the user that is given blocks: in nested lists where it is given several of one array. */
export type BlockFunction = (...blocks: readonly never[]) => BlockResult | PromiseLike<BlockResult>

/** What the tasks of a function of blocks share. */
export interface BlockShared {
  readonly fn: BlockFunction
  readonly label: string
  readonly dtype: DType
  readonly info: boolean
  /** blocks of one array are put together before the function is called */
  readonly concatenate: boolean
  readonly vectorize: Vectorize | undefined
}

/** A function of the last axes of its blocks is called for each place of the others. */
export interface Vectorize {
  /** how many of the last axes of each block it knows */
  readonly cores: readonly number[]
  /** the shape of what it gives */
  readonly lengths: readonly number[]
}

/** For each array how many blocks there are along each axis, where there are several; and what the block is. */
export interface BlockOwn {
  readonly grids: readonly (readonly number[] | null)[]
  readonly info: BlockInfo
}

/** How `blockwise` calls a function. */
export interface BlockwiseOptions<D extends DType = DType> {
  /** the type of the result; that of the first array unless told. Blocks of another type are an error. */
  readonly dtype?: D | undefined
  /** lengths of chunks along axes that no array has, by their letter */
  readonly newAxes?: Readonly<Record<string, number | readonly number[]>> | undefined
  /** lengths of chunks along axes that the function makes longer or shorter: the lengths, or what becomes of each */
  readonly adjustChunks?: Readonly<Record<string, number | readonly number[] | ((length: number) => number)>> | undefined
  /** blocks along axes that the result has not are put together to one; false: they are given in nested lists */
  readonly concatenate?: boolean | undefined
  /** the last argument of the function is a `BlockInfo` */
  readonly info?: boolean | undefined
  readonly name?: string | undefined
}

/**
 * Calls a function for each block of a result, with the blocks of arrays that go with it. Axes are letters: those that arrays
 * have in common are walked together; of those that the result has not, all blocks are given at once.
 *
 * @param out the axes of the result: 'ij'
 * @param arrays arrays and their axes by turns
 * @throws ShapeError when axes of one letter have different lengths
 * @example
 * da.blockwise((x, y) => multiply(x, y), 'ik', [[x, 'ij'], [y, 'jk']], { concatenate: true })
 */
export function blockwise<D extends DType = DType>(
  fn: BlockFunction,
  out: string,
  arrays: readonly (readonly [array: ArrayInput, axes: string])[],
  options: BlockwiseOptions<D> = {},
): ChunkedArray<D> {
  const args = arrays.map(([array, axes]) => ({ e: expressionOf('blockwise', array), axes: axes.split('') }))
  return new ChunkedArray(blockwiseOf(options.name ?? 'blockwise', fn, out.split(''), args, options))
}

/** An array and the names of its axes. */
export interface BlockArgument {
  readonly e: ArrayExpression
  readonly axes: readonly string[]
}

export function blockwiseOf(
  label: string,
  fn: BlockFunction,
  out: readonly string[],
  args: readonly BlockArgument[],
  { dtype, newAxes = {}, adjustChunks = {}, concatenate = false, info = false }: BlockwiseOptions,
  vectorize?: Vectorize,
): ArrayExpression {
  if (typeof fn !== 'function') throw new ArgumentError(`${label}: expected a function, not ${describe(fn)}`)
  const cuts = cutsByAxis(label, args, newAxes)
  const fitting = args.map(({ e, axes }) => {
    if (axes.length !== e.chunks.length)
      throw new ArgumentError(`${label}: the axes '${axes.join('')}' of an array of ${e.chunks.length} dimensions: name each`)
    return recut(
      e,
      e.chunks.map((own, i) => (own.length === 1 && own[0] === 1 ? own : cuts.get(axes[i]!)!)),
    )
  })
  const before = out.map((axis): readonly number[] => {
    const found = cuts.get(axis)
    if (!found) throw new ArgumentError(`${label}: no array has the axis '${axis}': give its chunks in newAxes`)
    return found
  })
  const chunks: Chunks = before.map((own, i) => adjusted(label, own, adjustChunks[out[i]!]))
  const offsets = chunks.map(offsetsOf)
  const grid = gridOf(chunks)
  const grids = fitting.map((e) => gridOf(e.chunks))
  const type = dtypeOf(dtype ?? fitting[0]?.dtype ?? 'float64')
  return new ChunkTasks(label, fitting, {
    run: callWithBlocks as never,
    shared: { fn, label, dtype: type, info, concatenate, vectorize } satisfies BlockShared,
    dtype: type,
    chunks,
    needs(place) {
      const of: ChunkRef[] = []
      const several = args.map(({ axes }, k) => {
        const own = grids[k]!
        const free = axes.map((axis, i) => (out.includes(axis) ? 1 : own[i]!))
        eachPlace(free, (at) => {
          const there = axes.map((axis, i) => (out.includes(axis) ? (own[i] === 1 ? 0 : place[out.indexOf(axis)]!) : at[i]!))
          of.push([k, numberOf(there, own)])
        })
        return axes.every((axis) => out.includes(axis)) ? null : free
      })
      const shape = place.map((p, i) => chunks[i]![p]!)
      return {
        of,
        own: {
          grids: several,
          info: { place: [...place], grid, offset: place.map((p, i) => offsets[i]![p]!), shape },
        } satisfies BlockOwn,
      }
    },
    token: JSON.stringify([out, args.map((a) => a.axes)]),
    source: fn,
  })
}

function cutsByAxis(
  label: string,
  args: readonly BlockArgument[],
  newAxes: Readonly<Record<string, number | readonly number[]>>,
): Map<string, readonly number[]> {
  const cuts = new Map<string, readonly number[]>()
  const lengths = new Map<string, number>()
  for (const { e, axes } of args) {
    axes.forEach((axis, i) => {
      const own = e.chunks[i]
      if (!own || (own.length === 1 && own[0] === 1 && cuts.has(axis))) return
      const known = cuts.get(axis)
      const length = e.shape[i]!
      if (known && !(known.length === 1 && known[0] === 1)) {
        if (!Object.is(lengths.get(axis), length))
          throw new ShapeError(`${label}: the axis '${axis}' is ${lengths.get(axis)} long in one array and ${length} in another`)
        cuts.set(axis, refined(label, known, own, i))
      } else {
        cuts.set(axis, own)
        lengths.set(axis, length)
      }
    })
  }
  for (const [axis, own] of Object.entries(newAxes)) cuts.set(axis, typeof own === 'number' ? [own] : own)
  return cuts
}

function adjusted(
  label: string,
  own: readonly number[],
  by: number | readonly number[] | ((length: number) => number) | undefined,
): readonly number[] {
  if (by === undefined) return own
  if (typeof by === 'function') return own.map(by)
  if (typeof by === 'number') return own.map(() => by)
  if (by.length !== own.length)
    throw new ArgumentError(`${label}: ${by.length} lengths of chunks were given for ${own.length} chunks`)
  return by
}
