import type { LowerContext } from '../expr/index.js'
import type { Annotations, TaskFunction } from '../graph/index.js'
import type { DType } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { type Chunks, eachPlace, gridOf } from './chunks.js'

/** A chunk of an input: which input, and the number of the chunk. */
export type ChunkRef = readonly [input: number, chunk: number]

/** How an array is computed chunk by chunk: the task that gives one, and what it needs. */
export interface ChunkTasksSpec {
  /** an operation of Heddle: gives a `Chunk` of those that `needs` names */
  readonly run: TaskFunction<never, never>
  /** what all tasks share: plain data, or functions of the user */
  readonly shared?: unknown
  readonly dtype: DType
  readonly chunks: Chunks
  /** the chunks of the inputs that the chunk in this place is made of, and what its task alone is given */
  readonly needs: (place: readonly number[], number: number) => { readonly of: readonly ChunkRef[]; readonly own?: unknown }
  /** what, beside the inputs and `shared`, makes it equal to another; undefined: nothing */
  readonly token: string | undefined
  /** the user's function, for messages */
  readonly source?: Function | undefined
  /** for `explain()` */
  readonly note?: string | undefined
}

/** An array each of whose chunks a task makes of chunks of others: for operations that are not elementwise. */
export class ChunkTasks extends ArrayExpression {
  readonly label: string
  readonly spec: ChunkTasksSpec
  declare readonly inputs: readonly ArrayExpression[]

  constructor(label: string, inputs: readonly ArrayExpression[], spec: ChunkTasksSpec, annotations?: Annotations) {
    super(inputs, annotations)
    this.label = label
    this.spec = spec
  }

  get dtype(): DType {
    return this.spec.dtype
  }

  get chunks(): Chunks {
    return this.spec.chunks
  }

  identity(context: LowerContext): string | undefined {
    const { run, shared, token, dtype, chunks } = this.spec
    if (token === undefined) return undefined
    return `${context.hash(run)} ${context.hash([shared])} ${token} ${dtype} ${JSON.stringify(chunks)}`
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    const { run, shared, source, needs } = this.spec
    const layer = context.layer({ run: run as TaskFunction<unknown, unknown>, shared, source })
    const tasks = new Array<number>(this.size)
    eachPlace(gridOf(this.chunks), (place, number) => {
      const { of, own } = needs(place, number)
      tasks[number] = layer.task(
        of.map(([input, chunk]) => inputs[input]![chunk]!),
        own,
      )
    })
    return tasks
  }

  override describe(): string {
    return this.spec.note === undefined ? super.describe() : `${super.describe()}, ${this.spec.note}`
  }

  withInputs(inputs: readonly ArrayExpression[]): ChunkTasks {
    return new ChunkTasks(this.label, inputs, this.spec, this.annotations)
  }
}

/** The number of the chunk in a place of a grid. */
export function numberOf(place: readonly number[], grid: readonly number[]): number {
  let number = 0
  for (let axis = 0; axis < grid.length; axis++) number = number * grid[axis]! + place[axis]!
  return number
}
