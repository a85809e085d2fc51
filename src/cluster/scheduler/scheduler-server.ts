import { randomUUID } from 'node:crypto'
import { ArgumentError, type Clock, asError, systemClock } from '../../base/index.js'
import { type Comm, type CommEvents, type Credentials, type Listener, listen } from '../../comm/index.js'
import { config } from '../../config/index.js'
import { type ClientDetail, EventKind, EventLog } from '../../events/index.js'
import type { AccountingFold } from '../../model/index.js'
import { type Answers, ControlChannel, Frame, ProtocolError, RecordReader, Session } from '../../protocol/index.js'
import type { MetricFamily } from '../../metrics/index.js'
import type { Digest } from '../../model/index.js'
import { Scheduler } from '../../scheduler/index.js'
import type { DeathNote } from '../death-note.js'
import { loadFirst } from '../preload.js'
import type { WorkerInfo, WorkerMetrics } from '../../protocol/index.js'
import { carryInstructions } from './carry-instructions.js'
import { clientAnswers } from './client-answers.js'
import { ClientLink } from './client-link.js'
import { DeathNotes, JOB_PATIENCE, describeDeath } from './death-notes.js'
import { ClusterState } from './state.js'
import { takeClientRecords } from './take-client-records.js'
import { Followers } from './followers.js'
import { ClusterPlugins } from './plugin-answers.js'
import { managerAnswers } from './manager-answers.js'
import { Providers } from './providers.js'
import { recordMetrics } from './measured.js'
import { schedulerMetrics } from './scheduler-metrics.js'
import { Intake } from './take-graph.js'
import { type TaskNote, TaskNotes } from './task-notes.js'
import { takeReports } from './take-reports.js'
import { WorkerLink } from './worker-link.js'
import { RunFeed } from './run-feed.js'
import { runQuestions } from './run-questions.js'

export interface SchedulerServerOptions {
  readonly credentials: Credentials
  /** where to listen: 'tcp://0.0.0.0:8786'; several are possible */
  readonly addresses: readonly string[]
  readonly clock?: Clock
  /** the addresses of modules that are loaded first: they may be plugins */
  readonly preload?: readonly string[]
}

/** What a client says first, on every connection. */
export interface ClientHello {
  /** what it has called itself since it began */
  readonly id: string
  readonly name: string
  /** the scheduler it was connected to before; undefined: none */
  readonly scheduler: string | undefined
  /** frames of that scheduler that it has */
  readonly received: number
  /** whose program it is */
  readonly about?: Omit<ClientDetail, 'name'>
}

/** Milliseconds that the records of one client may take of a tick. */
const SLICE = 8

/** The scheduler as a process: the scheduler machine, and connections to workers and clients. */
export class SchedulerServer {
  readonly #state: ClusterState
  readonly #intake: Intake
  readonly #followers: Followers
  readonly #listeners: Listener[] = []
  readonly #deathNotes = new DeathNotes()
  readonly #providers: Providers
  readonly #managers = new Map<Comm, ControlChannel>()
  /** all connections there are: also those of nannies, and of workers and clients that have not said who they are */
  readonly #comms = new Set<Comm>()
  readonly #timer: NodeJS.Timeout
  readonly #answers: (client: ClientLink) => Answers
  readonly #notes: TaskNotes
  #questions: Answers | undefined
  /** settled when it has closed */
  readonly ended: Promise<void>
  #end!: () => void
  #lastClient = 0
  #closing = false
  #closed: Promise<void> | undefined
  #metricsAddress: string | undefined
  readonly #onClose: (() => Promise<void>)[] = []
  /** called when there was nothing to do for the setting `scheduler.idleTimeout` */
  onIdle: (() => void) | undefined
  /** called when the program that the cluster is there for has come, which is a manager that said `own` */
  onOwner: (() => void) | undefined
  /** called when that program has ended, in whatever way */
  onOwnerGone: (() => void) | undefined
  #idleSince: number

