import { fileURLToPath } from 'node:url'
import { type FailedStep, HeddleError, asError, failedStep } from '../base/index.js'
import { type Graph, stepsOf } from '../graph/index.js'
import { functionLocation } from '../transfer/index.js'

/** A task threw. The message says which one and where; `cause` is what it threw, with the stack of where it ran. */
export class TaskError extends HeddleError {
  static {
    TaskError.prototype.name = 'TaskError'
  }
  /** the key of the task */
  readonly key: string
  /** what people know the task by: the name of its function, usually */
  readonly label: string

  constructor(message: string, key: string, label: string, cause: unknown) {
    super(message, { cause })
    this.key = key
    this.label = label
  }
}

/** The executor was closed while the graph ran. */
export class ExecutorClosed extends HeddleError {
  static {
    ExecutorClosed.prototype.name = 'ExecutorClosed'
  }
}

/** The error that a failed task gives to whoever waits for it. `failed`: which part of the task threw, if it has several. */
export function taskError(
  graph: Graph,
  task: number,
  thrown: unknown,
  where: string,
  failed: FailedStep | undefined = failedStep(thrown),
): TaskError {
  if (thrown instanceof TaskError) return thrown
  const step = stepsOf(graph.layer(task))[failed?.number ?? 0]!
  const label = failed?.label ?? step.label
  const source = failed?.source ?? step.source
  return errorOfTask(graph.keyOf(task), label, thrown, where, source)
}

/** The error that the task of that key gives; `source`: the user's function, if it is known. */
export function errorOfTask(key: string, label: string, thrown: unknown, where: string, source?: Function): TaskError {
  if (thrown instanceof TaskError) return thrown
  const error = asError(thrown)
  const place = userFrame(error.stack) ?? locate(source)
  const message = `${label} failed${place ? ` at ${place}` : ''}: ${error.name}: ${error.message}\n    in task ${key}, on ${where}`
  return new TaskError(message, key, label, error)
}

function locate(source: Function | undefined): string | undefined {
  const at = source && functionLocation(source)
  return at && `${at.file}:${at.line}:${at.column}`
}

const ownFolder = new URL('..', import.meta.url).href

/** The first frame of a stack that is neither Node's nor Heddle's: file:line:column. */
function userFrame(stack: string | undefined): string | undefined {
  for (const line of stack?.split('\n') ?? []) {
    const frame = /^\s+at (?:async )?(?:.* \()?((?:file:\/\/)?[^()]+?:\d+:\d+)\)?$/.exec(line)?.[1]?.replace('#heddle', '')
    if (!frame || frame.startsWith('node:') || frame.startsWith('<')) continue
    if (frame.startsWith(ownFolder) || frame.startsWith(fileURLToPath(ownFolder))) continue
    return frame.startsWith('file:') ? fileURLToPath(frame.replace(/:\d+:\d+$/, '')) + /:\d+:\d+$/.exec(frame)![0] : frame
  }
  return undefined
}
