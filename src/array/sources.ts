import { randomUUID } from 'node:crypto'
import type { LowerContext } from '../expr/index.js'
import { type DType, itemSize } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import type { Chunk } from './chunk.js'
import { type Chunks, eachPlace, gridOf } from './chunks.js'
import { giveChunk, makeChunk } from './operations.js'

/** A rule that gives each element from its place. */
export type Rule =
  | { readonly kind: 'full'; readonly value: number | bigint | boolean; readonly imaginary?: number }
  /** start + step × place */
  | { readonly kind: 'range'; readonly start: number | bigint; readonly step: number | bigint }
  /** equal steps whose last is exactly `stop`; numbers on the way are computed as NumPy does */
  | { readonly kind: 'linspace'; readonly start: number; readonly stop: number; readonly steps: number; readonly exact: boolean }
  /** 1 where column − row is `k`, and 0 elsewhere */
  | { readonly kind: 'eye'; readonly k: number }
  /** 1 where column − row is at most `k` */
  | { readonly kind: 'tri'; readonly k: number }
  /** the place along an axis */
  | { readonly kind: 'index'; readonly axis: number }

/** What the tasks of a source share; lengths of chunks as pairs (how many, how long). */
export interface SourceShared {
  readonly rule: Rule
  readonly dtype: DType
  readonly runs: readonly (readonly (readonly [count: number, length: number])[])[]
}

/** An array that follows a rule: nothing travels but the rule. */
export class RuleSource extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks
  readonly rule: Rule

  constructor(label: string, rule: Rule, dtype: DType, chunks: Chunks) {
    super([])
    this.label = label
    this.rule = rule
    this.dtype = dtype
    this.chunks = chunks
  }

  identity(): string {
    const rule = JSON.stringify(this.rule, (_, v: unknown) =>
      typeof v === 'bigint' || (typeof v === 'number' && !(Number.isFinite(v) && !Object.is(v, -0)))
        ? `${typeof v} ${Object.is(v, -0) ? '-0' : String(v)}`
        : v,
    )
    return `${rule} ${this.dtype} ${JSON.stringify(this.chunks.map(runsOf))}`
  }

  lower(context: LowerContext): number[] {
    const { rule, dtype, chunks } = this
    const layer = context.layer({ run: makeChunk, shared: { rule, dtype, runs: chunks.map(runsOf) } satisfies SourceShared })
    const tasks = new Array<number>(this.size)
    for (let i = 0; i < tasks.length; i++) tasks[i] = layer.task([], i)
    return tasks
  }

  withInputs(): this {
    return this
  }
}

function runsOf(lengths: readonly number[]): [count: number, length: number][] {
  const runs: [number, number][] = []
  for (const length of lengths) {
    const last = runs.at(-1)
    if (last && last[1] === length) last[0]++
    else runs.push([1, length])
  }
  return runs
}

let arrays = 0

/** An array whose numbers are here: each chunk travels to where it is needed. */
export class DataSource extends ArrayExpression {
  readonly label: string
  readonly chunks: Chunks
  readonly whole: Chunk
  readonly #token: string

  constructor(label: string, whole: Chunk, chunks: Chunks, token = `array ${++arrays}`) {
    super([])
    this.label = label
    this.whole = whole
    this.chunks = chunks
    this.#token = token
  }

  get dtype(): DType {
    return this.whole.dtype
  }

  get token(): string {
    return this.#token
  }

  identity(context: LowerContext): string {
    return `${context.hash([session, this.#token])} ${JSON.stringify(this.chunks)}`
  }

  lower(context: LowerContext): number[] {
    const layer = context.layer({ run: giveChunk })
    const tasks = new Array<number>(this.size)
    const offsets = this.chunks.map((lengths) => {
      let at = 0
      return lengths.map((n) => (at += n) - n)
    })
    eachPlace(gridOf(this.chunks), (place, number) => {
      const from = place.map((p, axis) => offsets[axis]![p]!)
      const size = place.map((p, axis) => this.chunks[axis]![p]!)
      tasks[number] = layer.task([], partOf(this.whole, from, size))
    })
    return tasks
  }

  withInputs(): this {
    return this
  }
}

/** Together with a number it names an array as no other is named, also in other processes on the same cluster. */
const session = randomUUID()

/** A part of a chunk: its very memory where its elements lie side by side. */
export function partOf(whole: Chunk, from: readonly number[], size: readonly number[]): Chunk {
  const { dtype, shape, data } = whole
  const width = itemSize(dtype) / data.BYTES_PER_ELEMENT
  const strides = new Array<number>(shape.length)
  let step = width
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis]!
  }
  // From which axis on the part is all there is.
  let axis = shape.length
  let run = width
  while (axis > 0 && size[axis - 1] === shape[axis - 1]) run *= size[--axis]!
  if (axis > 0) run *= size[--axis]!
  const start = from.reduce((at, f, i) => at + f * strides[i]!, 0)
  const count = size.reduce((n, m) => n * m, width)
  const sideBySide = size.slice(0, axis).every((n) => n === 1)
  if (sideBySide || count === 0) return { dtype, shape: [...size], data: data.subarray(start, start + count) as Chunk['data'] }
  const part = new (data.constructor as new (n: number) => Chunk['data'])(count)
  let to = 0
  const walk = (depth: number, at: number): void => {
    if (depth === axis) {
      part.set(data.subarray(at, at + run) as never, to)
      to += run
      return
    }
    for (let i = 0; i < size[depth]!; i++) walk(depth + 1, at + i * strides[depth]!)
  }
  walk(0, start)
  return { dtype, shape: [...size], data: part }
}
