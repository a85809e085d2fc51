import type { Annotations, TaskContext } from '../graph/index.js'
import { Expression, type LayerRun, type LowerContext } from '../expr/index.js'
import { type CallShared, callFunction } from './run-call.js'
import { type Template, takeApart } from './template.js'

const noDependencies: readonly number[] = []

/** A function as it is called: what all calls of it have in common. */
export class Called {
  readonly label: string
  readonly fn: CallShared['fn']
  /** equal calls are one */
  readonly pure: boolean
  readonly #context: boolean

  /** `context`: see `CallShared`. */
  constructor(fn: (...args: never[]) => unknown, label: string, pure: boolean, context = false) {
    this.label = label
    this.fn = fn as CallShared['fn']
    this.pure = pure
    this.#context = context
  }

  /** What the calls with arguments of that shape run. */
  readonly layer = (shape: string): LayerRun<unknown, CallShared> => ({
    run: callFunction,
    shared: {
      fn: this.fn,
      shape: /^d*$/.test(shape) ? undefined : shape,
      ...(this.#context ? { context: true as const } : {}),
    },
    source: this.fn,
  })
}

/** One call of a function: one task. There may be millions of them, so they hold little. */
export class Call extends Expression {
  readonly #called: Called
  readonly #shape: string
  readonly #own: unknown

  constructor(called: Called, { shape, inputs, own }: Omit<Template, 'passes'>, annotations?: Annotations) {
    super(inputs, annotations)
    this.#called = called
    this.#shape = shape
    this.#own = own
  }

  get label(): string {
    return this.#called.label
  }

  get size(): 1 {
    return 1
  }

  identity(context: LowerContext): string | undefined {
    const { pure, fn } = this.#called
    return pure ? `${context.hash(fn)} ${this.#shape} ${context.hash([this.#own])}` : undefined
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number {
    const called = this.#called
    const layer = context.sharedLayer(called.fn, this.#shape, called.layer)
    return layer.task(inputs.length === 0 ? noDependencies : inputs.map((tasks) => tasks[0]!), this.#own)
  }

  withInputs(inputs: readonly Expression[]): Expression {
    return new Call(this.#called, { shape: this.#shape, inputs, own: this.#own }, this.annotations)
  }
}

/** One call of a function of Heddle that is given the context of its task before its arguments. */
export function contextCall(
  fn: (task: TaskContext, ...args: never[]) => unknown,
  label: string,
  args: readonly unknown[],
  annotations: Annotations,
): Expression {
  return new Call(new Called(fn as (...args: never[]) => unknown, label, false, true), takeApart(args, label), annotations)
}
