import {
  type GroupAccount,
  type PathAccount,
  type SpanAccount,
  type SpanShare,
  type WorkerAccount,
  addAccount,
  groupAccount,
} from './account.js'
import { CellPool, GraphAccount, type RunListener, type RunWatcher } from './graph-account.js'
import { GroupTally, Shared, Sharing, SpanTally, Sum } from './tally.js'
import {
  type ClientDetail,
  EventKind,
  type EventLog,
  type GraphDetail,
  type LossDetail,
  type WorkerDetail,
} from '../events/index.js'

/** Groups that are told apart, and workers that have left: more are put together, so that memory is bounded. */
const MOST_GROUPS = 20_000
const MOST_GONE = 10_000
const NO_SPANS: ReadonlySet<SpanTally> = new Set()
const OTHERS: GroupName = { label: '(others)', span: ['(others)'], isPhase: false }

/** A client that is or was there. */
export interface ClientAccount extends ClientDetail {
  readonly client: number
  /** as the log's clock counts; NaN: it is there */
  readonly joined: number
  left: number
  /** it has submitted something: those that only look are not charged for anything */
  active: boolean
  /** its share of what threads were there: seconds of all threads, divided by the active clients that were there at the time */
  reserved: number
}

/** What is known of what everything cost: what `AccountingFold` has made of the events so far. */
export interface Accounts {
  /** when the first event was, and the last, in seconds of the log's clock */
  readonly from: number
  readonly to: number
  readonly groups: readonly GroupAccount[]
  readonly spans: readonly SpanShare[]
  readonly workers: readonly WorkerAccount[]
  readonly clients: readonly ClientAccount[]
  readonly paths: PathAccount
  /** seconds of all threads that were there */
  readonly available: number
  /** threads that are there */
  readonly threads: number
}

/**
 * Adds up what tasks, workers and clients cost, as a fold over the events of one log: some nanoseconds an event, at most 16
 * bytes for each task of the graphs that are under way.
 */
export class AccountingFold {
  readonly #groups = new Map<string, GroupTally>()
  readonly #spans = new Map<string, SpanTally>()
  readonly #sharing = new Sharing()
  /** until when threads are divided among spans */
  #shared = Number.NaN
  readonly #graphs = new Map<number, GraphAccount>()
  readonly #cells = new CellPool()
  readonly #paths = new Map<number, PathAccount>()
  readonly #workers = new Map<number, WorkerAccount>()
  /** by number of a worker that is there, the seconds that its threads ran tasks */
  #busy = new Float64Array(64)
  readonly #gone: WorkerAccount[] = []
  readonly #clients = new Map<number, ClientAccount>()
  #threads = 0
  #available = 0
  /** when threads or clients changed last */
  #changed = Number.NaN
  #from = Number.NaN
  #to = Number.NaN
  /** told when a client has gone, with what it cost: it is forgotten after that */
  onClientGone: ((accounts: Accounts, client: ClientAccount) => void) | undefined
  /** told of what is added up here, one by one, so that events are gone through once */
  runs: RunListener | undefined
  #watchers: readonly RunWatcher[] = []

  /** `threads`: those that are there from the beginning, where no event tells of workers. */
  constructor(threads = 0) {
    this.#threads = threads
  }

  /** Takes in the events [from, to) of the log; an `EventListener`. */
  readonly listener = (log: EventLog, from: number, to: number): void => this.#take(log, from, to)

  /** Tells somebody of all that is gone through here from now on. Gives a function that stops it. */
  watch(watcher: RunWatcher): () => void {
    this.#watchers = [...this.#watchers, watcher]
    return () => {
      this.#watchers = this.#watchers.filter((one) => one !== watcher)
    }
  }

  #tell(log: EventLog, n: number): void {
    for (const watcher of this.#watchers) watcher.other(log, n)
  }

