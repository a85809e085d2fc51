import type { Annotations } from '../graph/index.js'
import { Expression, type LowerContext } from '../expr/index.js'
import { type CallShared, callFunction } from './run-call.js'
import type { Template } from './template.js'

const noDependencies: readonly number[] = []

/** One call of a function: one task. */
export class Call extends Expression {
  readonly label: string
  readonly size = 1
  readonly #fn: (...args: never[]) => unknown
  readonly #shape: string
  readonly #own: unknown
  readonly #pure: boolean

  constructor(
    label: string,
    fn: (...args: never[]) => unknown,
    { shape, inputs, own }: Omit<Template, 'passes'>,
    pure: boolean,
    annotations?: Annotations,
  ) {
    super(inputs, annotations)
    this.label = label
    this.#fn = fn
    this.#shape = shape
    this.#own = own
    this.#pure = pure
  }

  identity(context: LowerContext): string | undefined {
    return this.#pure ? `${context.hash(this.#fn)} ${this.#shape} ${context.hash([this.#own])}` : undefined
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    const fn = this.#fn as CallShared['fn']
    const layer = context.sharedLayer(fn, this.#shape, () => ({
      run: callFunction,
      shared: { fn, shape: /^d*$/.test(this.#shape) ? undefined : this.#shape },
      source: fn,
    }))
    const dependencies = inputs.length === 0 ? noDependencies : inputs.map((tasks) => tasks[0]!)
    return [layer.task(dependencies, this.#own)]
  }

  withInputs(inputs: readonly Expression[]): Expression {
    return new Call(this.label, this.#fn, { shape: this.#shape, inputs, own: this.#own }, this.#pure, this.annotations)
  }
}
