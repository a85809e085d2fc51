import { ArgumentError } from '../base/index.js'
import type { DType } from '../kernels/index.js'
import { axisOf } from './axes.js'
import { type BlockFunction, type BlockInfo, type BlockResult, blockwiseOf } from './blockwise.js'
import { ChunkedArray } from './chunked-array.js'
import type { ArrayExpression } from './array-expression.js'
import { expressionOf } from './inputs.js'
import type { NdArray } from './nd-array.js'
import { recut } from './operands.js'
import type { ArrayInput } from './types.js'

/** What `mapBlocks` is told of the function. */
export interface MapBlocksOptions<D extends DType = DType> {
  /** the type of the blocks that the function gives; that of the first array unless told */
  readonly dtype?: D | undefined
  /** the lengths of the blocks that the function gives along each axis, where they differ: one length, or all of them */
  readonly chunks?: readonly (number | readonly number[])[] | undefined
  /** axes of the arrays that the result has not; they are given as a whole */
  readonly dropAxis?: number | readonly number[] | undefined
  /** axes of the result that the arrays have not; one element long unless `chunks` says otherwise */
  readonly newAxis?: number | readonly number[] | undefined
  readonly name?: string | undefined
}

type BlocksOf<A extends readonly ArrayInput[]> = {
  [K in keyof A]: NdArray<A[K] extends { readonly dtype: infer D extends DType } ? D : DType>
}

/**
 * What a function gives for each block: arrays are walked together, stretched to one another. The function is given blocks as
 * local arrays, which it must not change, and last a `BlockInfo`.
 *
 * @throws BlockError, when computed, for blocks of another shape or type than declared
 * @example
 * da.mapBlocks((block) => new da.NdArray('float64', block.shape, block.data.map(Math.cbrt)), [x])
 */
export function mapBlocks<const A extends readonly ArrayInput[], D extends DType = DType>(
  fn: (...args: [...blocks: BlocksOf<A>, info: BlockInfo]) => BlockResult | PromiseLike<BlockResult>,
  arrays: A,
  options: MapBlocksOptions<D> = {},
): ChunkedArray<D> {
  return new ChunkedArray(
    mapBlocksOf(
      fn as unknown as BlockFunction,
      arrays.map((a) => expressionOf('mapBlocks', a)),
      options,
    ),
  )
}

export function mapBlocksOf(
  fn: BlockFunction,
  arrays: readonly ArrayExpression[],
  { dtype, chunks, dropAxis = [], newAxis = [], name = 'mapBlocks' }: MapBlocksOptions,
): ArrayExpression {
  if (arrays.length === 0) throw new ArgumentError(`${name}: at least one array is needed`)
  const n = Math.max(...arrays.map((e) => e.chunks.length))
  // Axes count from the last, as arrays are stretched.
  const names = Array.from({ length: n }, (_, i) => `a${n - i}`)
  const dropped = ([dropAxis].flat() as number[]).map((a) => axisOf(name, a, n))
  const kept = names.filter((_, i) => !dropped.includes(i))
  const added = [newAxis].flat() as number[]
  const total = kept.length + added.length
  const places = added.map((a) => axisOf(name, a, total))
  const out: string[] = []
  for (let i = 0; i < total; i++) out.push(places.includes(i) ? `n${i}` : kept.shift()!)
  const newAxes: Record<string, number | readonly number[]> = {}
  const adjustChunks: Record<string, number | readonly number[]> = {}
  if (chunks !== undefined && chunks.length !== total)
    throw new ArgumentError(`${name}: chunks for ${chunks.length} axes, but the result has ${total}`)
  out.forEach((axis, i) => {
    const given = chunks?.[i]
    if (places.includes(i)) newAxes[axis] = given ?? 1
    else if (given !== undefined) adjustChunks[axis] = given
  })
  const whole = arrays.map((e) => {
    const missing = n - e.chunks.length
    return recut(
      e,
      e.chunks.map((own, i) => (dropped.includes(missing + i) ? [e.shape[i]!] : own)),
    )
  })
  const args = whole.map((e) => ({ e, axes: names.slice(n - e.chunks.length) }))
  return blockwiseOf(name, fn, out, args, { dtype, newAxes, adjustChunks, concatenate: true, info: true })
}
