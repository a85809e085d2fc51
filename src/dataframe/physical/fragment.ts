import { Expression, type LowerContext } from '../../expr/index.js'
import type { Annotations } from '../../graph/index.js'
import type { OwnSql } from './own-sql.js'
import { type FragmentSpec, findBounds, runFragment, sealTables } from './run-fragment.js'

/** Which values of an input a task needs: the one of its number, the only one, all, or so many neighbours. */
export type InputMode = 'each' | 'one' | 'all' | number

export interface FragmentInput {
  readonly expression: Expression
  readonly mode: InputMode
}

/** A statement, run once for each partition. Its values are tables, or what a shuffle's seal needs. */
export class Fragment extends Expression {
  readonly label: string
  readonly size: number
  readonly spec: FragmentSpec
  readonly modes: readonly InputMode[]
  /** by partition, the SQL of its own */
  readonly own: readonly (readonly OwnSql[])[] | undefined

  constructor(
    label: string,
    size: number,
    spec: FragmentSpec,
    inputs: readonly FragmentInput[],
    own?: readonly (readonly OwnSql[])[],
    annotations?: Annotations,
  ) {
    super(
      inputs.map(({ expression }) => expression),
      annotations,
    )
    this.label = label
    this.size = size
    this.spec = spec
    this.modes = inputs.map(({ mode }) => mode)
    this.own = own
  }

  /** What files hold may change from one time to the next. */
  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    const layer = context.layer({
      run: runFragment as never,
      shared: this.spec as never,
      scratch: true,
      shuffle: this.spec.sink.kind === 'table' ? undefined : 'transfer',
    })
    return Array.from({ length: this.size }, (_, i) =>
      layer.task(
        inputs.flatMap((tasks, k) => inputsOf(this.modes[k]!, tasks, i)),
        this.own?.[i],
      ),
    )
  }

  withInputs(inputs: readonly Expression[]): Fragment {
    const next = inputs.map((expression, k) => ({ expression, mode: this.modes[k]! }))
    return new Fragment(this.label, this.size, this.spec, next, this.own, this.annotations)
  }

  override describe(): string {
    const every = this.modes.find((mode) => typeof mode === 'number')
    return `${this.label}: ${this.size} partition${this.size === 1 ? '' : 's'}${every === undefined ? '' : `, ${every} at a time`}`
  }
}

/** The tasks that task number `i` needs of an input. */
function inputsOf(mode: InputMode, tasks: ArrayLike<number>, i: number): number[] {
  if (mode === 'each') return [tasks[i]!]
  if (mode === 'one') return [tasks[0]!]
  return mode === 'all' ? Array.from(tasks) : Array.from(tasks).slice(i * mode, (i + 1) * mode)
}

/** Says when all partitions of a shuffle were sent; its one value says where they are. */
export class SealedTables extends Expression {
  readonly label: string
  readonly size = 1
  readonly outputs: number

  constructor(transfers: Fragment, outputs: number, annotations?: Annotations) {
    super([transfers], annotations)
    this.label = transfers.label
    this.outputs = outputs
  }

  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext, [transfers]: readonly ArrayLike<number>[]): number[] {
    return [
      context
        .layer({ run: sealTables as never, shared: this.outputs as never, suffix: 'seal', shuffle: 'seal' })
        .task(transfers!),
    ]
  }

  withInputs([transfers]: readonly Expression[]): SealedTables {
    return new SealedTables(transfers as Fragment, this.outputs, this.annotations)
  }
}

/** The bounds of ranges, of samples of sort keys. */
export class Bounds extends Expression {
  readonly label = 'bounds'
  readonly size = 1
  readonly #ranges: number

  constructor(samples: Expression, ranges: number, annotations?: Annotations) {
    super([samples], annotations)
    this.#ranges = ranges
  }

  identity(): string {
    return String(this.#ranges)
  }

  lower(context: LowerContext, [samples]: readonly ArrayLike<number>[]): number[] {
    return [context.layer({ run: findBounds as never, shared: this.#ranges as never, scratch: true }).task(samples!)]
  }

  withInputs([samples]: readonly Expression[]): Bounds {
    return new Bounds(samples!, this.#ranges, this.annotations)
  }
}

/** The partitions of several expressions, one after the other. It has no tasks of its own. */
export class Together extends Expression {
  readonly label = 'union'

  identity(): string {
    return ''
  }

  get size(): number {
    return this.inputs.reduce((sum, input) => sum + input.size, 0)
  }

  lower(_context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    return inputs.flatMap((tasks) => Array.from(tasks))
  }

  withInputs(inputs: readonly Expression[]): Together {
    return new Together(inputs, this.annotations)
  }
}