  #take(log: EventLog, from: number, to: number): void {
    const { mask, kind: kinds, graph: graphs } = log
    const { runs } = this
    const watchers = this.#watchers
    if (Number.isNaN(this.#from) && to > from) {
      this.#from = log.time[from & mask]!
      this.#settle(this.#from)
    }
    let number = -1
    let graph: GraphAccount | undefined
    for (let n = from; n < to; n++) {
      const i = n & mask
      const kind = kinds[i]!
      if (graphs[i] !== number) {
        number = graphs[i]!
        graph = this.#graphs.get(number)
      }
      if (kind >= EventKind.inputsDecoded) {
        this.#measure(log, i, graph)
        this.#tell(log, n)
      } else if (kind >= EventKind.workerJoined || kind <= EventKind.graphArchived) {
        this.#change(log, n)
        runs?.other(log, n)
        this.#tell(log, n)
        // The graph may be new, or gone.
        number = -1
      } else if (graph !== undefined) {
        const next = graph.take(log, n, to, this.#busy, runs, watchers)
        if (next > n) n = next - 1
        else {
          this.#turn(log, n, graph)
          if (!isPlain(kind)) {
            runs?.other(log, n)
            this.#tell(log, n)
          }
        }
        if (graph.isOver && graph.spans.size > 0) this.#end(graph, log.time[n & mask]!)
      } else if (!isPlain(kind)) this.#tell(log, n)
    }
    if (to > from) this.#to = log.time[(to - 1) & mask]!
  }

  /** What happens to few tasks, or to those of a graph that is nearly let go. */
  #turn(log: EventLog, n: number, graph: GraphAccount): void {
    const i = n & log.mask
    const task = log.task[i]!
    const layer = log.layer[i]!
    const worker = log.worker[i]!
    const time = log.time[i]!
    const value = log.value[i]!
    const group = graph.groups[layer]
    if (group === undefined) return
    const { sums } = group
    switch (log.kind[i]) {
      case EventKind.taskReady:
        graph.ready(log, n)
        break
      case EventKind.taskFinished:
        group.ran(value, Math.max(0, graph.ran(task, value, time) - value), value, time)
        this.#busy[worker]! += value
        break
      case EventKind.taskStored:
        // What stands for a value of another graph costs nothing here.
        if (worker < 0) sums[Sum.tasks]!--
        else group.hold(1, value)
        graph.stored(n, task, layer, time)
        break
      case EventKind.taskReleased:
        group.letGo(value)
        break
      case EventKind.taskErred:
      case EventKind.taskUpstreamErred:
        sums[Sum.erred]!++
        sums[Sum.queued]! += graph.unready(task, time)
        graph.settled(1)
        break
      case EventKind.taskRetried:
        sums[Sum.retried]!++
        graph.unready(task, time)
        break
      case EventKind.taskInterrupted:
        sums[Sum.interrupted]!++
        graph.unready(task, time)
        break
      case EventKind.inputMissing:
        sums[Sum.queued]! += graph.unready(task, time)
        break
      case EventKind.taskCancelled:
        graph.unready(task, time)
        graph.settled(1)
        break
      case EventKind.taskLost:
        sums[Sum.done]!--
        group.letGo(value)
        graph.unready(task, time)
        graph.settled(-1)
        break
      case EventKind.taskRequired:
        if (value > 0) sums[Sum.done]!--
        graph.unready(task, time)
        graph.settled(-1)
        break
      case EventKind.taskForgiven:
        sums[Sum.erred]!--
        graph.settled(-1)
        break
    }
  }

