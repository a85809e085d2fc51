import { operation } from '../transfer/index.js'

/** What the tasks of one function of the user share. */
export interface UserCall {
  readonly fn: (...values: readonly never[]) => unknown
}

/** Gives the task's own parameter: a value that was there when the graph was made. */
export const giveOwn = operation(import.meta.url, 'giveOwn', (_inputs: readonly unknown[], own: unknown): unknown => own)

/**
 * Calls a function of the user with the task's inputs.
 *
 * @param lengths where an argument is a list of inputs: for each argument the length of its list, or -1 if it is
 * one input
 */
export const callUser = operation(
  import.meta.url,
  'callUser',
  (inputs: readonly unknown[], lengths: readonly number[] | undefined, { fn }: UserCall): unknown => {
    let next = 0
    const values = lengths?.map((length) => (length < 0 ? inputs[next++] : inputs.slice(next, (next += length)))) ?? inputs
    return fn(...(values as readonly never[]))
  },
)
