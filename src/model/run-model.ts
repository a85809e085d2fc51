import type { GraphDetail, HeddleEvent, LossDetail, TaskErrorDetail, WorkerDetail } from '../events/index.js'
import {
  COUNT_WIDTH,
  type Digest,
  type DigestGraph,
  type LogLevel,
  RUN_WIDTH,
  RunRow,
  WORKER_WIDTH,
  type WorkerFacts,
  type WorkerSample,
} from './digest.js'
import { type GroupModel, countInto, newGroup } from './groups.js'
import { LaneRows } from './lane-rows.js'
import { RunRing } from './run-ring.js'
import { TimeBins } from './time-bins.js'

/** A worker, from when it was heard of to its end and a while after. */
export interface WorkerModel {
  /** in the column `worker` of `RunRing` */
  readonly number: number
  readonly source: number
  /** of its scheduler */
  readonly index: number
  facts: WorkerFacts
  sample: WorkerSample | undefined
  state: 'running' | 'paused' | 'retiring' | 'left' | 'lost'
  joined: number
  ended: number | undefined
  finished: number
  failed: number
  /** of the tasks that finished */
  seconds: number
  bytes: number
  copies: number
  /** bytes: inputs from and to other workers, and what went to disk */
  received: number
  sent: number
  written: number
  /** what it did over time: seconds of tasks, and how it was */
  readonly bins: TimeBins<WorkerColumn>
  readonly rows: LaneRows
}

export type WorkerColumn =
  | 'seconds'
  | 'finished'
  | 'cpu'
  | 'memory'
  | 'held'
  | 'spilled'
  | 'tasks'
  | 'received'
  | 'sent'
  | 'written'
const WORKER_BINS: Readonly<Record<WorkerColumn, 'sum' | 'last'>> = {
  seconds: 'sum',
  finished: 'sum',
  cpu: 'last',
  memory: 'last',
  held: 'last',
  spilled: 'last',
  tasks: 'last',
  received: 'sum',
  sent: 'sum',
  written: 'sum',
}

export type RunColumn = 'finished' | 'failed' | 'seconds' | 'bytes' | 'copies' | Exclude<WorkerColumn, 'seconds' | 'finished'>
const RUN_BINS: Readonly<Record<RunColumn, 'sum' | 'last'>> = {
  finished: 'sum',
  failed: 'sum',
  seconds: 'sum',
  bytes: 'sum',
  copies: 'sum',
  cpu: 'last',
  memory: 'last',
  held: 'last',
  spilled: 'last',
  tasks: 'last',
  received: 'sum',
  sent: 'sum',
  written: 'sum',
}

/** Failures of one kind: tasks of one label with one message. */
export interface ErrorGroup {
  readonly label: string
  readonly message: string
  count: number
  first: number
  last: number
  /** the first ones */
  readonly examples: { readonly source: number; readonly graph: number; readonly task: number; readonly worker: string }[]
}

/** A part of the program, with all parts inside it. */
export interface SpanModel extends GroupModel {
  /** the names, the outermost first */
  readonly path: readonly string[]
  /** labels of the tasks right in it */
  readonly labels: Set<string>
}

export interface ModelLine {
  readonly time: number
  readonly level: LogLevel
  readonly from: string
  readonly text: string
}

/** A graph that is not done with. */
export interface GraphModel {
  readonly source: number
  readonly graph: number
  readonly time: number
  readonly size: number
  readonly layers: readonly { readonly group: GroupModel; readonly spans: readonly SpanModel[]; left: number }[]
}

export interface RunModelOptions {
  /** tasks that ended that are kept one by one */
  readonly mostRuns?: number
  readonly mostLines?: number
  readonly mostGroups?: number
}

const MOST_GONE = 200
const MOST_ERRORS = 200
const MOST_EXAMPLES = 5
const MOST_ROWS = 256
export const OTHERS = '(others)'

/**
 * What people look at of a run, as a fold over digests: the page, reports, the terminal and replays show one of these. Its
 * memory is bounded whatever goes on and for how long: tasks and lines are rings, groups that are over become one when there
 * are too many, time is divided into fewer and longer parts.
 *
 * Times are seconds of the clock of the first source that it hears of.
 */