  /** What all cost so far, or what one client did. `now`: until when threads are counted; the last event unless told. */
  accounts(client?: number, now = this.#to): Accounts {
    this.#settle(now)
    const mine = (number: number): boolean => client === undefined || number === client
    const paths: PathAccount = { graphs: 0, elapsed: 0, running: 0, tasks: 0 }
    for (const [number, own] of this.#paths) {
      if (!mine(number)) continue
      paths.graphs += own.graphs
      paths.elapsed += own.elapsed
      paths.running += own.running
      paths.tasks += own.tasks
    }
    const groups = [...this.#groups.values()].filter((group) => mine(group.client) && group.sums[Sum.tasks]! > 0)
    const clients = [...this.#clients.values()].filter((one) => mine(one.client))
    const own = client === undefined ? undefined : this.#clients.get(client)
    const from = own?.joined ?? this.#from
    const there = [...this.#workers.values()].map((worker) => ({ ...worker, busy: this.#busy[worker.worker]! }))
    const workers = [...this.#gone.filter(({ left }) => !(left < from)).map((worker) => ({ ...worker })), ...there]
    return {
      from,
      to: now,
      groups: groups.map((group) => group.account()),
      spans: [...this.#spans.values()].filter((span) => mine(span.client)).map((span) => span.share(this.#sharing)),
      workers,
      clients: clients.map((one) => ({ ...one })),
      paths,
      available: own ? own.reserved : this.#available,
      threads: this.#threads,
    }
  }

  /** What clients, workers and graphs that come and go change. */
  #change(log: EventLog, n: number): void {
    const i = n & log.mask
    const time = log.time[i]!
    const worker = log.worker[i]!
    const value = log.value[i]!
    switch (log.kind[i]) {
      case EventKind.graphSubmitted:
        this.#submit(log.graph[i]!, log.detail(n) as GraphDetail, value, time)
        break
      case EventKind.graphForgotten: {
        const graph = this.#graphs.get(log.graph[i]!)
        graph?.finish()
        if (graph) this.#end(graph, time)
        this.#graphs.delete(log.graph[i]!)
        break
      }
      case EventKind.workerJoined:
        this.#settle(time)
        this.#join(worker, log.detail(n) as WorkerDetail, time)
        break
      case EventKind.workerLeft:
        this.#settle(time)
        this.#leave(worker, undefined, time)
        break
      case EventKind.workerLost:
        this.#settle(time)
        this.#leave(worker, (log.detail(n) as LossDetail | undefined)?.reason ?? '', time)
        break
      case EventKind.clientJoined: {
        this.#settle(time)
        const detail = log.detail(n) as ClientDetail
        this.#clients.set(value, { ...detail, client: value, joined: time, left: Number.NaN, active: false, reserved: 0 })
        break
      }
      case EventKind.clientDropped:
        this.#drop(value, time)
        break
    }
  }

  #submit(number: number, { labels, sizes, spans, client = 0 }: GraphDetail, size: number, time: number): void {
    const groups = groupsOf({ labels, sizes, ...(spans ? { spans } : {}) }).map((name, layer) => {
      const group = this.#group(name, client)
      group.sums[Sum.tasks]! += sizes[layer]!
      return group
    })
    const owner = this.#clients.get(client)
    if (owner && !owner.active) {
      this.#settle(time)
      owner.active = true
    }
    this.#share(time)
    const graph = new GraphAccount(groups, size, time, this.#pathsOf(client), this.#cells)
    for (const span of graph.spans) this.#sharing.begin(span)
    this.#graphs.set(number, graph)
  }

  /** A graph is not under way any more. */
  #end(graph: GraphAccount, time: number): void {
    this.#share(time)
    for (const span of graph.spans) this.#sharing.end(span)
    graph.spans = NO_SPANS
  }

  /** Threads have been there for the spans that were under way since the last time. */
  #share(time: number): void {
    const seconds = time - this.#shared
    this.#shared = time
    if (seconds > 0) this.#sharing.add(Shared.reserved, seconds * this.#threads)
  }

  #group(name: GroupName, client: number): GroupTally {
    const key = `${client}\n${groupKey(name)}`
    let group = this.#groups.get(key)
    if (!group) {
      const { label, span, isPhase } = name
      // More than anybody looks at: what a program names by its data, say.
      if (this.#groups.size >= MOST_GROUPS && label !== '(others)') return this.#group(OTHERS, client)
      this.#groups.set(key, (group = new GroupTally(label, this.#span(span, isPhase, client), client)))
    }
    return group
  }

  #span(path: readonly string[], isPhase: boolean, client: number): SpanTally {
    const key = `${client}\n${spanKey(path, isPhase)}`
    let span = this.#spans.get(key)
    if (!span) {
      const outer = path.length > 1 ? this.#span(path.slice(0, -1), isPhase, client) : undefined
      this.#spans.set(key, (span = new SpanTally(path, isPhase, client, outer)))
    }
    return span
  }

  #pathsOf(client: number): PathAccount {
    let paths = this.#paths.get(client)
    if (!paths) this.#paths.set(client, (paths = { graphs: 0, elapsed: 0, running: 0, tasks: 0 }))
    return paths
  }

