import { isMainThread } from 'node:worker_threads'
import { InvariantError } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { callOperation } from './call-operation.js'

/** What a task asks when something is to be done by the main thread of its process: see `callInMain`. */
export const MAIN_CALL = 'main.call'

interface MainCall {
  readonly operation: string
  readonly args: unknown
}

/**
 * Has the main thread of the process call a function that a module of Heddle exports ('file:///…/run.js#run'): for what
 * there is one of in a process, such as a database. Arguments and results are what can be posted between threads.
 */
export function callInMain(context: TaskContext, operation: string, args: unknown): Promise<unknown> {
  if (isMainThread) return Promise.resolve(callOperation(operation, args))
  if (!context.ask) throw new InvariantError(`${context.key} needs the main thread, which it cannot ask`)
  return context.ask(MAIN_CALL, { operation, args } satisfies MainCall)
}

/** What the main thread answers. */
export function answerMainCall(args: unknown): unknown {
  const { operation, args: given } = args as MainCall
  return callOperation(operation, given)
}
