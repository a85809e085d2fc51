import { EventKind, type EventLog, type GraphDetail, type HeddleEvent } from '../events/index.js'
import type { RunWatcher } from './graph-account.js'
import {
  COUNT_WIDTH,
  type Digest,
  type DigestGraph,
  GIVEN,
  type LogLine,
  RUN_WIDTH,
  RunRow,
  RunStatus,
  WORKER_WIDTH,
  type WorkerFacts,
  type WorkerSample,
} from './digest.js'

// Names of this module are constants to the engine, what is imported is not: that is much of what an event costs.
const {
  inputsDecoded,
  replicaAdded,
  taskErred,
  taskFinished,
  taskInterrupted,
  taskReady,
  taskReleased,
  taskRetried,
  taskSent,
  taskStored,
  taskUnrunnable,
} = EventKind

/** Kinds of events have numbers below this. */
const KINDS = 64
/** Rare events in one digest, at most. */
const MOST_EVENTS = 200

/** Columns of the sums of workers. */
const Sum = { finished: 1, seconds: 2, bytes: 3, failed: 4, copies: 5, received: 6, sent: 7, spilled: 8 } as const

export interface DigesterOptions {
  readonly source?: number
  /** seconds of events in one digest, at most */
  readonly interval?: number
  /** tasks that one digest tells of one by one, at most */
  readonly mostRuns?: number
  readonly emit: (digest: Digest) => void
}

/** Sums of one graph: for each layer and kind, how many and their values. */
interface Counted {
  readonly sums: Float64Array
  /** by layer and kind: it is in the list of what is new */
  readonly listed: Uint8Array
  /** what of it is counted already by whoever began to follow it in its middle */
  ignored: ((task: number) => boolean) | undefined
}

/**
 * Makes digests of a log's events: a few nanoseconds an event, whatever there is to be told of it. Have an `AccountingFold` that goes
 * through them anyway tell it (`watch`), or give `listener` to `EventLog.listen`; and call `flush` now and then.
 */
export class Digester implements RunWatcher {
  readonly #source: number
  readonly #interval: number
  readonly #mostRuns: number
  readonly #emit: (digest: Digest) => void
  readonly #graphs = new Map<number, Counted>()
  // What was looked up last: events of one graph come together.
  #lastGraph = -1
  #lastCounted: Counted | undefined
  /** pairs of graph, and layer and kind, that are new */
  #touched: number[] = []
  #workers = new Float64Array(WORKER_WIDTH * 16)
  #touchedWorkers: number[] = []
  #newGraphs: DigestGraph[] = []
  #events: HeddleEvent[] = []
  #leftOut = 0
  readonly #runs: Float64Array
  #runCount = 0
  #stride = 1
  #skip = 0
  /** graphs that are forgotten, of which there is something to be told yet */
  readonly #gone: number[] = []
  #from = Number.NaN
  /** the digest that is being made ends before this */
  #until = Number.NaN
  #to = Number.NaN
  #facts: WorkerFacts[] = []
  #samples: WorkerSample[] = []
  #lines: LogLine[] = []

  constructor({ source = 0, interval = 0.25, mostRuns = 2048, emit }: DigesterOptions) {
    this.#source = source
    this.#interval = interval
    this.#mostRuns = mostRuns
    this.#runs = new Float64Array(mostRuns * RUN_WIDTH)
    this.#emit = emit
  }

  /** Takes in the events [from, to) of the log; an `EventListener`. */
  readonly listener = (log: EventLog, from: number, to: number): void => {
    this.take(log, from, to)
  }

  take(log: EventLog, from: number, to: number): void {
    const { mask, kind: kinds } = log
    for (let n = from; n < to; n++) {
      const kind = kinds[n & mask]!
      // What only says that a task came a step further is not told: most of all events are that.
      if (kind === taskReady || kind === taskSent || kind === taskReleased) continue
      const next = kind === taskFinished ? this.#takeFinished(log, n, to) : n
      if (next > n) n = next - 1
      else this.other(log, n)
    }
  }

