import { randomBytes } from 'node:crypto'
import { type Clock, asError, makeFolder } from '../base/index.js'
import {
  type ClientDetail,
  EventKind,
  type EventLog,
  type GraphDetail,
  type TaskErrorDetail,
  type WorkerDetail,
} from '../events/index.js'
import type { Accounts, AccountingFold, RunListener, RunRows } from '../model/index.js'
import { Journal } from './journal.js'
import { Packer } from './packer.js'
import { type KnownWorker, RunRecord } from './run-record.js'

/** How often what has happened is written, in milliseconds, and every how many times with all sums. */
const WRITE_INTERVAL = 5000
const SUMMARIES = 6
/** Milliseconds that the end of a scheduler waits for files to be packed. */
const LAST_WAIT = 1500

export interface RecorderOptions {
  /** where what happens comes from, and what it costs */
  readonly log: EventLog
  readonly accounting: AccountingFold
  readonly clock: Clock
  /** of the scheduler: what tells it from any other */
  readonly scheduler: string
  readonly folder: string
  /** whether single tasks are written too */
  readonly tasks: boolean
  /** milliseconds; 0: for ever */
  readonly keepFor: number
  /** bytes; 0: any */
  readonly maximumBytes: number
  /** Leaves the making of files, and the removal of old ones, to its end: nothing of it is done while the program computes. */
  readonly sweepsAtEnd?: boolean
  /** milliseconds that `close` waits for files to be packed: what is not packed then is packed after it, by another process */
  readonly lastWait?: number
  readonly warn: (message: string) => void
}

/** A client that is there. */
interface Recording {
  readonly record: RunRecord
  /** made with the first graph: who only looks leaves no trace */
  journal: Journal | undefined
  changed: boolean
}

/** A graph: whose it is, and the group of each layer. */
interface Known {
  readonly recording: Recording
  readonly groups: Int32Array
}
const UNKNOWN = { recording: undefined, groups: new Int32Array(0) }

/**
 * Writes down what ran: of every program that has tasks run, one file. While it runs that is a journal, so that what was done
 * survives the scheduler; when it has left, another process makes a Parquet file of it.
 */
export class HistoryRecorder implements RunListener {
  readonly #options: RecorderOptions
  readonly #packer: Packer
  readonly #recordings = new Map<number, Recording>()
  /** by number of a graph: whose it is, and the group of each layer */
  readonly #graphs = new Map<number, Known>()
  // What was looked up last: events of one graph come together.
  #lastGraph = -1
  #lastKnown: Known | typeof UNKNOWN = UNKNOWN
  readonly #workers: (KnownWorker | undefined)[] = []
  readonly #finishing = new Set<Promise<void>>()
  readonly #timer: NodeJS.Timeout
  /** by number of a client that has gone, what it cost: told before its event comes here */
  readonly #gone = new Map<number, Accounts>()
  #ticks = 0
  #warned = false

