import type { Annotations, TaskContext } from '../graph/index.js'
import { Expression, type LowerContext } from '../expr/index.js'
import { type CallShared, callFunction } from './run-call.js'
import { type Template, takeApart } from './template.js'

const noDependencies: readonly number[] = []

/** One call of a function: one task. */
export class Call extends Expression {
  readonly label: string
  readonly size = 1
  readonly #fn: (...args: never[]) => unknown
  readonly #shape: string
  readonly #own: unknown
  readonly #pure: boolean
  readonly #context: boolean

  constructor(
    label: string,
    fn: (...args: never[]) => unknown,
    { shape, inputs, own }: Omit<Template, 'passes'>,
    pure: boolean,
    annotations?: Annotations,
    context = false,
  ) {
    super(inputs, annotations)
    this.label = label
    this.#fn = fn
    this.#shape = shape
    this.#own = own
    this.#pure = pure
    this.#context = context
  }

  identity(context: LowerContext): string | undefined {
    return this.#pure ? `${context.hash(this.#fn)} ${this.#shape} ${context.hash([this.#own])}` : undefined
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    const fn = this.#fn as CallShared['fn']
    const layer = context.sharedLayer(fn, this.#shape, () => ({
      run: callFunction,
      shared: {
        fn,
        shape: /^d*$/.test(this.#shape) ? undefined : this.#shape,
        ...(this.#context ? { context: true as const } : {}),
      },
      source: fn,
    }))
    const dependencies = inputs.length === 0 ? noDependencies : inputs.map((tasks) => tasks[0]!)
    return [layer.task(dependencies, this.#own)]
  }

  withInputs(inputs: readonly Expression[]): Expression {
    const template = { shape: this.#shape, inputs, own: this.#own }
    return new Call(this.label, this.#fn, template, this.#pure, this.annotations, this.#context)
  }
}

/** One call of a function of Heddle that is given the context of its task before its arguments. */
export function contextCall(
  fn: (task: TaskContext, ...args: never[]) => unknown,
  label: string,
  args: readonly unknown[],
  annotations: Annotations,
): Expression {
  return new Call(label, fn as (...args: never[]) => unknown, takeApart(args, label), false, annotations, true)
}
