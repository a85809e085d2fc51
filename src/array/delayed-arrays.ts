import { ArgumentError, describe } from '../base/index.js'
import { Delayed } from '../delayed/index.js'
import { Expression, LazyCollection, type LowerContext } from '../expr/index.js'
import { type DType, dtypeOf } from '../kernels/index.js'
import type { BlockResult } from './blockwise.js'
import { ChunkTasks } from './chunk-tasks.js'
import { ChunkedArray } from './chunked-array.js'
import { type ChunksSpec, normalizeChunks, offsetsOf } from './chunks.js'
import { HeldArray } from './held-array.js'
import { callForPlace, chunkToArray, valueToChunk } from './operations.js'
import type { NdArray } from './nd-array.js'
import { concatenate } from './shape-functions.js'

/** Where the numbers of a function of places are computed, and of what type they are. */
export interface FromFunctionOptions<D extends DType = DType> {
  readonly dtype?: D | undefined
  readonly chunks?: ChunksSpec | undefined
}

/** What a function is told of the block that it is to make. */
export interface NewBlock {
  /** where the block begins in the array */
  readonly offset: readonly number[]
  readonly shape: readonly number[]
}

/**
 * An array whose blocks a function makes: it is told where each begins, and its shape.
 *
 * @example
 * da.fromFunction(({ offset, shape }) => Float64Array.from({ length: shape[0] }, (_, i) => Math.sqrt(offset[0] + i)), 1e6, { dtype: 'float64' })
 */
export function fromFunction<D extends DType = 'float64'>(
  fn: (block: NewBlock) => BlockResult | PromiseLike<BlockResult>,
  shape: number | readonly number[],
  { dtype = 'float64' as D, chunks = 'auto' }: FromFunctionOptions<D> = {},
): ChunkedArray<D> {
  if (typeof fn !== 'function') throw new ArgumentError(`fromFunction: expected a function, not ${describe(fn)}`)
  const lengths = [shape].flat() as number[]
  const cuts = normalizeChunks(chunks, lengths, dtypeOf(dtype))
  const offsets = cuts.map(offsetsOf)
  return new ChunkedArray(
    new ChunkTasks('fromFunction', [], {
      run: callForPlace as never,
      shared: { fn, dtype },
      dtype,
      chunks: cuts,
      needs: (place) => ({
        of: [],
        own: {
          offset: place.map((p, axis) => offsets[axis]![p]!),
          shape: place.map((p, axis) => cuts[axis]![p]!),
        } satisfies NewBlock,
      }),
      token: '',
      source: fn,
    }),
  )
}

/** Values of other expressions as the chunks of an array. */
class Values extends Expression {
  readonly label: string

  constructor(label: string, inputs: readonly Expression[]) {
    super(inputs)
    this.label = label
  }

  get size(): number {
    return this.inputs.length
  }

  identity(): string {
    return ''
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    void context
    return inputs.map((tasks) => tasks[0]!)
  }

  withInputs(inputs: readonly Expression[]): Values {
    return new Values(this.label, inputs)
  }
}

function needDelayed(label: string, value: unknown): Expression {
  if (value instanceof LazyCollection && value.isSingle) return value.expression
  throw new ArgumentError(`${label}: expected a Delayed, not ${describe(value)}`)
}

/**
 * An array of one chunk, which a delayed value is: an `NdArray`, or memory of numbers.
 *
 * @throws BlockError, when computed, for another shape or type than told
 * @example
 * const rows = files.map((file) => da.fromDelayed(delayed(load)(file), { shape: [1000, 3], dtype: 'float32' }))
 * const all = da.concatenate(rows)
 */
export function fromDelayed<D extends DType>(
  value: Delayed<BlockResult>,
  { shape, dtype }: { readonly shape: number | readonly number[]; readonly dtype: D },
): ChunkedArray<D> {
  const lengths = [shape].flat() as number[]
  const chunks = lengths.map((n) => [n])
  const values = new HeldArray(new Values('fromDelayed', [needDelayed('fromDelayed', value)]), dtypeOf(dtype), chunks)
  return new ChunkedArray(
    new ChunkTasks('fromDelayed', [values], {
      run: valueToChunk as never,
      shared: { dtype, shape: lengths },
      dtype,
      chunks,
      needs: () => ({ of: [[0, 0]] }),
      token: '',
    }),
  )
}

/** Delayed blocks in lists as deep as there are axes. */
export type DelayedBlocks = Delayed<BlockResult> | readonly DelayedBlocks[]

/**
 * An array of delayed blocks, in lists as deep as there are axes.
 *
 * @param chunks the lengths of the blocks along each axis; NaN where they are not known before it is computed
 */
export function fromChunks<D extends DType>(
  blocks: DelayedBlocks,
  { chunks, dtype }: { readonly chunks: readonly (readonly number[])[]; readonly dtype: D },
): ChunkedArray<D> {
  const build = (level: DelayedBlocks, axis: number, shape: readonly number[]): ChunkedArray => {
    if (axis === chunks.length) return fromDelayed(level as Delayed<BlockResult>, { shape, dtype })
    const list = level as readonly DelayedBlocks[]
    if (!Array.isArray(list) || list.length !== chunks[axis]!.length)
      throw new ArgumentError(
        `fromChunks: ${Array.isArray(list) ? list.length : describe(list)} blocks along axis ${axis}, for which ${chunks[axis]!.length} lengths were given`,
      )
    return concatenate(
      list.map((one, i) => build(one, axis + 1, [...shape, chunks[axis]![i]!])),
      { axis, allowUnknownChunksizes: true },
    )
  }
  return build(blocks, 0, []) as ChunkedArray<D>
}

/** One chunk of an array as a delayed value. */
class OneChunk extends Expression {
  readonly label = 'chunk'
  readonly size = 1
  readonly #number: number

  constructor(array: Expression, number: number) {
    super([array])
    this.#number = number
  }

  identity(): string {
    return String(this.#number)
  }

  lower(context: LowerContext, [tasks]: readonly ArrayLike<number>[]): number[] {
    return [context.layer({ run: chunkToArray }).task([tasks![this.#number]!])]
  }

  withInputs([array]: readonly Expression[]): OneChunk {
    return new OneChunk(array!, this.#number)
  }
}

/** The chunks of an array as delayed local arrays, in the order of their grid, the last axis fastest. */
export function toDelayed<D extends DType>(x: ChunkedArray<D>): Delayed<NdArray<D>>[] {
  const e = x.expression
  return Array.from({ length: e.size }, (_, i) => new Delayed<NdArray<D>>(new OneChunk(e, i), x.passes))
}
