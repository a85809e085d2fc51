import { AsyncLocalStorage } from 'node:async_hooks'

/** What code that runs in a task may know of it, wherever it is called from. */
export interface RunningTask {
  readonly key: string
  readonly label: string
  /** what the user said of how it is to be run */
  readonly annotations: Readonly<Record<string, unknown>> | undefined
  /** Attaches facts, encoded. Where nobody could ask for them, there is no such method. */
  note?(facts: Uint8Array): void
}

let running: RunningTask | undefined
let storage: AsyncLocalStorage<RunningTask> | undefined

/** Calls a function as a task, which `runningTask` then gives. */
export function runAsTask<A extends readonly unknown[], R>(task: RunningTask, fn: (...args: A) => R, ...args: A): R {
  const before = running
  running = task
  try {
    return storage ? storage.run(task, fn, ...args) : fn(...args)
  } finally {
    running = before
  }
}

/** The task that the caller is part of. What a task calls after it waited knows it in threads that follow tasks only. */
export function runningTask(): RunningTask | undefined {
  return storage?.getStore() ?? running
}

/** From now on tasks of this thread are known also after they waited: waiting costs more then, on Node 20. */
export function followTasks(): void {
  storage ??= new AsyncLocalStorage()
}
