import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { HeddleError } from '../base/index.js'
import { config } from '../config/index.js'
import { errorOf, type Failure } from './resolve-apart.js'
import type { FileInfo } from './store.js'

/** A file of a server, and the local file that it goes into. */
export interface FetchJob {
  readonly file: FileInfo
  readonly target: string
  /** only so many bytes of its end, at their place: what is before them is a hole */
  readonly tail?: number
}

/** What the thread says in the end. */
export type Fetched = { readonly done: true } | { readonly failure: Failure }

const START = 30_000

/** Copies files of servers, or their ends, by a thread while this one stands still: who plans wants to know what is in them. */
export function fetchApart(jobs: readonly FetchJob[]): void {
  const state = new Int32Array(new SharedArrayBuffer(4))
  const { port1, port2 } = new MessageChannel()
  const thread = new Worker(new URL('./fetch-thread.js', import.meta.url), {
    workerData: { jobs, settings: config.get('filesystem'), state, port: port2 },
    transferList: [port2],
    execArgv: [],
  })
  thread.unref()
  // It is ended below, also in the middle of things; what it could not start with is told below too.
  thread.on('error', () => undefined)
  try {
    Atomics.wait(state, 0, 0, START)
    if (Atomics.load(state, 0) === 0)
      throw new HeddleError(`The thread that fetches files did not start within ${START / 1000} s`)
    Atomics.wait(state, 0, 1)
    const { message } = receiveMessageOnPort(port1) as { message: Fetched }
    if ('failure' in message) throw errorOf(message.failure)
  } finally {
    port1.close()
    void thread.terminate()
  }
}