  private constructor({ clock = systemClock }: SchedulerServerOptions) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    const settings = config.get('scheduler')
    const log = new EventLog(settings.historyLength)
    const machine = new Scheduler({
      clock,
      log,
      allowedFailures: settings.allowedFailures,
      aheadTime: settings.aheadTime / 1000,
      maximumAhead: settings.maximumAhead,
      concurrentWaits: config.get('threadPool.concurrentWaits'),
      validate: settings.validate,
    })
    this.#state = new ClusterState(randomUUID(), clock, machine, log, () => this.#step())
    this.#providers = new Providers(this.#state, this.#deathNotes)
    this.#state.plugins = new ClusterPlugins(this.#state, () => this.addresses)
    this.#intake = new Intake(this.#state)
    this.#followers = new Followers(this.#state)
    this.#notes = new TaskNotes(this.#state)
    this.#answers = clientAnswers(this.#state, { shutdown: () => void this.close(), notes: this.#notes })
    this.#idleSince = clock.now()
    this.#timer = setInterval(() => this.#lookAround(), 500)
  }

  /** Listens, and is ready when this resolves. */
  static async start(options: SchedulerServerOptions): Promise<SchedulerServer> {
    const server = new SchedulerServer(options)
    try {
      for (const [name, module] of await loadFirst(options.preload ?? [])) await server.#state.plugins.own.adopt(name, module)
      for (const address of options.addresses) {
        server.#listeners.push(
          await listen(address, {
            credentials: options.credentials,
            accept: (comm, role) => server.#accept(comm, role),
          }),
        )
      }
      if (config.get('metrics.enabled')) await server.#serveMetrics(options.credentials)
    } catch (error) {
      await server.close()
      throw error
    }
    return server
  }

  async #serveMetrics(credentials: Credentials): Promise<void> {
    const { MetricsServer } = await import('../../metrics/index.js')
    const { host, port } = config.get('metrics')
    const metrics = await MetricsServer.start({ credentials, host, port, collect: () => this.metrics() })
    this.#metricsAddress = metrics.address
    this.onClose(() => metrics.close())
  }

  /** where it serves metrics; undefined: nowhere but at its dashboard */
  get metricsAddress(): string | undefined {
    return this.#metricsAddress
  }

  /** what tells this scheduler from any other */
  get id(): string {
    return this.#state.id
  }

  /** What goes on in it, for those who look. */
  follow(emit: (digest: Digest) => void): RunFeed {
    return new RunFeed(this.#state, emit)
  }

  /** Answers those who look: see `runQuestions`. */
  get questions(): Answers {
    return (this.#questions ??= runQuestions(this.#state))
  }

  /** What it does, as numbers for those who measure. */
  metrics(): MetricFamily[] {
    return schedulerMetrics(this.#state)
  }

  /** the clock of its events */
  get clock(): Clock {
    return this.#state.clock
  }

  /** Tells clients where the page is that shows what goes on: an address without the token. */
  set dashboard(address: string | undefined) {
    this.#state.dashboard = address
  }

  /** what everything cost */
  get accounting(): AccountingFold {
    return this.#state.accounting
  }

  /** Is called when it has told everybody to go; its end waits for what this returns. */
  onClose(callback: () => Promise<void>): void {
    this.#onClose.push(callback)
  }

  /** what happens in it */
  get log(): EventLog {
    return this.#state.log
  }

  /** where it listens */
  get addresses(): readonly string[] {
    return this.#listeners.map((listener) => listener.address)
  }

  /** Tells everybody to go, and stops; resolves when it has, also for those who ask again. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#timer)
    this.#deathNotes.close()
    for (const watcher of this.#state.clientWatchers) watcher.close()
    await this.#state.plugins.close()
    const { workers, clients } = this.#state
    for (const worker of workers.values()) worker.control.tell('close', { reason: 'the scheduler is closing' })
    for (const client of clients.values()) client.control.tell('closing')
    await Promise.all([
      ...this.#listeners.map((listener) => listener.close()),
      ...Array.from(this.#comms, (comm) => comm.close()),
    ])
    await Promise.all(this.#onClose.map((callback) => callback()))
    this.#end()
  }

  // ---- connections

  #accept(comm: Comm, role: string): CommEvents {
    if (this.#closing) throw new ProtocolError('the scheduler is closing')
    const events = this.#eventsOf(comm, role)
    this.#comms.add(comm)
    return {
      ...events,
      closed: (error) => {
        this.#comms.delete(comm)
        events.closed(error)
      },
    }
  }

  #eventsOf(comm: Comm, role: string): CommEvents {
    switch (role) {
      case 'worker':
        return this.#acceptWorker(comm)
      case 'client':
        return this.#acceptClient(comm)
      case 'nanny':
        return this.#acceptNanny(comm)
      case 'manager':
        return this.#acceptManager(comm)
      default:
        throw new ProtocolError(`a ${role} has no business with a scheduler`)
    }
  }

  #acceptWorker(comm: Comm): CommEvents {
    const state = this.#state
    let link: WorkerLink | undefined
    const control = new ControlChannel(comm, {
      register: (info: WorkerInfo) => {
        if (link) throw new ProtocolError('a worker registers twice')
        for (const other of state.workers.values()) {
          if (other.info.name !== info.name) continue
          // Of one whose connection has ended only the reason is waited for. One that is silent is gone, and the network has not
          // told us: a nanny has started another.
          const silent = state.clock.now() - other.lastSeen > (3 * config.get('worker.heartbeat')) / 1000
          if (other.comm.closed || (silent && info.nanny)) {
            const reason = 'a new process has taken its place'
            this.#loseWorker(other, reason)
            other.comm.abort(new ProtocolError(reason))
          } else
            throw new ArgumentError(
              `there is a worker of the name ${info.name} already, on ${other.info.host}: give each its own`,
            )
        }
        const { name, host, threads, resources, job, pool, keeper, memoryLimit: memory } = info
        const about = { ...(job === undefined ? {} : { job }), ...(pool === undefined ? {} : { pool }) }
        const index = state.machine.addWorker({ name, host, threads, resources, memory, keeper, ...about })
        link = new WorkerLink(index, info, comm, control, state.peers, state.clock.now())
        state.workers.set(index, link)
        state.peers.set(index, info.address)
        this.#tellThreads()
        state.schedule()
        return { index, scheduler: state.id, heartbeat: config.get('worker.heartbeat') }
      },
      // Asked before it registers, so that its first task finds them.
      files: () => {
        state.fileReceivers.add(control)
        return state.files
      },
      // As are these.
      plugins: ({ name }: { name: string }) => state.plugins.join(control, name),
      heartbeat: (metrics: WorkerMetrics) => {
        if (!link) return
        link.lastSeen = state.clock.now()
        const before = link.metrics?.paused ?? false
        recordMetrics(state, link.index, link.metrics, metrics)
        link.metrics = metrics
        if (metrics.paused === before) return
        if (metrics.paused) state.machine.pauseWorker(link.index)
        else state.machine.resumeWorker(link.index)
        state.schedule()
      },
      noted: (note: TaskNote) => this.#notes.take(note),
      retire: () => {
        if (!link) return
        state.machine.retireWorker(link.index)
        state.schedule()
      },
      leaving: () => {
        if (link) link.leaving = true
      },
      ...state.shuffles.answers(() => link),
    })
    return {
      frame: (kind, body) => {
        if (link) link.lastSeen = state.clock.now()
        this.#guard(comm, () => {
          if (kind === Frame.records && link) takeReports(state, link, body)
          else if (!control.receive(kind, body)) throw new ProtocolError(`a frame of kind ${kind} from a worker`)
        })
      },
      closed: (error) => {
        state.fileReceivers.delete(control)
        state.plugins.leave(control)
        control.closed(error ?? new ProtocolError('the worker has closed the connection'))
        if (link) this.#askWhy(link, error ? error.message : 'its connection was closed')
      },
    }
  }

  /** A nanny comes when its worker has died, to say why. */
  #acceptNanny(comm: Comm): CommEvents {
    const control = new ControlChannel(comm, { death: (note: DeathNote) => this.#deathNotes.take(note) })
    return {
      frame: (kind, body) => {
        this.#guard(comm, () => {
          if (!control.receive(kind, body)) throw new ProtocolError(`a frame of kind ${kind} from a nanny`)
        })
      },
      closed: () => undefined,
    }
  }

  /** Somebody who starts and stops workers wants to know how many are needed. */
  #acceptManager(comm: Comm): CommEvents {
    let owner = false
    const own = (): { readonly dashboard: string | undefined } => {
      owner = true
      this.onOwner?.()
      return { dashboard: this.#state.dashboard }
    }
    const control = new ControlChannel(comm, { ...managerAnswers(this.#state), ...this.#providers.answers(comm), own })
    this.#managers.set(comm, control)
    return {
      frame: (kind, body) => {
        this.#guard(comm, () => {
          if (!control.receive(kind, body)) throw new ProtocolError(`a frame of kind ${kind} from a manager`)
        })
      },
      closed: (error) => {
        this.#managers.delete(comm)
        this.#providers.forget(comm)
        control.closed(error ?? new ProtocolError('the manager has closed the connection'))
        if (owner) this.onOwnerGone?.()
      },
    }
  }

  /** The connection of a worker is gone. Its nanny, if it has one, is given the time to say why. */
  #askWhy(link: WorkerLink, reason: string): void {
    const state = this.#state
    const { haveJobs } = this.#providers
    if (!(link.info.nanny || haveJobs) || link.leaving || this.#closing || state.workers.get(link.index) !== link) {
      this.#loseWorker(link, reason)
      return
    }
    state.machine.silenceWorker(link.index)
    state.schedule()
    // Who has submitted its job, if it is one, asks what has become of that.
    this.#tellManagers()
    this.#deathNotes.wait(
      link.info,
      (death) => this.#loseWorker(link, death ? describeDeath(death) : reason, death?.outOfMemory),
      haveJobs ? JOB_PATIENCE : undefined,
    )
  }

  #loseWorker(link: WorkerLink, reason: string, outOfMemory = false): void {
    const state = this.#state
    if (state.workers.get(link.index) !== link) return
    state.workers.delete(link.index)
    state.peers.set(link.index, undefined)
    this.#tellThreads()
    state.machine.removeWorker(link.index, { expected: link.leaving || this.#closing, reason, outOfMemory })
    state.shuffles.workerLost(link.index)
    state.schedule()
  }

  #acceptClient(comm: Comm): CommEvents {
    const state = this.#state
    let client: ClientLink | undefined
    const greeting = new ControlChannel(comm, {
      hello: (hello: ClientHello) => {
        const known = [...state.clients.values()].find(({ id }) => id === hello.id)
        if (hello.scheduler === state.id && !known) {
          throw new ProtocolError(
            'the scheduler has dropped this client, which was away for longer than the setting client.timeout allows',
          )
        }
        client = known ?? this.#addClient(hello)
        const old = client.session.comm
        if (old && old !== comm) {
          client.session.detach()
          old.abort(new ProtocolError('the client has connected again'))
        }
        const link = client
        link.goneSince = undefined
        for (const watcher of state.clientWatchers) watcher.back(link)
        // The answer goes first; then what the client has missed.
        setImmediate(() => link.session.attach(comm, hello.received))
        return {
          scheduler: state.id,
          received: link.session.received,
          heartbeat: config.get('worker.heartbeat'),
          dashboard: state.dashboard,
        }
      },
    })
    return {
      frame: (kind, body) => {
        this.#guard(comm, () => {
          if (!client) greeting.receive(kind, body)
          else if (client.session.take(kind, body)) this.#takeClientFrame(comm, client, kind, body)
        })
      },
      closed: () => {
        if (client?.session.comm !== comm) return
        client.session.detach()
        client.goneSince = state.clock.now()
        for (const watcher of state.clientWatchers) watcher.gone(client)
      },
    }
  }

  /** Clients cut their work to the number of threads. */
  #tellThreads(): void {
    const { clients } = this.#state
    for (const client of clients.values()) client.control.tell('workers', { threads: this.#threads() })
    this.#tellManagers()
  }

  /** Workers have come or gone. */
  #tellManagers(): void {
    for (const control of this.#managers.values()) control.tell('workers')
  }

  #threads(): number {
    let threads = 0
    for (const { info } of this.#state.workers.values()) if (!info.keeper) threads += info.threads
    return threads
  }

  #addClient({ id, name, about }: ClientHello): ClientLink {
    const { clients, peers, log, clock } = this.#state
    const answers: Record<string, Answers[string]> = {}
    const client = new ClientLink(++this.#lastClient, id, name, new Session(`client ${name}`), answers, peers)
    Object.assign(answers, this.#answers(client), {
      // After the answer.
      follow: ({ on }: { on: boolean }) => this.#followers.follow(client, on),
      leave: () => void setImmediate(() => this.#dropClient(client)),
    })
    clients.set(client.index, client)
    log.recordDetail(EventKind.clientJoined, clock.now(), -1, -1, client.index, { name, ...about })
    client.control.tell('workers', { threads: this.#threads() })
    return client
  }

  #takeClientFrame(comm: Comm, client: ClientLink, kind: number, body: Uint8Array): void {
    if (kind === Frame.records) this.#takeRecords(comm, client, new RecordReader(body))
    else if (kind === Frame.graph) this.#intake.take(client, body)
    else if (!client.control.receive(kind, body)) throw new ProtocolError(`a frame of kind ${kind} from a client`)
  }

  /** Takes a client's records in, by pieces: nothing else of it is heard before all are done, but others are. */
  #takeRecords(comm: Comm, client: ClientLink, reader: RecordReader): void {
    if (takeClientRecords(this.#state, client, reader, performance.now() + SLICE)) {
      comm.resume()
      return
    }
    comm.pause()
    setImmediate(() => this.#guard(comm, () => this.#takeRecords(comm, client, reader)))
  }

  /** A client is gone, and with it what only it wanted. */
  #dropClient(client: ClientLink): void {
    const state = this.#state
    if (!state.clients.delete(client.index)) return
    this.#followers.follow(client, false)
    for (const watcher of state.clientWatchers) watcher.dropped(client)
    client.control.closed(new ProtocolError('the client is gone'))
    client.session.end()
    const drop = (): void => {
      const done = state.machine.dropClient(client.index, 20_000)
      state.schedule()
      if (!done) setImmediate(drop)
    }
    drop()
  }

  /** Nobody's nonsense may end the scheduler: the connection that it came from is closed. */
  #guard(comm: Comm, take: () => void): void {
    try {
      take()
    } catch (thrown) {
      comm.abort(asError(thrown))
    }
  }

  // ---- the tick

  #step(): void {
    const { machine, log } = this.#state
    machine.flush()
    // Before graphs are forgotten, and before their clients hear of results.
    log.flush()
    carryInstructions(this.#state, (link, remaining) => {
      if (remaining === 0) {
        link.leaving = true
        link.control.tell('close', { reason: 'it is retired' })
      } else for (const control of this.#managers.values()) control.tell('stuck', { worker: link.info.name, values: remaining })
    })
    this.#state.flush()
  }

  /** Twice a second: who has not been heard of for too long is gone. */
  #lookAround(): void {
    const { clock, workers, clients, machine } = this.#state
    const now = clock.now()
    // The machine does what waits for time when it is flushed.
    this.#state.schedule()
    const { workerTimeout, idleTimeout } = config.get('scheduler')
    for (const link of workers.values()) {
      if (now - link.lastSeen < workerTimeout / 1000) continue
      const reason = `nothing was heard of it for ${Math.round(now - link.lastSeen)} s (scheduler.workerTimeout)`
      this.#loseWorker(link, reason)
      link.comm.abort(new ProtocolError(reason))
    }
    const clientTimeout = config.get('client.timeout') / 1000
    // The main thread of a user's program may be busy for as long as it likes: nobody asks for a sign of its life.
    for (const client of clients.values()) client.session.beat(Infinity)
    for (const client of clients.values())
      if (client.goneSince !== undefined && now - client.goneSince >= clientTimeout) this.#dropClient(client)
    if (machine.graphCount > 0 || clients.size > 0) this.#idleSince = now
    else if (idleTimeout > 0 && now - this.#idleSince >= idleTimeout / 1000) this.onIdle?.()
  }
}
