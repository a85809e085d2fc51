import type { HeddleEvent } from '../events/index.js'

/**
 * What happened in a short while, in a form whose size does not grow with the number of tasks: sums by layer and by worker,
 * which are exact; of the tasks that ended, all or every so many; and what is rare as it was. Models of a run are folds
 * over digests, so it is the same whether they come through a connection, out of a file, or from a log in this process.
 */
export interface Digest {
  /** which log it is of, where several are followed */
  readonly source: number
  /** seconds of that log's clock: the first and last event; what was asked for without one has the time of asking */
  readonly from: number
  readonly to: number
  /** graphs that have come */
  readonly graphs: readonly DigestGraph[]
  /** what is rare, the oldest first: workers, graphs, errors */
  readonly events: readonly HeddleEvent[]
  /** rare events that were left out because there were too many */
  readonly eventsLeftOut: number
  /** rows of `COUNT_WIDTH`: graph, layer, kind of event, how many, their values summed */
  readonly counts: Float64Array
  /**
   * rows of `WORKER_WIDTH`: worker, tasks finished, their seconds, bytes stored, tasks failed, copies received, bytes of
   * inputs received and sent, bytes that went to disk */
  readonly workerCounts: Float64Array
  /** rows of `RUN_WIDTH`, in the order in which they became known: see `RunRow` */
  readonly runs: Float64Array
  /** one in so many of the tasks that ended is among `runs` */
  readonly stride: number
  /** what is known of workers beside events */
  readonly workers?: readonly WorkerFacts[]
  readonly samples?: readonly WorkerSample[]
  /** lines of logs */
  readonly lines?: readonly LogLine[]
}

/** A graph, as models know it. */
export interface DigestGraph {
  readonly graph: number
  /** seconds of the log's clock */
  readonly time: number
  readonly labels: readonly string[]
  readonly sizes: readonly number[]
  readonly spans?: readonly (readonly string[])[]
}

/** What a worker is, for those who look at it. */
export interface WorkerFacts {
  readonly worker: number
  readonly name: string
  readonly host: string
  readonly threads: number
  readonly address?: string
  readonly pid?: number
  /** bytes; not there: no limit */
  readonly memoryLimit?: number
  readonly localDirectory?: string
  /** the group of workers that it belongs to, and the job of a queue that it is */
  readonly pool?: string
  readonly job?: string
}

/** How a worker does at one moment. Sizes are in bytes. */
export interface WorkerSample {
  readonly worker: number
  /** tasks that it was sent or that are meant for it */
  readonly tasks: number
  /** seconds since something was heard of it */
  readonly silent: number
  readonly held: number
  readonly spilled: number
  readonly memory: number
  /** cores in use */
  readonly cpu: number
  readonly executing: number
  readonly ready: number
  readonly paused: boolean
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

/** A line of a log. */
export interface LogLine {
  /** seconds of the clock of the source */
  readonly time: number
  readonly level: LogLevel
  /** who says so: 'scheduler', the name of a worker, 'topic …' */
  readonly from: string
  readonly text: string
}

export const COUNT_WIDTH = 5
export const WORKER_WIDTH = 9
export const RUN_WIDTH = 8

/** Among the kinds of `counts`: tasks that only stand for values of other graphs, which have them: nothing was to be done. */
export const GIVEN = 63

/** The places of a row of `runs`. */
export const RunRow = {
  graph: 0,
  task: 1,
  layer: 2,
  worker: 3,
  /** seconds of the log's clock when its end became known */
  end: 4,
  /** how long it took */
  seconds: 5,
  /** of the result */
  bytes: 6,
  /** see `RunStatus` */
  status: 7,
} as const

export const RunStatus = { finished: 0, failed: 1, retried: 2, interrupted: 3 } as const

const HEAD = 4

/** A digest as bytes: the length of a header, the header as JSON, the three columns. */
export function encodeDigest(digest: Digest): Uint8Array {
  const { counts, workerCounts, runs, ...rest } = digest
  const header = new TextEncoder().encode(JSON.stringify({ ...rest, lengths: [counts.length, workerCounts.length, runs.length] }))
  const start = Math.ceil((HEAD + header.length) / 8) * 8
  const bytes = new Uint8Array(start + (counts.length + workerCounts.length + runs.length) * 8)
  new DataView(bytes.buffer).setUint32(0, header.length, true)
  bytes.set(header, HEAD)
  const numbers = new Float64Array(bytes.buffer, start)
  numbers.set(counts)
  numbers.set(workerCounts, counts.length)
  numbers.set(runs, counts.length + workerCounts.length)
  return bytes
}

/** What `encodeDigest` made. The numbers are as the machine has them: all that run Node or a browser agree. */
export function decodeDigest(bytes: Uint8Array): Digest {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const { lengths, ...rest } = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD, HEAD + size))) as Omit<
    Digest,
    'counts' | 'workerCounts' | 'runs'
  > & { lengths: [number, number, number] }
  const start = Math.ceil((HEAD + size) / 8) * 8
  const total = lengths[0] + lengths[1] + lengths[2]
  // A copy where the bytes are not where numbers may be.
  const at = bytes.byteOffset + start
  const numbers =
    at % 8 === 0
      ? new Float64Array(bytes.buffer, at, total)
      : new Float64Array(bytes.slice(start, start + total * 8).buffer, 0, total)
  const middle = lengths[0] + lengths[1]
  return {
    ...rest,
    counts: numbers.subarray(0, lengths[0]),
    workerCounts: numbers.subarray(lengths[0], middle),
    runs: numbers.subarray(middle),
  }
}