export class RunModel {
  readonly groups = new Map<string, GroupModel>()
  /** by number; groups of one number have one name for good */
  readonly labels: string[] = []
  readonly workers: (WorkerModel | undefined)[] = []
  readonly runs: RunRing
  readonly spans = new Map<string, SpanModel>()
  readonly errors = new Map<string, ErrorGroup>()
  readonly graphs = new Map<string, GraphModel>()
  readonly lines: ModelLine[] = []
  readonly bins = new TimeBins<RunColumn>(RUN_BINS)
  /** seconds: the first and last that is known of */
  from = Number.NaN
  to = Number.NaN
  finished = 0
  failed = 0
  graphsSubmitted = 0
  /** tasks that ended and are not among `runs` because there were too many at once */
  leftOut = 0
  errorsLeftOut = 0
  /** goes up with everything that is taken in */
  version = 0
  readonly #mostLines: number
  readonly #mostGroups: number
  /** by source and index, the number of the worker that has it now */
  readonly #workerNumbers = new Map<string, number>()
  readonly #gone: number[] = []
  readonly #vacant: number[] = []
  readonly #vacantLabels: number[] = []

  constructor({ mostRuns = 1 << 20, mostLines = 2000, mostGroups = 1000 }: RunModelOptions = {}) {
    this.runs = new RunRing(mostRuns)
    this.#mostLines = mostLines
    this.#mostGroups = mostGroups
  }

  /** The workers that there are. */
  get present(): WorkerModel[] {
    return this.workers.filter((w): w is WorkerModel => w !== undefined && w.ended === undefined)
  }

  /** How many tasks can run at once. */
  get threads(): number {
    return this.present.reduce((sum, { facts }) => sum + facts.threads, 0)
  }

  /** Takes a digest in. */
  apply(digest: Digest): void {
    this.version++
    this.from = Number.isNaN(this.from) ? digest.from : Math.min(this.from, digest.from)
    this.to = Number.isNaN(this.to) ? digest.to : Math.max(this.to, digest.to)
    for (const graph of digest.graphs) this.#addGraph(digest.source, graph)
    for (const event of digest.events) if (event.kind === 'workerJoined') this.#joined(digest.source, event)
    for (const facts of digest.workers ?? []) this.#learn(digest.source, facts, digest.from)
    this.#takeCounts(digest)
    this.#takeWorkers(digest)
    this.#takeRuns(digest)
    this.#takeSamples(digest)
    for (const event of digest.events) this.#takeEvent(digest.source, event)
    this.errorsLeftOut += digest.eventsLeftOut
    for (const { time, level, from, text } of digest.lines ?? []) this.#line(time, level, from, text)
  }

  /** The worker of that number of a source, if it is there. */
  workerOf(source: number, index: number): WorkerModel | undefined {
    const number = this.#workerNumbers.get(`${source}/${index}`)
    return number === undefined ? undefined : this.workers[number]
  }

  // ---- graphs and groups