  private constructor(options: RecorderOptions) {
    this.#options = options
    this.#packer = new Packer(options.folder, (message) => this.#warn(message))
    options.accounting.onClientGone = (accounts, { client }) => {
      if (this.#recordings.has(client)) this.#gone.set(client, accounts)
    }
    const { log, accounting } = options
    // Workers and clients may have been quicker.
    log.flush()
    for (let n = log.oldest; n < log.length; n++) this.other(log, n)
    accounting.runs = this
    this.#timer = setInterval(() => this.#write(), WRITE_INTERVAL)
    this.#timer.unref()
  }

  /** Begins to record. A folder that cannot be written is warned of once, and nothing is recorded. */
  static start(options: RecorderOptions): HistoryRecorder | undefined {
    try {
      makeFolder(options.folder, 0o700)
    } catch (error) {
      options.warn(unwritable(options.folder, error))
      return undefined
    }
    const recorder = new HistoryRecorder(options)
    if (!options.sweepsAtEnd) recorder.#packer.sweep(options)
    return recorder
  }

  /** Writes what there is, and stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#options.log.flush()
    this.#options.accounting.runs = undefined
    this.#options.accounting.onClientGone = undefined
    const now = this.#options.clock.now()
    for (const number of this.#recordings.keys()) {
      this.#end(number, this.#options.accounting.accounts(number, now))
    }
    await Promise.all(this.#finishing)
    if (this.#options.sweepsAtEnd) this.#packer.sweep(this.#options)
    await this.#packer.close(this.#options.lastWait ?? LAST_WAIT)
  }

  rowsFor(log: EventLog, i: number): RunRows | undefined {
    const { recording, groups } = this.#knownOf(log.graph[i]!)
    if (recording === undefined) return undefined
    recording.changed = true
    return recording.record.rowsFor(log, i, groups[log.layer[i]!]!, this.#workers[log.worker[i]!], 0)
  }

  /** Of a graph whose client is not known, nothing is written. */
  #knownOf(graph: number): Known | typeof UNKNOWN {
    if (graph === this.#lastGraph) return this.#lastKnown
    this.#lastGraph = graph
    this.#lastKnown = this.#graphs.get(graph) ?? UNKNOWN
    return this.#lastKnown
  }

  other(log: EventLog, n: number): void {
    const i = n & log.mask
    const kind = log.kind[i]!
    if (kind >= EventKind.inputsDecoded) return
    if (kind >= EventKind.workerJoined || kind <= EventKind.graphArchived) {
      this.#change(log, n)
      this.#lastGraph = -1
      return
    }
    const { recording, groups } = this.#knownOf(log.graph[i]!)
    if (recording === undefined) return
    const { record } = recording
    const group = groups[log.layer[i]!]!
    const worker = this.#workers[log.worker[i]!]
    switch (kind) {
      case EventKind.taskFinished:
        recording.changed = true
        record.ran(log, i, group, worker, 0)
        break
      case EventKind.taskStored:
        record.stored(log, i)
        break
      case EventKind.taskErred:
        record.ran(log, i, group, worker, 1)
        record.failed(group, (log.detail(n) as TaskErrorDetail).message, log.time[i]!)
        break
      case EventKind.taskRetried:
        record.ran(log, i, group, worker, 2)
        break
      case EventKind.taskInterrupted:
        record.ran(log, i, group, worker, 3)
        break
    }
  }

  #change(log: EventLog, n: number): void {
    const i = n & log.mask
    const time = log.time[i]!
    switch (log.kind[i]) {
      case EventKind.clientJoined: {
        const detail = log.detail(n) as ClientDetail
        const record = new RunRecord(nameOf(detail, time), this.#options.scheduler, detail, time, this.#options.tasks)
        const recording: Recording = { record, journal: undefined, changed: false }
        record.onFull = () => this.#writeTasks(recording)
        this.#recordings.set(log.value[i]!, recording)
        break
      }
      case EventKind.clientDropped:
        this.#end(log.value[i]!, this.#gone.get(log.value[i]!))
        this.#gone.delete(log.value[i]!)
        break
      case EventKind.graphSubmitted: {
        const detail = log.detail(n) as GraphDetail
        const recording = this.#recordings.get(detail.client ?? 0)
        if (!recording) break
        const groups = recording.record.submitted(log.graph[i]!, detail, log.value[i]!, time)
        recording.journal ??= new Journal(this.#options.folder, recording.record.run, (error) =>
          this.#warn(unwritable(this.#options.folder, error)),
        )
        if (!recording.changed) this.#summarise(detail.client ?? 0, recording)
        recording.changed = true
        this.#graphs.set(log.graph[i]!, { recording, groups })
        break
      }
      case EventKind.graphForgotten:
        this.#graphs.delete(log.graph[i]!)
        break
      case EventKind.workerJoined: {
        const { name, host, threads, job, pool } = log.detail(n) as WorkerDetail
        this.#workers[log.worker[i]!] = { name, host, threads, job, pool }
        break
      }
    }
  }

  #end(number: number, accounts: Accounts | undefined): void {
    const recording = this.#recordings.get(number)
    this.#recordings.delete(number)
    if (!recording?.journal || !accounts) return
    const { journal, record } = recording
    this.#writeTasks(recording)
    journal.summary(record.summary(accounts, accounts.to, 'finished'))
    recording.journal = undefined
    const finished = journal.finish().then(
      (path) => {
        if (path !== undefined && !this.#options.sweepsAtEnd) this.#packer.pack(path)
      },
      (error: unknown) => this.#warn(unwritable(this.#options.folder, error)),
    )
    this.#finishing.add(finished)
    void finished.finally(() => this.#finishing.delete(finished))
  }

  #writeTasks({ journal, record }: Recording): void {
    const block = record.take()
    if (!block) return
    const written = (): void => record.giveBack(block)
    if (journal) journal.tasks(block, written)
    else written()
  }

  #write(): void {
    const whole = this.#ticks++ % SUMMARIES === 0
    for (const [number, recording] of this.#recordings) {
      this.#writeTasks(recording)
      if (!whole || !recording.changed || !recording.journal) continue
      recording.changed = false
      this.#summarise(number, recording)
    }
  }

  #summarise(number: number, { journal, record }: Recording): void {
    const now = this.#options.clock.now()
    journal?.summary(record.summary(this.#options.accounting.accounts(number, now), now, 'running'))
  }

  #warn(message: string): void {
    if (this.#warned) return
    this.#warned = true
    this.#options.warn(message)
  }
}

function unwritable(folder: string, error: unknown): string {
  return `the history of runs cannot be written to ${folder}, and what runs goes on without: ${asError(error).message}. The setting history.folder is another folder; history.record: false turns it off`
}

/** '20261121T110312Z-alice-etl-3fa9c2': they sort by time, and no two are the same. */
function nameOf({ name, user = 'unknown' }: ClientDetail, time: number): string {
  const plain = (text: string): string => text.replace(/[^A-Za-z0-9_.]+/g, '_').slice(0, 40)
  const when = new Date(time * 1000).toISOString().replace(/[-:]|\.\d+/g, '')
  return `${when}-${plain(user)}-${plain(name)}-${randomBytes(4).toString('hex')}`
}
