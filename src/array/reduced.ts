import type { LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import {
  type DType,
  type NodeId,
  type Program,
  ProgramBuilder,
  type Scalars,
  finishProgram,
  programKey,
} from '../kernels/index.js'
import { Expression } from '../expr/index.js'
import { ArrayExpression } from './array-expression.js'
import { type Chunks, eachPlace, gridOf, offsetsOf, shapeOf } from './chunks.js'
import { stretchedChunks, stretchedTasks } from './elementwise.js'
import { showShape } from './errors.js'
import { finishStates, mergeStates, reduceChunk } from './operations.js'
import { type View, viewsOf } from './views.js'

/** What the tasks of a reduction share. */
export interface ReduceShared {
  readonly program: Program
  readonly scalars: Scalars
  readonly axes: readonly number[]
  /** the length of the array along each axis, where places are looked for */
  readonly shape: readonly number[] | undefined
}

export interface PartialOwn {
  /** where the chunk begins in the array: for reductions that give places */
  readonly offset: readonly number[] | undefined
  /** what is seen of each input, if not all of it */
  readonly views: readonly (View | null)[] | undefined
}

/** What is known of some values: the shape that remains, and an array for each state of each reduction. */
export interface States {
  readonly shape: readonly number[]
  readonly states: readonly import('./chunk.js').Numbers[]
}

/**
 * What several reductions along the same axes know of all values: an expression of `States`, one for each place of the
 * grid that remains. Each chunk is reduced by itself, and neighbours are merged, `splitEvery` at a time.
 */
export class Reduced extends Expression {
  readonly label: string
  readonly program: Program
  readonly scalars: Scalars
  readonly axes: readonly number[]
  readonly splitEvery: number
  /** of the values that are reduced */
  readonly chunks: Chunks
  readonly kept: readonly number[]
  readonly size: number
  declare readonly inputs: readonly ArrayExpression[]

  constructor(
    label: string,
    inputs: readonly ArrayExpression[],
    { program, scalars }: { readonly program: Program; readonly scalars: Scalars },
    axes: readonly number[],
    splitEvery: number,
    annotations?: Annotations,
  ) {
    super(inputs, annotations)
    this.label = label
    this.program = program
    this.scalars = scalars
    this.axes = axes
    this.splitEvery = splitEvery
    this.chunks = stretchedChunks(inputs.map((i) => i.chunks))
    this.kept = this.chunks.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
    this.size = this.kept.reduce((n, axis) => n * this.chunks[axis]!.length, 1)
  }

  get keptChunks(): Chunks {
    return this.kept.map((axis) => this.chunks[axis]!)
  }

  identity(): string {
    return `${programKey(this.program)} ${this.scalars.map((s) => `${typeof s}${Object.is(s, -0) ? '-0' : s}`).join()} ${this.axes.join()} ${this.splitEvery}`
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    const { program, scalars, axes, splitEvery, chunks } = this
    const places = program.reductions.some(({ reduction }) => reduction === 'argmin' || reduction === 'argmax')
    const shared: ReduceShared = { program, scalars, axes, shape: places ? shapeOf(chunks) : undefined }
    const layer = context.layer({ run: reduceChunk, shared })
    const offsets = places ? chunks.map(offsetsOf) : []
    const grid = gridOf(chunks)
    const groups: number[][] = Array.from({ length: this.size }, () => [])
    // What is reduced along all axes is read as one line, which views are not.
    const seen = this.inputs.map((input) =>
      this.kept.length > 0 || chunks.length === 1 ? viewsOf(context, input, this.annotations) : undefined,
    )
    const before = stretchedTasks(
      this.inputs,
      chunks,
      inputs.map((tasks, k) => seen[k]?.tasks ?? tasks),
    )
    const viewsAt = seen.some((s) => s)
      ? stretchedTasks(
          this.inputs,
          chunks,
          this.inputs.map((input, k) => seen[k]?.views ?? new Array<null>(input.size).fill(null)),
        )
      : undefined
    eachPlace(grid, (place, number) => {
      const offset = places ? place.map((p, axis) => offsets[axis]![p]!) : undefined
      const own: PartialOwn | undefined = offset || viewsAt ? { offset, views: viewsAt?.(place, number) } : undefined
      let group = 0
      for (const axis of this.kept) group = group * grid[axis]! + place[axis]!
      groups[group]!.push(layer.task(before(place, number), own))
    })
    return groups.map((tasks) => {
      let level = tasks
      while (level.length > 1) {
        const combine = context.layer({ run: mergeStates, shared, suffix: 'combine' })
        const next: number[] = []
        for (let i = 0; i < level.length; i += splitEvery) {
          const few = level.slice(i, i + splitEvery)
          next.push(few.length === 1 ? few[0]! : combine.task(few))
        }
        level = next
      }
      return level[0]!
    })
  }

  withInputs(inputs: readonly ArrayExpression[]): Reduced {
    return new Reduced(this.label, inputs, this, this.axes, this.splitEvery, this.annotations)
  }

  override describe(): string {
    const what = [...new Set(this.program.reductions.map((r) => r.reduction))].join(', ')
    return `${this.label}: ${what} along [${this.axes.join(', ')}] of ${showShape(shapeOf(this.chunks))}, ${this.splitEvery} at a time`
  }
}

export interface FinishShared {
  /** on the states named by `states` */
  readonly program: Program
  readonly states: readonly number[]
  readonly dtype: DType
  readonly keep: readonly number[] | undefined
}

/** Results of states: one number for each. */
export class Finished extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks
  readonly program: Program
  readonly states: readonly number[]
  readonly keepdims: boolean
  declare readonly inputs: readonly [Reduced]

  constructor(
    label: string,
    reduced: Reduced,
    program: Program,
    states: readonly number[],
    keepdims: boolean,
    dtype: DType,
    annotations?: Annotations,
  ) {
    super([reduced], annotations)
    this.label = label
    this.program = program
    this.states = states
    this.keepdims = keepdims
    this.dtype = dtype
    this.chunks = keepdims
      ? reduced.chunks.map((lengths, axis) => (reduced.axes.includes(axis) ? [1] : lengths))
      : reduced.keptChunks
  }

  identity(): string {
    return `${programKey(this.program)} ${this.states.join()} ${this.keepdims} ${this.dtype}`
  }

  lower(context: LowerContext, [states]: readonly ArrayLike<number>[]): number[] {
    const { program, dtype } = this
    const keep = this.keepdims ? this.inputs[0].axes : undefined
    const layer = context.layer({
      run: finishStates,
      shared: { program, states: this.states, dtype, keep } satisfies FinishShared,
    })
    return Array.from(states!, (task) => layer.task([task]))
  }

  withInputs([reduced]: readonly Expression[]): Finished {
    return new Finished(this.label, reduced as Reduced, this.program, this.states, this.keepdims, this.dtype, this.annotations)
  }

  /** Over other reductions, among whose states those of its own have other places. */
  over(reduced: Reduced, states: readonly number[]): Finished {
    return new Finished(this.label, reduced, this.program, states, this.keepdims, this.dtype, this.annotations)
  }
}

/** The program that gives the usual result of a reduction of values of a type. */
export function usualFinish(reduction: Program['reductions'][number]['reduction'], values: DType, result: DType): Program {
  return finishProgram(reduction, values, result)
}

/** A program on states: `build` gives the node of the result. */
export function stateProgram(types: readonly DType[], build: (p: ProgramBuilder, states: readonly NodeId[]) => NodeId): Program {
  const p = new ProgramBuilder()
  p.map(
    build(
      p,
      types.map((d) => p.input(d)),
    ),
  )
  return p.build()
}