  #addGraph(source: number, { graph, time, labels, sizes, spans }: DigestGraph): void {
    this.graphsSubmitted++
    const layers = labels.map((label, l) => {
      const group = this.#group(label, time)
      const left = sizes[l]!
      group.total += left
      group.graphs++
      const around = this.#spansOf(spans?.[l] ?? [], time)
      for (const span of around) {
        span.total += left
        span.graphs++
      }
      around.at(-1)?.labels.add(label)
      return { group, spans: around, left }
    })
    const size = sizes.reduce((sum, n) => sum + n, 0)
    this.graphs.set(`${source}/${graph}`, { source, graph, time, size, layers })
    this.#line(time, 'info', 'scheduler', `graph ${graph} of ${size} ${size === 1 ? 'task' : 'tasks'}: ${namesOf(labels)}`)
  }

  #group(label: string, time: number): GroupModel {
    let group = this.groups.get(label)
    if (!group) {
      if (this.groups.size >= this.#mostGroups) this.#mergeGroups()
      const number = this.#vacantLabels.pop() ?? this.labels.length
      this.labels[number] = label
      group = newGroup(label, number, time)
      this.groups.set(label, group)
    }
    return group
  }

  /** A quarter of the groups, those that are over longest, become one. */
  #mergeGroups(): void {
    const over = [...this.groups.values()].filter(({ graphs, label }) => graphs === 0 && label !== OTHERS)
    over.sort((a, b) => a.last - b.last)
    if (over.length < 2) return
    let others = this.groups.get(OTHERS)
    if (!others) {
      others = newGroup(OTHERS, this.labels.push(OTHERS) - 1, over[0]!.first)
      this.groups.set(OTHERS, others)
    }
    const merged = new Set<number>()
    for (const group of over.slice(0, Math.ceil(this.#mostGroups / 4))) {
      mergeInto(others, group)
      this.groups.delete(group.label)
      this.#vacantLabels.push(group.number)
      merged.add(group.number)
    }
    // Their tasks are the others' from now on: the number may be another group's.
    for (let n = this.runs.oldest; n < this.runs.length; n++) {
      const i = n & this.runs.mask
      if (merged.has(this.runs.group[i]!)) this.runs.group[i] = others.number
    }
  }

  #spansOf(path: readonly string[], time: number): SpanModel[] {
    return path.map((_, depth) => {
      const own = path.slice(0, depth + 1)
      const key = JSON.stringify(own)
      let span = this.spans.get(key)
      if (!span) {
        if (this.spans.size >= this.#mostGroups) this.#dropSpans()
        span = { ...newGroup(own.at(-1)!, -1, time), path: own, labels: new Set() }
        this.spans.set(key, span)
      }
      return span
    })
  }

  /** Spans that are over longest are forgotten, those inside them with them. */
  #dropSpans(): void {
    const over = [...this.spans].filter(([, { graphs }]) => graphs === 0).sort(([, a], [, b]) => a.last - b.last)
    for (const [key, { path }] of over.slice(0, Math.ceil(this.#mostGroups / 4))) {
      this.spans.delete(key)
      for (const [other, inner] of this.spans)
        if (inner.path.length > path.length && path.every((name, d) => inner.path[d] === name)) this.spans.delete(other)
    }
  }

  #takeCounts({ source, counts, to }: Digest): void {
    for (let at = 0; at < counts.length; at += COUNT_WIDTH) {
      const layer = this.graphs.get(`${source}/${counts[at]}`)?.layers[counts[at + 1]!]
      if (!layer) continue
      const kind = counts[at + 2]!
      const n = counts[at + 3]!
      const value = counts[at + 4]!
      layer.left -= countInto(layer.group, kind, n, value, to)
      for (const span of layer.spans) countInto(span, kind, n, value, to)
    }
  }

  /** What of a graph was given up is not to be waited for. */
  #forget(source: number, graph: number): void {
    const key = `${source}/${graph}`
    for (const { group, spans, left } of this.graphs.get(key)?.layers ?? []) {
      for (const each of [group, ...spans]) {
        each.total -= left
        each.graphs--
      }
    }
    this.graphs.delete(key)
  }

  // ---- workers

  #joined(source: number, { worker, time, detail }: HeddleEvent): void {
    if (!detail || this.workerOf(source, worker)) return
    const { name, host, threads } = detail as WorkerDetail
    this.#learn(source, { worker, name, host, threads }, time)
    this.#line(time, 'info', 'scheduler', `worker ${name} joined from ${host}, ${threads} threads`)
  }

  #learn(source: number, facts: WorkerFacts, time: number): WorkerModel {
    const known = this.workerOf(source, facts.worker)
    if (known && known.facts.name === facts.name) {
      known.facts = { ...known.facts, ...facts }
      return known
    }
    if (known) this.#end(known, 'left', time)
    const number = this.#vacant.pop() ?? this.workers.length
    const worker: WorkerModel = {
      number,
      source,
      index: facts.worker,
      facts,
      sample: undefined,
      state: 'running',
      joined: time,
      ended: undefined,
      finished: 0,
      failed: 0,
      seconds: 0,
      bytes: 0,
      copies: 0,
      received: 0,
      sent: 0,
      written: 0,
      bins: new TimeBins(WORKER_BINS, { most: 240 }),
      rows: new LaneRows(Math.min(MOST_ROWS, Math.max(1, facts.threads))),
    }
    this.workers[number] = worker
    this.#workerNumbers.set(`${source}/${facts.worker}`, number)
    return worker
  }

  #end(worker: WorkerModel, state: 'left' | 'lost', time: number): void {
    worker.state = state
    worker.ended = time
    this.#workerNumbers.delete(`${worker.source}/${worker.index}`)
    this.#gone.push(worker.number)
    if (this.#gone.length <= MOST_GONE) return
    const oldest = this.#gone.shift()!
    this.workers[oldest] = undefined
    this.#vacant.push(oldest)
    for (let n = this.runs.oldest; n < this.runs.length; n++) {
      const i = n & this.runs.mask
      if (this.runs.worker[i] === oldest) this.runs.worker[i] = -1
    }
  }

  #takeWorkers({ source, workerCounts, to }: Digest): void {
    for (let at = 0; at < workerCounts.length; at += WORKER_WIDTH) {
      const [index, finished, seconds, bytes, failed, copies, received, sent, written] = workerCounts.subarray(
        at,
        at + WORKER_WIDTH,
      ) as unknown as readonly [number, number, number, number, number, number, number, number, number]
      this.finished += finished
      this.failed += failed
      this.bins.add(to, { finished, seconds, bytes, failed, copies, received, sent, written })
      const worker = this.workerOf(source, index)
      if (!worker) continue
      worker.finished += finished
      worker.seconds += seconds
      worker.bytes += bytes
      worker.failed += failed
      worker.copies += copies
      worker.received += received
      worker.sent += sent
      worker.written += written
      worker.bins.add(to, { finished, seconds, received, sent, written })
    }
  }

  #takeSamples({ source, samples, to }: Digest): void {
    if (!samples || samples.length === 0) return
    for (const sample of samples) {
      const worker = this.workerOf(source, sample.worker)
      if (!worker) continue
      worker.sample = sample
      if (worker.state === 'running' && sample.paused) worker.state = 'paused'
      else if (worker.state === 'paused' && !sample.paused) worker.state = 'running'
      const { cpu, memory, held, spilled, tasks } = sample
      worker.bins.add(to, { cpu, memory, held, spilled, tasks })
    }
    const sum = { cpu: 0, memory: 0, held: 0, spilled: 0, tasks: 0 }
    for (const { sample } of this.present) {
      if (!sample) continue
      sum.cpu += sample.cpu
      sum.memory += sample.memory
      sum.held += sample.held
      sum.spilled += sample.spilled
      sum.tasks += sample.tasks
    }
    this.bins.add(to, sum)
  }

  // ---- tasks

  #takeRuns({ source, runs, stride }: Digest): void {
    const count = runs.length / RUN_WIDTH
    if (count === 0) return
    this.leftOut += count * (stride - 1)
    const start = new Float64Array(count)
    const end = new Float64Array(count)
    const lane = new Uint16Array(count)
    const byWorker = new Map<number, number[]>()
    for (let r = 0; r < count; r++) {
      const at = r * RUN_WIDTH
      end[r] = runs[at + RunRow.end]!
      start[r] = end[r]! - runs[at + RunRow.seconds]!
      const index = runs[at + RunRow.worker]!
      const list = byWorker.get(index)
      if (list) list.push(r)
      else byWorker.set(index, [r])
    }
    for (const [index, list] of byWorker) this.#lay(source, index, list, start, end, lane)
    for (let r = 0; r < count; r++) {
      const at = r * RUN_WIDTH
      const layer = this.graphs.get(`${source}/${runs[at]}`)?.layers[runs[at + RunRow.layer]!]
      if (!layer) continue
      this.runs.add({
        start: start[r]!,
        end: end[r]!,
        bytes: runs[at + RunRow.bytes]!,
        group: layer.group.number,
        worker: this.workerOf(source, runs[at + RunRow.worker]!)?.number ?? -1,
        lane: lane[r]!,
        status: runs[at + RunRow.status]!,
        source,
        graph: runs[at]!,
        task: runs[at + RunRow.task]!,
      })
    }
  }

  #lay(source: number, index: number, list: readonly number[], start: Float64Array, end: Float64Array, lane: Uint16Array): void {
    const worker = this.workerOf(source, index)
    if (!worker) return
    const starts = Float64Array.from(list, (r) => start[r]!)
    const ends = Float64Array.from(list, (r) => end[r]!)
    const lanes = new Uint16Array(list.length)
    worker.rows.lay(starts, ends, lanes, list.length)
    list.forEach((r, i) => {
      start[r] = starts[i]!
      end[r] = ends[i]!
      lane[r] = lanes[i]!
    })
  }

  // ---- what is rare

  #takeEvent(source: number, event: HeddleEvent): void {
    const { time } = event
    const worker = event.worker < 0 ? undefined : this.workerOf(source, event.worker)
    const name = worker?.facts.name ?? String(event.worker)
    switch (event.kind) {
      case 'graphForgotten':
        this.#forget(source, event.graph)
        break
      case 'taskErred':
        this.#erred(source, event, name)
        break
      case 'taskUnrunnable':
        this.#line(time, 'warning', 'scheduler', `no worker there is may run task ${event.task} of graph ${event.graph}`)
        break
      case 'workerLeft':
        if (worker) this.#end(worker, 'left', time)
        this.#line(time, 'info', 'scheduler', `worker ${name} left`)
        break
      case 'workerLost':
        if (worker) this.#end(worker, 'lost', time)
        this.#line(
          time,
          'error',
          'scheduler',
          `worker ${name} is lost: ${(event.detail as LossDetail | undefined)?.reason ?? 'nobody knows why'}`,
        )
        break
      case 'workerPaused':
        if (worker) worker.state = 'paused'
        this.#line(time, 'warning', 'scheduler', `worker ${name} is short of memory and gets nothing new`)
        break
      case 'workerResumed':
        if (worker) worker.state = 'running'
        this.#line(time, 'info', 'scheduler', `worker ${name} gets tasks again`)
        break
      case 'workerRetiring':
        if (worker) worker.state = 'retiring'
        this.#line(time, 'info', 'scheduler', `worker ${name} is to leave`)
        break
      case 'clientDropped':
        this.#line(time, 'info', 'scheduler', `client ${event.value} is gone`)
        break
      default:
    }
  }

  #erred(source: number, event: HeddleEvent, worker: string): void {
    // A client is told that a task failed; the error comes another way.
    const { message } = (event.detail as TaskErrorDetail | undefined) ?? { message: 'it failed' }
    const label = this.graphs.get(`${source}/${event.graph}`)?.layers[event.layer]?.group.label ?? '?'
    const key = JSON.stringify([label, message])
    let group = this.errors.get(key)
    if (!group) {
      // The oldest kinds of them give way.
      if (this.errors.size >= MOST_ERRORS) for (const [old] of [...this.errors].slice(0, MOST_ERRORS / 4)) this.errors.delete(old)
      this.errors.set(key, (group = { label, message, count: 0, first: event.time, last: event.time, examples: [] }))
    }
    group.count++
    group.last = event.time
    if (group.examples.length < MOST_EXAMPLES) group.examples.push({ source, graph: event.graph, task: event.task, worker })
    this.#line(event.time, 'error', worker, `${label}: ${message}`)
  }

  #line(time: number, level: LogLevel, from: string, text: string): void {
    this.lines.push({ time, level, from, text: text.length > 4000 ? `${text.slice(0, 4000)} …` : text })
    if (this.lines.length > this.#mostLines) this.lines.splice(0, Math.ceil(this.#mostLines / 10))
  }
}

function mergeInto(all: GroupModel, one: GroupModel): void {
  all.total += one.total
  all.done += one.done
  all.erred += one.erred
  all.seconds += one.seconds
  all.bytes += one.bytes
  all.retried += one.retried
  all.lost += one.lost
  all.copies += one.copies
  all.interrupted += one.interrupted
  all.first = Math.min(all.first, one.first)
  all.last = Math.max(all.last, one.last)
}

function namesOf(labels: GraphDetail['labels']): string {
  const names = [...new Set(labels)]
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
}
