import type { Annotations } from '../graph/index.js'
import { Expression, LazyCollection, type LowerContext } from '../expr/index.js'
import { operation } from '../transfer/index.js'
import { type Template, putTogether } from './template.js'

const noDependencies: readonly number[] = []

interface CallShared {
  readonly fn: (...args: unknown[]) => unknown
  /** see `Template`; undefined: the arguments are the inputs, as they are */
  readonly shape: string | undefined
}

/** Runs as a task: a function of the user, with its arguments put together. */
export const callFunction = operation(
  import.meta.url,
  'callFunction',
  (inputs: readonly unknown[], own: unknown, { fn, shape }: CallShared): unknown => {
    const result = shape === undefined ? fn(...inputs) : fn(...putTogether(shape, inputs, own))
    return typeof result === 'object' && result !== null ? settle(result) : result
  },
)

/** What a function returned, or promised; something lazy is computed where it was returned. */
function settle(result: object): unknown {
  if (result instanceof LazyCollection) return result.compute({ executor: 'inline' })
  if (typeof (result as PromiseLike<unknown>).then !== 'function') return result
  return (result as PromiseLike<unknown>).then((value) =>
    value instanceof LazyCollection ? value.compute({ executor: 'inline' }) : value,
  )
}

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
