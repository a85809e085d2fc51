import type { TaskContext } from '../graph/index.js'
import { dependency, operation } from '../transfer/index.js'
import { putTogether } from './put-together.js'

// What threads load for their first task: it imports no more than it must.

/** What the tasks of one function share. */
export interface CallShared {
  readonly fn: (...args: unknown[]) => unknown
  /** see `Template`; undefined: the arguments are the inputs, as they are */
  readonly shape: string | undefined
  /** the function is one of Heddle that must know of its task: it is given the context before its arguments */
  readonly context?: true
}

/** Runs as a task: a function of the user, with its arguments put together. */
export const callFunction = operation(
  import.meta.url,
  'callFunction',
  (inputs: readonly unknown[], own: unknown, { fn, shape, context }: CallShared, task: TaskContext): unknown => {
    const args = shape === undefined ? inputs : putTogether(shape, inputs, own)
    const result = context ? fn(task, ...args) : fn(...args)
    return typeof result === 'object' && result !== null ? settle(result) : result
  },
)

/** A lazy collection, as far as it concerns a task that returns one. */
interface Lazy {
  compute(options: { readonly executor: 'inline' }): Promise<unknown>
}

function isLazy(result: unknown): result is Lazy {
  return (
    typeof result === 'object' &&
    result !== null &&
    dependency in result &&
    typeof (result as Partial<Lazy>).compute === 'function'
  )
}

/** What a function returned, or promised; something lazy is computed where it was returned. */
function settle(result: object): unknown {
  if (isLazy(result)) return result.compute({ executor: 'inline' })
  if (typeof (result as PromiseLike<unknown>).then !== 'function') return result
  return (result as PromiseLike<unknown>).then((value) => (isLazy(value) ? value.compute({ executor: 'inline' }) : value))
}
