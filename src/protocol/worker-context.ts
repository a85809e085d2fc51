import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import type { Credentials } from '../comm/index.js'

/** The environment data of threads by which tasks know the worker that they run on. */
const KEY = 'heddle.worker'

/** What a worker process lets its threads know. */
export interface WorkerContext {
  readonly name: string
  /** where others reach the worker */
  readonly address: string
  /** the address of its scheduler */
  readonly scheduler: string
  readonly credentials: Credentials
  readonly threads: number
  /** bytes that the process may take; Infinity: as many as it likes */
  readonly memoryLimit: number
  readonly localDirectory: string
  /** the folder of the files that clients have uploaded */
  readonly uploads: string
}

/** Lets the threads that are started from now on know their worker. */
export function setWorkerContext(context: WorkerContext): void {
  setEnvironmentData(KEY, context as never)
}

/** What this thread may know of the worker that it belongs to; undefined: it belongs to none. */
export function workerContext(): WorkerContext | undefined {
  return getEnvironmentData(KEY) as unknown as WorkerContext | undefined
}
