import { MessageChannel, type MessagePort, Worker, receiveMessageOnPort } from 'node:worker_threads'
import { HeddleError } from '../base/index.js'
import { queryError } from './errors.js'
import type { ResultColumn } from './result-rows.js'

/** What the thread answers. */
export type Description = { readonly columns: readonly ResultColumn[] } | { readonly failure: string }

interface Asking {
  readonly port: MessagePort
  /** how many answers there are */
  readonly answers: Int32Array
}

const patience = 60_000
let asking: Asking | undefined

/**
 * The columns that a statement would give, at once: who plans wants to know them, and DuckDB answers only later. A thread with
 * a database of its own asks, while this one stands still: about 0.1 s the first time, then a few milliseconds.
 *
 * @throws QueryError for files that cannot be read and statements that are wrong
 */
export function describeNow(sql: string): readonly ResultColumn[] {
  asking ??= start()
  const { port, answers } = asking
  const before = Atomics.load(answers, 0)
  port.postMessage(sql)
  if (Atomics.wait(answers, 0, before, patience) === 'timed-out') {
    throw new HeddleError(`Nothing was heard of the files within ${patience / 1000} s: ${sql}`)
  }
  const { message } = receiveMessageOnPort(port) as { message: Description }
  if ('columns' in message) return message.columns
  throw queryError(new Error(message.failure))
}

function start(): Asking {
  const { port1, port2 } = new MessageChannel()
  const answers = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(new URL('./describe-thread.js', import.meta.url), {
    workerData: { port: port2, answers },
    transferList: [port2],
    execArgv: [],
  })
  thread.unref()
  // What it could not start with is the answer to the first question.
  thread.on('error', () => {
    asking = undefined
  })
  thread.on('exit', () => {
    asking = undefined
  })
  port1.unref()
  return { port: port1, answers }
}
