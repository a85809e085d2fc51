import { MessageChannel, type MessagePort, Worker, receiveMessageOnPort } from 'node:worker_threads'
import { HeddleError } from '../base/index.js'
import { queryError } from './errors.js'
import type { ResultColumn } from './result-rows.js'

/** What the thread answers. */
export type Answer = { readonly rows: readonly (readonly (string | null)[])[] } | { readonly failure: string }

interface Asking {
  readonly port: MessagePort
  /** how many answers there are */
  readonly answers: Int32Array
}

const patience = 60_000
/** Nothing reads more slowly, in bytes a millisecond. */
const leastSpeed = 5_000
let asking: Asking | undefined

/**
 * The columns that a statement would give, at once: who plans wants to know them.
 *
 * @throws QueryError for files that cannot be read and statements that are wrong
 */
export function describeNow(sql: string, bytes = 0): readonly ResultColumn[] {
  return askNow(`DESCRIBE ${sql}`, bytes).map(([name, type]) => ({ name: name!, type: type! }))
}

/**
 * The rows of a statement about files, as texts, at once, though DuckDB answers only later: a thread with a database of its own
 * asks, while this one stands still. About 0.1 s the first time, then a few milliseconds.
 *
 * @param bytes how much it reads: the longer it may take
 * @throws QueryError for files that cannot be read and statements that are wrong
 */
export function askNow(sql: string, bytes = 0): readonly (readonly (string | null)[])[] {
  asking ??= start()
  const { port, answers } = asking
  const before = Atomics.load(answers, 0)
  port.postMessage(sql)
  if (Atomics.wait(answers, 0, before, patience + bytes / leastSpeed) === 'timed-out') {
    // An answer that comes later must not be taken for that to the next question.
    asking = undefined
    port.close()
    throw new HeddleError(`Nothing was heard of the files within ${Math.round((patience + bytes / leastSpeed) / 1000)} s: ${sql}`)
  }
  const { message } = receiveMessageOnPort(port) as { message: Answer }
  if ('rows' in message) return message.rows
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
  // Without it the next question starts another.
  const forget = (): void => {
    if (asking?.port === port1) asking = undefined
  }
  thread.on('error', forget)
  thread.on('exit', forget)
  port1.unref()
  return { port: port1, answers }
}
