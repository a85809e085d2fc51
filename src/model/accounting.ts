import { type GroupAccount, type PathAccount, type WorkerAccount, addAccount, groupAccount } from './account.js'
import { GraphAccount } from './graph-account.js'
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
  readonly workers: readonly WorkerAccount[]
  readonly clients: readonly ClientAccount[]
  readonly paths: PathAccount
  /** seconds of all threads that were there */
  readonly available: number
  /** threads that are there */
  readonly threads: number
}

/**
 * Adds up what tasks, workers and clients cost, as a fold over the events of one log: some nanoseconds an event, 20 bytes for
 * each task of the graphs that are under way.
 */
export class AccountingFold {
  readonly #groups = new Map<string, GroupAccount>()
  readonly #graphs = new Map<number, GraphAccount>()
  readonly #paths = new Map<number, PathAccount>()
  readonly #workers = new Map<number, WorkerAccount>()
  readonly #gone: WorkerAccount[] = []
  readonly #clients = new Map<number, ClientAccount>()
  #threads = 0
  #available = 0
  /** when threads or clients changed last */
  #changed = Number.NaN
  #from = Number.NaN
  #to = Number.NaN
  /** the event of the result that came last; -1: none has */
  #stored = -1
  /** told when a client has gone, with what it cost: it is forgotten after that */
  onClientGone: ((accounts: Accounts, client: ClientAccount) => void) | undefined

