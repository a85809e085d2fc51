import type { Credentials } from '../comm/index.js'

/** The environment data of threads (see node:worker_threads) by which tasks know the worker that they run on. */
export const WORKER_CONTEXT = 'heddle.worker'

/** What a worker process lets its threads know. */
export interface WorkerContext {
  readonly name: string
  /** where others reach the worker */
  readonly address: string
  /** the address of its scheduler */
  readonly scheduler: string
  readonly credentials: Credentials
  readonly threads: number
  readonly localDirectory: string
  /** the folder of the files that clients have uploaded */
  readonly uploads: string
}