  /** Gives the number of the first event after a run of tasks that `ended` can be told of together. */
  #takeFinished(log: EventLog, n: number, to: number): number {
    const { mask, kind: kinds, time: times, graph: graphs, task: tasks, layer: layers, worker: workers, value: values } = log
    const first = n
    const graph = graphs[n & mask]!
    const layer = layers[n & mask]!
    const worker = workers[n & mask]!
    const time = times[n & mask]!
    let seconds = 0
    let bytes = 0
    for (; n + 1 < to; n += 2) {
      const i = n & mask
      const next = (n + 1) & mask
      if (kinds[i] !== taskFinished || kinds[next] !== taskStored || times[i] !== time) break
      if (workers[i] !== worker || layers[i] !== layer || graphs[i] !== graph) break
      // What is read from elsewhere may be cut off.
      if (tasks[next] !== tasks[i] || graphs[next] !== graph || workers[next] !== worker || times[next] !== time) break
      seconds += values[i]!
      bytes += values[next]!
    }
    if (n > first) this.ended(log, first, n, seconds, bytes)
    return n
  }

  ended(log: EventLog, from: number, to: number, seconds: number, bytes: number): void {
    const { mask, value: values } = log
    const i = from & mask
    const graph = log.graph[i]!
    const layer = log.layer[i]!
    const worker = log.worker[i]!
    this.#reach(log.time[i]!)
    const counted = this.#countedOf(graph)
    if (counted === undefined) return
    if (counted.ignored !== undefined) {
      for (let n = from; n < to; n++) this.other(log, n)
      return
    }
    const count = (to - from) / 2
    this.#add(counted, graph, layer, taskFinished, count, seconds)
    this.#add(counted, graph, layer, taskStored, count, bytes)
    this.#sum(worker, Sum.finished, count)
    this.#sum(worker, Sum.seconds, seconds)
    this.#sum(worker, Sum.bytes, bytes)
    // Those that are told of one by one.
    let n = from + 2 * this.#skip
    while (n < to) {
      this.#skip = 0
      this.#run(log, n & mask, RunStatus.finished, values[n & mask]!)
      this.#runs[(this.#runCount - 1) * RUN_WIDTH + RunRow.bytes] = values[(n + 1) & mask]!
      n += 2 * (1 + this.#skip)
    }
    this.#skip = (n - to) / 2
  }

  other(log: EventLog, n: number): void {
    const i = n & log.mask
    const kind = log.kind[i]!
    this.#reach(log.time[i]!)
    if (kind >= inputsDecoded) {
      this.#measure(kind, log.worker[i]!, log.value[i]!)
      return
    }
    const task = log.task[i]!
    if (task < 0) {
      this.#rare(log, n)
      return
    }
    const graph = log.graph[i]!
    const counted = this.#countedOf(graph)
    if (counted === undefined) return
    const value = log.value[i]!
    if (counted.ignored === undefined || !counted.ignored(task)) {
      // What has no worker stands for a value of another graph.
      this.#add(counted, graph, log.layer[i]!, kind === taskStored && log.worker[i]! < 0 ? GIVEN : kind, 1, value)
    }
    this.#notable(log, n, i, kind, task, value)
  }

  #countedOf(graph: number): Counted | undefined {
    if (graph !== this.#lastGraph) {
      this.#lastGraph = graph
      this.#lastCounted = this.#graphs.get(graph)
    }
    return this.#lastCounted
  }

  /** Something happens at that time. */
  #reach(time: number): void {
    if (!(time < this.#until)) this.#begin(time)
    this.#to = time
  }

  /** A graph that is followed from its middle: nothing is counted of the tasks of which `ignored` is true. */
  graph(graph: DigestGraph, ignored?: (task: number) => boolean): void {
    this.#newGraphs.push(graph)
    this.#graphs.set(graph.graph, {
      sums: new Float64Array(graph.labels.length * KINDS * 2),
      listed: new Uint8Array(graph.labels.length * KINDS),
      ignored,
    })
    this.#lastGraph = -1
  }

  /** From now on nothing is counted of the tasks of the graph of which `ignored` is true. */
  ignore(graph: number, ignored: (task: number) => boolean): void {
    const counted = this.#graphs.get(graph)
    if (counted) counted.ignored = ignored
  }

  /** All of the graph is counted from now on. */
  countAll(graph: number): void {
    const counted = this.#graphs.get(graph)
    if (counted) counted.ignored = undefined
  }

  /** Counts what happened before anybody looked. */
  count(graph: number, layer: number, kind: number, n: number, value: number): void {
    const counted = this.#graphs.get(graph)
    if (counted && n > 0) this.#add(counted, graph, layer, kind, n, value)
  }

  #add({ sums, listed }: Counted, graph: number, layer: number, kind: number, n: number, value: number): void {
    const place = layer * KINDS + kind
    sums[place * 2]! += n
    sums[place * 2 + 1]! += value
    if (listed[place] === 1) return
    listed[place] = 1
    this.#touched.push(graph, place)
  }

  /** Says what is known beside events. */
  say({
    workers,
    samples,
    lines,
  }: {
    readonly workers?: readonly WorkerFacts[]
    readonly samples?: readonly WorkerSample[]
    readonly lines?: readonly LogLine[]
  }): void {
    if (workers) this.#facts.push(...workers)
    if (samples) this.#samples.push(...samples)
    if (lines) this.#lines.push(...lines)
  }

  /** Emits what there is. `now`: seconds of the log's clock. */
  flush(now: number): void {
    const isEmpty =
      this.#touched.length === 0 &&
      this.#runCount === 0 &&
      this.#events.length === 0 &&
      this.#newGraphs.length === 0 &&
      this.#facts.length === 0 &&
      this.#samples.length === 0 &&
      this.#lines.length === 0
    if (isEmpty) return
    const digest: Digest = {
      source: this.#source,
      from: Number.isNaN(this.#from) ? now : this.#from,
      to: Math.max(now, Number.isNaN(this.#to) ? now : this.#to),
      graphs: this.#newGraphs,
      events: this.#events,
      eventsLeftOut: this.#leftOut,
      counts: this.#takeCounts(),
      workerCounts: this.#takeWorkers(),
      runs: this.#runs.slice(0, this.#runCount * RUN_WIDTH),
      stride: this.#stride,
      ...(this.#facts.length > 0 ? { workers: this.#facts } : {}),
      ...(this.#samples.length > 0 ? { samples: this.#samples } : {}),
      ...(this.#lines.length > 0 ? { lines: this.#lines } : {}),
    }
    this.#newGraphs = []
    this.#events = []
    this.#leftOut = 0
    this.#runCount = 0
    this.#stride = 1
    this.#skip = 0
    this.#facts = []
    this.#samples = []
    this.#lines = []
    this.#from = Number.NaN
    this.#until = Number.NaN
    this.#to = Number.NaN
    this.#emit(digest)
  }

  #begin(time: number): void {
    if (!Number.isNaN(this.#from)) this.flush(this.#to)
    this.#from = time
    this.#until = time + this.#interval
  }

  #rare(log: EventLog, n: number): void {
    const event = log.at(n)
    if (event.kind === 'graphSubmitted') {
      const { labels, sizes, spans } = event.detail as GraphDetail
      this.graph({ graph: event.graph, time: event.time, labels, sizes, ...(spans ? { spans } : {}) })
      return
    }
    // A number may be another worker's from here on.
    if (event.kind === 'workerJoined' && this.#touchedWorkers.length > 0) {
      this.flush(event.time)
      this.#begin(event.time)
    }
    this.#keep(event)
    if (event.kind === 'graphForgotten') this.#forget(event.graph)
  }

  /** What is left to be told of a graph that is gone is told with it. */
  #forget(graph: number): void {
    const counted = this.#graphs.get(graph)
    if (!counted) return
    counted.ignored = undefined
    this.#lastGraph = -1
    if (counted.listed.includes(1)) this.#gone.push(graph)
    else this.#graphs.delete(graph)
  }

  #keep(event: HeddleEvent): void {
    if (this.#events.length < MOST_EVENTS) this.#events.push(event)
    else this.#leftOut++
  }

  #notable(log: EventLog, n: number, i: number, kind: number, task: number, value: number): void {
    const worker = log.worker[i]!
    switch (kind) {
      case taskFinished:
        this.#sum(worker, Sum.finished, 1)
        this.#sum(worker, Sum.seconds, value)
        this.#run(log, i, RunStatus.finished, value)
        break
      case taskStored: {
        this.#sum(worker, Sum.bytes, value)
        const last = (this.#runCount - 1) * RUN_WIDTH
        if (last >= 0 && this.#runs[last + RunRow.task] === task && this.#runs[last + RunRow.graph] === log.graph[i])
          this.#runs[last + RunRow.bytes] = value
        break
      }
      case taskErred:
        this.#sum(worker, Sum.failed, 1)
        this.#run(log, i, RunStatus.failed, 0)
        this.#keep(log.at(n))
        break
      case taskRetried:
        this.#run(log, i, RunStatus.retried, 0)
        break
      case taskInterrupted:
        this.#run(log, i, RunStatus.interrupted, 0)
        break
      case replicaAdded:
        this.#sum(worker, Sum.copies, 1)
        break
      case taskUnrunnable:
        this.#keep(log.at(n))
        break
    }
  }

  /** What workers say now and then of what they did beside computing. */
  #measure(kind: number, worker: number, value: number): void {
    if (kind === EventKind.inputsReceived) this.#sum(worker, Sum.received, value)
    else if (kind === EventKind.inputsSent) this.#sum(worker, Sum.sent, value)
    else if (kind === EventKind.valuesSpilled) this.#sum(worker, Sum.spilled, value)
  }

  #run(log: EventLog, i: number, status: number, seconds: number): void {
    if (status === RunStatus.finished && this.#skip > 0) {
      this.#skip--
      return
    }
    if (this.#runCount === this.#mostRuns) this.#thinOut()
    this.#skip = this.#stride - 1
    const at = this.#runCount++ * RUN_WIDTH
    const runs = this.#runs
    runs[at + RunRow.graph] = log.graph[i]!
    runs[at + RunRow.task] = log.task[i]!
    runs[at + RunRow.layer] = log.layer[i]!
    runs[at + RunRow.worker] = log.worker[i]!
    runs[at + RunRow.end] = log.time[i]!
    runs[at + RunRow.seconds] = seconds
    runs[at + RunRow.bytes] = 0
    runs[at + RunRow.status] = status
  }

  /** There are more than can be told: every other one goes, from now on too. */
  #thinOut(): void {
    const runs = this.#runs
    const kept = Math.ceil(this.#runCount / 2)
    // Rows are too short to be worth a call each.
    for (let at = RUN_WIDTH; at < kept * RUN_WIDTH; at++) {
      const column = at % RUN_WIDTH
      runs[at] = runs[(at - column) * 2 + column]!
    }
    this.#runCount = kept
    this.#stride *= 2
  }

  #sum(worker: number, column: number, by: number): void {
    if (worker < 0) return
    const at = worker * WORKER_WIDTH
    if (at >= this.#workers.length) {
      const grown = new Float64Array(Math.max(at + WORKER_WIDTH, this.#workers.length * 2))
      grown.set(this.#workers)
      this.#workers = grown
    }
    if (this.#workers[at] === 0) {
      this.#workers[at] = 1
      this.#touchedWorkers.push(worker)
    }
    this.#workers[at + column]! += by
  }

  #takeCounts(): Float64Array {
    const touched = this.#touched
    const rows = new Float64Array((touched.length / 2) * COUNT_WIDTH)
    let at = 0
    for (let t = 0; t < touched.length; t += 2) {
      const graph = touched[t]!
      const place = touched[t + 1]!
      const { sums, listed } = this.#graphs.get(graph)!
      rows[at] = graph
      rows[at + 1] = Math.floor(place / KINDS)
      rows[at + 2] = place % KINDS
      rows[at + 3] = sums[place * 2]!
      rows[at + 4] = sums[place * 2 + 1]!
      at += COUNT_WIDTH
      sums[place * 2] = 0
      sums[place * 2 + 1] = 0
      listed[place] = 0
    }
    this.#touched = []
    for (const graph of this.#gone) this.#graphs.delete(graph)
    this.#gone.length = 0
    this.#lastGraph = -1
    return rows
  }

  #takeWorkers(): Float64Array {
    const rows = new Float64Array(this.#touchedWorkers.length * WORKER_WIDTH)
    this.#touchedWorkers.forEach((worker, r) => {
      const at = worker * WORKER_WIDTH
      rows.set(this.#workers.subarray(at, at + WORKER_WIDTH), r * WORKER_WIDTH)
      rows[r * WORKER_WIDTH] = worker
      this.#workers.fill(0, at, at + WORKER_WIDTH)
    })
    this.#touchedWorkers = []
    return rows
  }
}