  /** Takes in the events [from, to) of the log; an `EventListener`. */
  readonly listener = (log: EventLog, from: number, to: number): void => {
    const { mask, kind: kinds, time: times, graph: graphs, task: tasks, layer: layers, worker: workers, value: values } = log
    let number = -1
    let graph: GraphAccount | undefined
    let workerNumber = -1
    let worker: WorkerAccount | undefined
    let stored = this.#stored
    for (let n = from; n < to; n++) {
      const i = n & mask
      const kind = kinds[i]!
      // Most of all events; it says nothing that is added up.
      if (kind === EventKind.taskSent) continue
      if (graphs[i] !== number) {
        number = graphs[i]!
        graph = this.#graphs.get(number)
      }
      if (kind >= EventKind.inputsDecoded) this.#measure(log, i, graph)
      else if (kind >= EventKind.workerJoined || kind <= EventKind.graphArchived) {
        this.#change(log, n)
        // The graph may be new, or gone, and so may the worker.
        number = -1
        workerNumber = -1
      } else if (graph !== undefined) {
        const task = tasks[i]!
        const group = graph.groups[layers[i]!]
        if (group === undefined) continue
        const time = times[i]!
        switch (kind) {
          case EventKind.taskReady: {
            // It became ready with the result before it, if nothing but that has happened since.
            const s = stored & mask
            const caused = stored >= 0 && n - stored <= mask && graphs[s] === number && times[s] === time && tasks[s] !== task
            graph.ready(task, caused ? tasks[s]! : -1, time)
            break
          }
          case EventKind.taskFinished: {
            const value = values[i]!
            group.running += value
            group.queued += Math.max(0, graph.ran(task, value, time) - value)
            if (value > group.longest) group.longest = value
            if (!(group.began <= time - value)) group.began = time - value
            group.ended = time
            if (workers[i] !== workerNumber) {
              workerNumber = workers[i]!
              worker = this.#workers.get(workerNumber)
            }
            if (worker !== undefined) worker.busy += value
            break
          }
          case EventKind.taskStored: {
            const value = values[i]!
            // What stands for a value of another graph costs nothing here.
            const given = workers[i]! < 0
            if (given) group.tasks--
            else {
              group.done++
              group.stored += value
              group.held += value
              if (group.held > group.peak) group.peak = group.held
            }
            graph.stored(task, layers[i]!, given ? 0 : value, time)
            stored = n
            break
          }
          case EventKind.taskReleased:
            group.held -= graph.dropped(task)
            break
          default:
            this.#turn(kind, graph, group, task, time, values[i]!)
        }
      }
    }
    this.#stored = stored
    if (to > from) {
      if (Number.isNaN(this.#from)) this.#from = log.time[from & mask]!
      this.#to = log.time[(to - 1) & mask]!
    }
  }

  /** What happens to few tasks. */
  #turn(kind: number, graph: GraphAccount, group: GroupAccount, task: number, time: number, value: number): void {
    switch (kind) {
      case EventKind.taskErred:
      case EventKind.taskUpstreamErred:
        group.erred++
        group.queued += graph.unready(task, time)
        graph.settled(1)
        break
      case EventKind.taskRetried:
        group.retried++
        graph.unready(task, time)
        break
      case EventKind.taskInterrupted:
        group.interrupted++
        graph.unready(task, time)
        break
      case EventKind.inputMissing:
        group.queued += graph.unready(task, time)
        break
      case EventKind.taskCancelled:
        graph.unready(task, time)
        graph.settled(1)
        break
      case EventKind.taskLost:
        group.done--
        group.held -= graph.dropped(task)
        graph.settled(-1)
        break
      case EventKind.taskRequired:
        if (value > 0) group.done--
        graph.settled(-1)
        break
      case EventKind.taskForgiven:
        group.erred--
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
    const groups = [...this.#groups.values()].filter((group) => mine(group.client) && group.tasks > 0)
    const clients = [...this.#clients.values()].filter((one) => mine(one.client))
    const own = client === undefined ? undefined : this.#clients.get(client)
    const from = own?.joined ?? this.#from
    const workers = [...this.#gone.filter(({ left }) => !(left < from)), ...this.#workers.values()]
    return {
      from,
      to: now,
      groups: groups.map((group) => ({ ...group })),
      workers: workers.map((worker) => ({ ...worker })),
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
    const groups = groupsOf({ labels, sizes, ...(spans ? { spans } : {}) }).map(({ label, span, isPhase }, layer) => {
      const group = this.#group(label, span, isPhase, client)
      group.tasks += sizes[layer]!
      return group
    })
    const owner = this.#clients.get(client)
    if (owner && !owner.active) {
      this.#settle(time)
      owner.active = true
    }
    this.#graphs.set(number, new GraphAccount(groups, size, time, this.#pathsOf(client)))
  }

  #group(label: string, span: readonly string[], isPhase: boolean, client: number): GroupAccount {
    const key = `${client}\n${groupKey({ label, span, isPhase })}`
    let group = this.#groups.get(key)
    if (!group) {
      // More than anybody looks at: what a program names by its data, say.
      if (this.#groups.size >= MOST_GROUPS && label !== '(others)') return this.#group('(others)', ['(others)'], false, client)
      this.#groups.set(key, (group = groupAccount(label, span, isPhase, client)))
    }
    return group
  }

  #pathsOf(client: number): PathAccount {
    let paths = this.#paths.get(client)
    if (!paths) this.#paths.set(client, (paths = { graphs: 0, elapsed: 0, running: 0, tasks: 0 }))
    return paths
  }

  #join(worker: number, { name, host, threads, job, pool }: WorkerDetail, time: number): void {
    this.#threads += threads
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
    account.left = time
    account.lost = lost
    this.#gone.push(account)
    if (this.#gone.length > MOST_GONE) this.#gone.shift()
  }

  /** Threads have been there since the last change. */
  #settle(time: number): void {
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
  }

  /** What workers tell of the time and the bytes that went beside computing. */
  #measure({ kind, layer, worker, value }: EventLog, i: number, graph: GraphAccount | undefined): void {
    const amount = value[i]!
    const group = graph?.groups[layer[i]!]
    const account = this.#workers.get(worker[i]!)
    switch (kind[i]) {
      case EventKind.inputsDecoded:
        if (group) group.decoding += amount
        break
      case EventKind.resultsEncoded:
        if (group) group.encoding += amount
        if (account) account.busy += amount
        break
      case EventKind.inputsAwaited:
        if (group) group.awaiting += amount
        break
      case EventKind.inputsReceived:
        if (group) group.received += amount
        if (account) account.received += amount
        break
      case EventKind.inputsSent:
        if (account) account.sent += amount
        break
      case EventKind.idleForInputs:
        if (account) account.idleForInputs += amount
        break
      case EventKind.idleForDisk:
        if (account) account.idleForDisk += amount
        break
      case EventKind.idleForMemory:
        if (account) account.idleForMemory += amount
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
  return `${isPhase ? 1 : 0}\n${span.join('\r')}\n${label}`
}

/** The accounts of whole spans: of each, what all in it cost, inner spans too. Each stands before those in it; else the first to begin is first. */
export function spanAccounts(groups: readonly GroupAccount[]): GroupAccount[] {
  const spans = new Map<string, GroupAccount>()
  const inside = new Map<GroupAccount | undefined, GroupAccount[]>()
  for (const group of groups) {
    let outer: GroupAccount | undefined
    for (let depth = 1; depth <= group.span.length; depth++) {
      const path = group.span.slice(0, depth)
      const key = `${group.isPhase ? 1 : 0}\n${path.join('\r')}`
      let span = spans.get(key)
      if (!span) {
        spans.set(key, (span = groupAccount(path.at(-1)!, path, group.isPhase, group.client)))
        inside.set(outer, [...(inside.get(outer) ?? []), span])
      }
      addAccount(span, group)
      outer = span
    }
  }
  const began = (span: GroupAccount): number => (Number.isNaN(span.began) ? Number.MAX_VALUE : span.began)
  const listed: GroupAccount[] = []
  const list = (outer: GroupAccount | undefined): void => {
    for (const span of (inside.get(outer) ?? []).sort((a, b) => began(a) - began(b))) {
      listed.push(span)
      list(span)
    }
  }
  list(undefined)
  return listed
}