  #join(worker: number, { name, host, threads, job, pool }: WorkerDetail, time: number): void {
    this.#threads += threads
    if (worker >= this.#busy.length) this.#busy = grown(this.#busy, worker)
    this.#busy[worker] = 0
    this.#workers.set(worker, {
      worker,
      name,
      host,
      threads,
      job,
      pool,
      joined: time,
      left: Number.NaN,
      lost: undefined,
      busy: 0,
      idleForInputs: 0,
      idleForDisk: 0,
      idleForMemory: 0,
      spilled: 0,
      spilling: 0,
      restored: 0,
      restoring: 0,
      sent: 0,
      received: 0,
      peakMemory: 0,
    })
  }

  #leave(worker: number, lost: string | undefined, time: number): void {
    const account = this.#workers.get(worker)
    if (!account) return
    this.#workers.delete(worker)
    this.#threads -= account.threads
    account.busy = this.#busy[worker]!
    account.left = time
    account.lost = lost
    this.#gone.push(account)
    if (this.#gone.length > MOST_GONE) this.#gone.shift()
  }

  /** Threads have been there since the last change. */
  #settle(time: number): void {
    this.#share(time)
    const seconds = time - this.#changed
    this.#changed = time
    if (!(seconds > 0)) return
    this.#available += seconds * this.#threads
    let active = 0
    for (const client of this.#clients.values()) if (client.active) active++
    for (const client of this.#clients.values()) if (client.active) client.reserved += (seconds * this.#threads) / active
  }

  #drop(number: number, time: number): void {
    this.#settle(time)
    const client = this.#clients.get(number)
    if (!client) return
    client.left = time
    this.onClientGone?.(this.accounts(number, time), client)
    this.#clients.delete(number)
    this.#paths.delete(number)
    // Graphs of it that others use go on, and count for nobody.
    for (const [key, group] of this.#groups) if (group.client === number) this.#groups.delete(key)
    for (const [key, span] of this.#spans) if (span.client === number) this.#spans.delete(key)
  }

  /** What workers tell of the time and the bytes that went beside computing. */
  #measure({ kind, layer, worker, value }: EventLog, i: number, graph: GraphAccount | undefined): void {
    const amount = value[i]!
    const group = graph?.groups[layer[i]!]
    const account = this.#workers.get(worker[i]!)
    switch (kind[i]) {
      case EventKind.inputsDecoded:
        if (group) group.sums[Sum.decoding]! += amount
        break
      case EventKind.resultsEncoded:
        if (group) group.sums[Sum.encoding]! += amount
        break
      case EventKind.inputsAwaited:
        if (group) group.sums[Sum.awaiting]! += amount
        break
      case EventKind.inputsReceived:
        if (group) group.sums[Sum.received]! += amount
        if (account) account.received += amount
        break
      case EventKind.inputsSent:
        if (account) account.sent += amount
        break
      case EventKind.idleForInputs:
        if (account) account.idleForInputs += amount
        this.#sharing.add(Shared.idleForInputs, amount)
        break
      case EventKind.idleForDisk:
        if (account) account.idleForDisk += amount
        this.#sharing.add(Shared.idleForDisk, amount)
        break
      case EventKind.idleForMemory:
        if (account) account.idleForMemory += amount
        this.#sharing.add(Shared.idleForMemory, amount)
        break
      case EventKind.valuesSpilled:
        if (account) account.spilled += amount
        break
      case EventKind.spillingTook:
        if (account) account.spilling += amount
        break
      case EventKind.valuesRestored:
        if (account) account.restored += amount
        break
      case EventKind.restoringTook:
        if (account) account.restoring += amount
        break
      case EventKind.memoryMeasured:
        if (account && amount > account.peakMemory) account.peakMemory = amount
        break
    }
  }
}

