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
import type { Accounts, AccountingFold } from '../model/index.js'
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

/**
 * Writes down what ran: of every program that has tasks run, one file. While it runs that is a journal, so that what was done
 * survives the scheduler; when it has left, another process makes a Parquet file of it.
 */
export class HistoryRecorder {
  readonly #options: RecorderOptions
  readonly #packer: Packer
  readonly #recordings = new Map<number, Recording>()
  /** by number of a graph: whose it is, and the group of each layer */
  readonly #graphs = new Map<number, { readonly recording: Recording; readonly groups: Int32Array }>()
  readonly #workers: (KnownWorker | undefined)[] = []
  readonly #finishing = new Set<Promise<void>>()
  readonly #stopListening: () => void
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
    const { log } = options
    this.#stopListening = log.listen((_log, from, to) => this.#take(log, from, to))
    // Workers and clients may have been quicker.
    this.#take(log, log.oldest, log.length)
    this.#timer = setInterval(() => this.#write(), WRITE_INTERVAL)
    this.#timer.unref()
  }

  /** Begins to record. A folder that cannot be written is warned of once, and nothing is recorded. */
  static async start(options: RecorderOptions): Promise<HistoryRecorder | undefined> {
    try {
      makeFolder(options.folder, 0o700)
    } catch (error) {
      options.warn(unwritable(options.folder, error))
      return undefined
    }
    const recorder = new HistoryRecorder(options)
    recorder.#packer.sweep({ keepFor: options.keepFor, maximumBytes: options.maximumBytes })
    return recorder
  }

  /** Writes what there is, and stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#options.log.flush()
    this.#stopListening()
    this.#options.accounting.onClientGone = undefined
    const now = this.#options.clock.now()
    for (const number of this.#recordings.keys()) {
      this.#end(number, this.#options.accounting.accounts(number, now))
    }
    await Promise.all(this.#finishing)
    await this.#packer.close(this.#options.lastWait ?? LAST_WAIT)
  }

  #take(log: EventLog, from: number, to: number): void {
    const { mask, kind: kinds, time: times, graph: graphs, task: tasks, layer: layers, worker: workers, value: values } = log
    let number = -1
    let known: { readonly recording: Recording; readonly groups: Int32Array } | undefined
    for (let n = from; n < to; n++) {
      const i = n & mask
      const kind = kinds[i]!
      // What happens most, and says nothing that is written.
      if (kind === EventKind.taskReady || kind === EventKind.taskSent) continue
      if (kind === EventKind.taskReleased || (kind === EventKind.taskStored && n > from)) continue
      if (kind >= EventKind.workerJoined || kind <= EventKind.graphArchived) {
        this.#change(log, n)
        number = -1
        continue
      }
      if (graphs[i] !== number) {
        number = graphs[i]!
        known = this.#graphs.get(number)
      }
      if (known === undefined) continue
      const { recording, groups } = known
      const { record } = recording
      switch (kind) {
        case EventKind.taskFinished: {
          // Its result is there with it: that is the next event.
          const next = (n + 1) & mask
          const isNext = n + 1 < to && kinds[next] === EventKind.taskStored && tasks[next] === tasks[i]
          const bytes = isNext && graphs[next] === number ? values[next]! : 0
          record.ran(number, groups[layers[i]!]!, tasks[i]!, this.#workers[workers[i]!], times[i]!, values[i]!, bytes, 0)
          recording.changed = true
          break
        }
        case EventKind.taskStored:
          // The first of this batch: that the task had finished was the last of the one before.
          record.stored(number, tasks[i]!, values[i]!)
          break
        case EventKind.taskErred: {
          const { message } = log.detail(n) as TaskErrorDetail
          record.ran(number, groups[layers[i]!]!, tasks[i]!, this.#workers[workers[i]!], times[i]!, 0, 0, 1)
          record.failed(groups[layers[i]!]!, message, times[i]!)
          break
        }
        case EventKind.taskRetried:
          record.ran(number, groups[layers[i]!]!, tasks[i]!, this.#workers[workers[i]!], times[i]!, 0, 0, 2)
          break
        case EventKind.taskInterrupted:
          record.ran(number, groups[layers[i]!]!, tasks[i]!, this.#workers[workers[i]!], times[i]!, 0, 0, 3)
          break
      }
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
        if (path !== undefined) this.#packer.pack(path)
      },
      (error: unknown) => this.#warn(unwritable(this.#options.folder, error)),
    )
    this.#finishing.add(finished)
    void finished.finally(() => this.#finishing.delete(finished))
  }

  #writeTasks({ journal, record }: Recording): void {
    const block = record.take()
    if (block && journal && !journal.isBroken) journal.tasks(block)
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
