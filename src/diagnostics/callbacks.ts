import { type EventLog, EventKind } from '../events/index.js'
import type { RunStart } from '../executor/index.js'
import { followRun } from './run-events.js'
import { withRunObserver } from './run-scope.js'

/** A task, as callbacks see it. */
export interface TaskStart {
  readonly run: RunStart
  /** the key of the task, as in messages */
  readonly key: string
  /** what people know the task by: the name of its function, usually */
  readonly label: string
}

/** How a task ended. */
export interface TaskEnd extends TaskStart {
  /** 'skipped': it failed because a task that it depends on did */
  readonly outcome: 'finished' | 'failed' | 'skipped'
  /** how long its function took; 0 unless it finished */
  readonly seconds: number
}

/** What is called while computations run; all of it in the thread that called `compute`. */
export interface Callbacks {
  /** A graph is about to run. */
  onStart?(run: RunStart): void
  /** A task was handed to those that run tasks; it is among the next to run. A task that is run again is told of again. */
  onTask?(task: TaskStart): void
  /** A task has ended. */
  onTaskEnd?(task: TaskEnd): void
  /** A run is over; `error` is undefined when it went well. What is still running of one that failed is not told of. */
  onFinish?(run: RunStart, error: unknown): void
}

/** See `withCallbacks`. */
export async function runWithCallbacks<R>(callbacks: Callbacks, fn: () => R | PromiseLike<R>): Promise<R> {
  let broken: { readonly error: unknown } | undefined
  // An error must not surface where the news come from: that is in the middle of the executor's own work.
  const guard = (call: () => void): void => {
    if (broken) return
    try {
      call()
    } catch (error) {
      broken = { error }
    }
  }
  const observer = (run: RunStart) => {
    guard(() => callbacks.onStart?.(run))
    const unfollow = followRun(run, (log, n) => guard(() => tell(callbacks, run, log, n)))
    return (error?: unknown) => {
      unfollow()
      guard(() => callbacks.onFinish?.(run, error))
    }
  }
  let result: R
  try {
    result = await withRunObserver(observer, fn)
  } catch (error) {
    if (!broken) throw error
    throw new AggregateError([error, broken.error], 'both the computation and one of its callbacks threw')
  }
  if (broken) throw broken.error
  return result
}

function tell(callbacks: Callbacks, run: RunStart, log: EventLog, n: number): void {
  const i = n & log.mask
  const kind = log.kind[i]!
  if (kind === EventKind.taskSent) callbacks.onTask?.(taskOf(run, log.task[i]!))
  else {
    const outcome = outcomes.get(kind)
    if (outcome === undefined) return
    const seconds = outcome === 'finished' ? log.value[i]! : 0
    callbacks.onTaskEnd?.({ ...taskOf(run, log.task[i]!), outcome, seconds })
  }
}

const outcomes = new Map<number, TaskEnd['outcome']>([
  [EventKind.taskFinished, 'finished'],
  [EventKind.taskErred, 'failed'],
  [EventKind.taskUpstreamErred, 'skipped'],
])

function taskOf(run: RunStart, task: number): TaskStart {
  return { run, key: run.graph.keyOf(task), label: run.graph.layer(task).label }
}