/** Whether such an event says nothing of a task but that it comes a step further. */
function isPlain(kind: number): boolean {
  return kind === EventKind.taskReady || kind === EventKind.taskSent || kind === EventKind.taskReleased
}

function grown(column: Float64Array, place: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(place + 1, column.length * 2))
  larger.set(column)
  return larger
}

/** The group that the tasks of a layer belong to. */
export type GroupName = Pick<GroupAccount, 'label' | 'span' | 'isPhase'>

/** By layer of a graph that was submitted, the group that its tasks belong to. */
export function groupsOf({ labels, spans }: GraphDetail): GroupName[] {
  const phase = [labels.at(-1) ?? '']
  return labels.map((label, layer) => {
    const span = spans?.[layer]
    return span === undefined || span.length === 0 ? { label, span: phase, isPhase: true } : { label, span, isPhase: false }
  })
}

/** What tells a group from the others of a client. */
export function groupKey({ label, span, isPhase }: GroupName): string {
  return `${spanKey(span, isPhase)}\n${label}`
}

function spanKey(path: readonly string[], isPhase: boolean): string {
  return `${isPhase ? 1 : 0}\n${path.join('\r')}`
}

/**
 * The accounts of whole spans: of each, what all in it cost, inner spans too. Each stands before those in it; else the first to
 * begin is first. `shares`: what is known of spans as a whole; without, nothing is said of idle threads, and what was held at most
 * is what is known of groups.
 */
export function spanAccounts(groups: readonly GroupAccount[], shares: readonly SpanShare[] = []): SpanAccount[] {
  const spans = new Map<string, SpanAccount>()
  const inside = new Map<SpanAccount | undefined, SpanAccount[]>()
  for (const group of groups) {
    let outer: SpanAccount | undefined
    for (let depth = 1; depth <= group.span.length; depth++) {
      const path = group.span.slice(0, depth)
      const key = spanKey(path, group.isPhase)
      let span = spans.get(key)
      if (!span) {
        const none = { reserved: 0, idle: 0, idleForInputs: 0, idleForDisk: 0, idleForMemory: 0 }
        spans.set(key, (span = { ...groupAccount(path.at(-1)!, path, group.isPhase, group.client), ...none }))
        inside.set(outer, [...(inside.get(outer) ?? []), span])
      }
      addAccount(span, group)
      outer = span
    }
  }
  for (const share of shares) {
    for (let depth = 1; depth <= share.span.length; depth++) {
      const span = spans.get(spanKey(share.span.slice(0, depth), share.isPhase))
      if (!span) continue
      if (depth === share.span.length) span.peak = Math.max(span.peak, share.peak)
      span.reserved += share.reserved
      span.idleForInputs += share.idleForInputs
      span.idleForDisk += share.idleForDisk
      span.idleForMemory += share.idleForMemory
    }
  }
  for (const span of spans.values()) span.idle = Math.max(0, span.reserved - span.running)
  const began = (span: SpanAccount): number => (Number.isNaN(span.began) ? Number.MAX_VALUE : span.began)
  const listed: SpanAccount[] = []
  const list = (outer: SpanAccount | undefined): void => {
    for (const span of (inside.get(outer) ?? []).sort((a, b) => began(a) - began(b))) {
      listed.push(span)
      list(span)
    }
  }
  list(undefined)
  return listed
}
