import { hostname, totalmem } from 'node:os'
import { MADE_ACTOR } from '../../actors/index.js'
import { IntList, asError, formatBytes, systemClock } from '../../base/index.js'
import { ConnectionLost, type Comm, type Credentials, type Listener, connect, heddleVersion, listen } from '../../comm/index.js'
import { config } from '../../config/index.js'
import {
  type BatchWriter,
  END_LENGTH,
  EndKind,
  type Failure,
  LaneSet,
  MAIN_CALL,
  SegmentTable,
  Spending,
  ValueKind,
  ValueStore,
  answerMainCall,
  goesOn,
} from '../../lanes/index.js'
import { MemoryPressure, SpillFolder, giveBackUnused, memoryLimit } from '../../memory/index.js'
import {
  ControlChannel,
  Frame,
  ProtocolError,
  RecordWriter,
  ToScheduler,
  type WorkerContext,
  type WorkerInfo,
  type WorkerMetrics,
  setWorkerContext,
  versionsHere,
} from '../../protocol/index.js'
import { movers } from '../../shuffle/index.js'
import { FilledSegments, Spilling, TaskFeed } from '../../spilling/index.js'
import { decode, encode, prepare } from '../../transfer/index.js'
import type { MetricFamily, MetricsServer } from '../../metrics/index.js'
import type { PluginPayload, PluginWorker } from '../../plugins/index.js'
import { loadFirst } from '../preload.js'
import type { WorkerPlugins } from '../plugins/worker-plugins.js'
import type { Upload } from '../upload.js'
import { WorkerActors } from './actors.js'
import { type ShuffleUse, Shuffles } from './shuffles.js'
import { ResultTooLarge } from './errors.js'
import { IdleTime } from './idle-time.js'
import { jobOf, poolOf } from './job-of.js'
import { LaneWorker } from './lane-worker.js'
import { PluginHost } from './plugin-host.js'
import type { PrintedOutput } from './printed-output.js'
import { takeRecords } from './take-records.js'
import { TaskColumns } from './task-columns.js'
import { TaskTrail, type RunQuery } from './task-trail.js'
import { Uploads } from './uploads.js'
import { WorkerLayer } from './worker-layers.js'
import type { WorkerProfiler } from './worker-profiler.js'
import { WorkerValues } from './worker-values.js'
import { type FailureReport, writeReports } from './write-reports.js'
import { writeSpending } from './write-spending.js'

/** How often the worker looks how much memory it takes, in milliseconds. */
const MEASURE_INTERVAL = 200
/** Memory of segments that hold nothing is kept to be filled again: so much at most, or this share of the limit. */
const MOST_SPARE = 256 * 2 ** 20
const SPARE_SHARE = 1 / 20

export interface WorkerServerOptions {
  readonly scheduler: string
  readonly credentials: Credentials
  readonly name: string
  readonly threads: number
  /** where to listen: 'tcp://0.0.0.0:0' */
  readonly listen: string
  /** the address that others reach it at, if that is another */
  readonly contactAddress?: string | undefined
  readonly resources?: Readonly<Record<string, number>> | undefined
  /** bytes that the process may take; Infinity: as many as it likes; undefined: its threads' share of the machine's */
  readonly memoryLimit?: number | undefined
  readonly nanny?: boolean
  /** it runs nothing: it takes what workers hold that leave when there is nobody else, until there is */
  readonly keeper?: boolean
  /** the folder below which values go that leave memory */
  readonly localDirectory: string
  /** the addresses of modules that are loaded first: they may be plugins */
  readonly preload?: readonly string[]
}

/** What a worker needs of the world around it; tests have their own. */
export interface WorkerWorld {
  /** the bytes that the process takes */
  readonly processBytes: () => number
  /** where values go that leave memory */
  readonly openFolder: (parent: string) => Promise<SpillFolder>
  /** Has its nanny have these plugins, if it has a nanny that can. */
  readonly nannyPlugins?: (plugins: readonly PluginPayload[]) => Promise<void>
  /** what its process has printed */
  readonly printed?: Pick<PrintedOutput, 'lines' | 'since'>
}

const systemWorld: WorkerWorld = {
  processBytes: () => process.memoryUsage.rss(),
  openFolder: (parent) => SpillFolder.open(parent),
}

/** How a worker ended. */
export interface WorkerEnd {
  readonly reason: string
  /** somebody told it to: it need not be started again */
  readonly orderly: boolean
}

/** A worker process: the worker machine in its main thread, lanes, and connections to the scheduler and its peers. */
export class WorkerServer {
  readonly name: string
  readonly #options: WorkerServerOptions
  readonly #world: WorkerWorld
  readonly #memoryLimit: number
  readonly #machine: LaneWorker
  readonly #filled = new FilledSegments()
  readonly #segments: SegmentTable
  readonly #store: ValueStore
  readonly #tasks = new TaskColumns()
  /** of the task that is being written */
  readonly #inputSlots = new IntList()
  readonly #trail: TaskTrail
  readonly #spending = new Spending()
  readonly #idle = new IdleTime()
  readonly #layers = new Map<number, WorkerLayer>()
  readonly #lanes: LaneSet
  readonly #records = new RecordWriter()
  readonly #values: WorkerValues
  readonly #shuffles: Shuffles
  readonly #peerAddresses: string[] = []
  readonly #uploads: Uploads
  readonly #actors: WorkerActors
  readonly #failures = new Map<string, FailureReport>()
  #plugins: PluginHost | undefined
  /** there while a plugin wants to hear of tasks */
  #received: ((slot: number, layer: WorkerLayer, index: number) => void) | undefined
  #profiler: WorkerProfiler | undefined
  #metrics: MetricsServer | undefined
  #spilling!: Spilling
  #feed!: TaskFeed
  #folder: SpillFolder | undefined
  #listener!: Listener
  #scheduler!: Comm
  #control!: ControlChannel
  /** its number in the scheduler machine */
  #index = -1
  #heartbeat: NodeJS.Timeout | undefined
  #measuring: NodeJS.Timeout | undefined
  #stepping = false
  #scheduled = false
  #closing: Promise<void> | undefined
  #lastCpu = process.cpuUsage()
  #lastBeat = performance.now()
  /** settled when the worker has ended; says why, and whether it was meant to */
  readonly ended: Promise<WorkerEnd>
  #end!: (end: WorkerEnd) => void

  private constructor(options: WorkerServerOptions, world: WorkerWorld) {
    this.#options = options
    this.#world = world
    this.name = options.name
    this.#uploads = new Uploads(options.localDirectory)
    this.#memoryLimit = options.memoryLimit ?? memoryLimit('auto', options.threads)
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#machine = new LaneWorker({
      executed: (slot) => this.#shuffles.executed(slot),
      ended: (slot) => this.#release(slot),
      refuse: (slot, bytes) => this.#refuse(slot, bytes),
      gaveNothing: (slot) => this.#actors.dropped(slot),
    })
    this.#trail = new TaskTrail(config.get('worker.historyLength'), this.#machine, this.#tasks)
    this.#actors = new WorkerActors(
      () => this.#lanes,
      () => ({ worker: this.name, address: this.address, scheduler: options.scheduler }),
    )
    this.#segments = new SegmentTable({
      mostSpare: Math.min(MOST_SPARE, this.#memoryLimit * SPARE_SHARE),
      watcher: this.#filled,
    })
    this.#store = new ValueStore(this.#segments)
    this.#values = new WorkerValues({
      credentials: options.credentials,
      machine: this.#machine,
      store: this.#store,
      segments: this.#segments,
      spilling: () => this.#spilling,
      addressOf: (worker) => this.#peerAddresses[worker],
      fetched: (holder, graph, task, bytes, start) => {
        const slot = this.#trail.fetched(holder, graph, task, bytes, start)
        if (slot >= 0 && bytes !== undefined) {
          const { known } = this.#tasks.layer[slot] as WorkerLayer
          this.#spending.received(known, this.#machine.graphOf(slot), this.#machine.taskOf(slot), holder, bytes)
        }
      },
      called: (comm, frame) => this.#actors.called(comm, frame),
      changed: () => this.#schedule(),
      shuffled: (comm, body) => this.#shuffles.take(comm, body),
    })
    const { memory, peerBytes, sendBytes } = config.get('shuffle')
    this.#shuffles = new Shuffles({
      name: this.name,
      machine: this.#machine,
      memory: memory === false ? Infinity : memory * Math.min(this.#memoryLimit, totalmem()),
      peerBytes,
      sendBytes,
      folder: () => this.#folder!.path,
      index: () => this.#index,
      layerOf: (slot) => this.#tasks.layer[slot]!.id,
      askScheduler: (question, args) => this.#control.ask(question, args),
      askPeer: (address, question) => this.#values.askPeer(address, question),
    })
    this.#lanes = new LaneSet('threads', options.threads, {
      worker: this.#machine,
      store: this.#store,
      segments: this.#segments,
      next: () => this.#feed.next(),
      ready: () => this.#feed.ready(),
      layerOf: (slot) => this.#tasks.layer[slot]!,
      write: (slot, layer, writer) => this.#write(slot, layer as WorkerLayer, writer),
      failed: (slot, failure, where) => {
        // Not the task is to blame: what it had a part in begins anew.
        if (this.#shuffles.isInVain(slot)) this.#machine.interrupted(slot, false)
        else this.#fail(slot, failure, where)
      },
      refused: (slot, thrown) => this.#failHere(slot, asError(thrown)),
      // Another worker of this process may have said who it is meanwhile.
      laneStarting: () => setWorkerContext(this.#context()),
      laneReady: (lane) => this.#profiler?.laneReady(lane),
      ended: (ends, lane) => this.#trace(ends, lane),
      interrupted: (slot, lane) => this.#trail.interrupted(slot, lane),
      noted: (slot, layer, index, facts) => this.#note(slot, layer, index, facts),
      answer: (question, args, lane, slot) => {
        if (question === MAIN_CALL) return answerMainCall(args)
        return question === MADE_ACTOR ? this.#actors.made({ slot }, lane) : this.#shuffles.answer(question, args, slot)
      },
      laneGone: (lane) => this.#lose(this.#actors.laneGone(lane)),
      step: () => this.#step(),
    })
  }

  /**
   * Starts listening and joins the scheduler.
   *
   * @throws SpillFolderError when its local directory cannot be written
   */
  static async start(options: WorkerServerOptions, world: Partial<WorkerWorld> = {}): Promise<WorkerServer> {
    await movers.load()
    const worker = new WorkerServer(options, { ...systemWorld, ...world })
    try {
      await worker.#join()
    } catch (error) {
      await worker.close('it could not join', false)
      throw error
    }
    return worker
  }

  /** where others reach it */
  get address(): string {
    return this.#options.contactAddress ?? contactAddress(this.#listener.address)
  }

  /** What it has of shuffles: runs, bytes in memory and on disk, files, files that are open now, and that were at most. */
  get shuffles(): ShuffleUse {
    return this.#shuffles.use
  }

  /** Tells the scheduler that it lives; a scheduler that has not answered for long is taken to be gone. */
  #beat(): void {
    const silent = performance.now() - this.#scheduler.lastHeard
    if (silent > config.get('comm.silenceTimeout')) {
      const reason = `nothing was heard of it for ${Math.round(silent / 1000)} s (comm.silenceTimeout)`
      this.#scheduler.abort(new ConnectionLost(`the scheduler at ${this.#scheduler.peer}: ${reason}`))
      return
    }
    // The answer says that the scheduler lives; that there will be none is told by the end of the connection.
    this.#control.ask('heartbeat', this.metrics()).catch(() => undefined)
  }

  /** How it does: what the scheduler is told with every heartbeat. */
  metrics(): WorkerMetrics {
    const cpu = process.cpuUsage(this.#lastCpu)
    const now = performance.now()
    const seconds = (now - this.#lastBeat) / 1000
    this.#lastCpu = process.cpuUsage()
    this.#lastBeat = now
    return this.#measure(seconds > 0 ? (cpu.user + cpu.system) / 1e6 / seconds : 0)
  }

  #measure(cpu: number): WorkerMetrics {
    this.#watchIdleThreads()
    return {
      held: this.#store.bytes + this.#shuffles.bytes,
      spilled: this.#store.diskBytes + this.#shuffles.store.diskBytes,
      memory: this.#world.processBytes(),
      cpu,
      executing: this.#lanes.handedOut,
      ready: this.#machine.readyCount + this.#feed.waiting,
      paused: this.#spilling.isPaused,
      idle: { ...this.#idle.seconds },
      ...this.#spilling.traffic,
    }
  }

  /** How many actors live here: as far as the main thread knows, and in the lanes. */
  actors(): Promise<{ readonly known: number; readonly living: number }> {
    return this.#actors.count()
  }

  /** Leaves the scheduler, after what it holds was moved to others if `drain`. */
  async retire(): Promise<void> {
    this.#control.tell('retire')
    await this.ended
  }

  /** Ends it; whoever asks again waits for the same end, since a process must not exit while threads start or end. */
  close(reason: string, orderly = true): Promise<void> {
    this.#closing ??= this.#close(reason, orderly)
    return this.#closing
  }

  async #close(reason: string, orderly: boolean): Promise<void> {
    clearInterval(this.#heartbeat)
    clearInterval(this.#measuring)
    await this.#metrics?.close()
    this.#profiler?.close()
    await this.#plugins?.close()
    // What it runs is not to blame for its end.
    if (orderly && this.#scheduler && !this.#scheduler.closed) this.#control.tell('leaving')
    this.#values.close()
    await Promise.all([this.#listener?.close(), this.#scheduler?.close(), this.#lanes.close()])
    for (const layer of this.#layers.values()) layer.end()
    await this.#shuffles.close()
    await (this.#spilling ?? this.#folder)?.close()
    await this.#uploads.close()
    this.#end({ reason, orderly })
  }

  async #join(): Promise<void> {
    const { scheduler, credentials, threads, resources = {}, nanny = false, localDirectory } = this.#options
    this.#folder = await this.#world.openFolder(localDirectory)
    this.#watchMemory(this.#folder)
    this.#listener = await listen(this.#options.listen, { credentials, accept: (comm) => this.#values.accept(comm) })
    setWorkerContext(this.#context())
    if (config.get('worker.profile') !== false) await this.#makeProfiler()
    this.#scheduler = await connect(scheduler, {
      credentials,
      role: 'worker',
      timeout: config.get('worker.deathTimeout'),
      events: {
        frame: (kind, body) => this.#take(kind, body),
        closed: (error) => {
          this.#control.closed(error ?? new ProtocolError('the scheduler has closed the connection'))
          void this.close(error ? `the connection to the scheduler broke: ${error.message}` : 'the scheduler has gone', false)
        },
      },
    })
    this.#plugins = new PluginHost({
      worker: pluginWorker(this.#context()),
      lanes: this.#lanes,
      nanny: this.#world.nannyPlugins,
      changed: () => {
        const watch = this.#plugins?.watch
        this.#machine.moved = watch && ((slot, to) => watch.move(slot, to))
        this.#received = watch && ((slot, layer, index) => watch.received(slot, layer.keyOf(index), layer.label))
      },
    })
    this.#control = new ControlChannel(this.#scheduler, {
      close: ({ reason, orderly }: { reason: string; orderly?: boolean }) => {
        this.#control.tell('leaving')
        void this.close(reason, orderly)
      },
      upload: ({ name, upload }: { name: string; upload: Upload }) => this.#uploads.write(name, upload),
      versions: ({ packages }: { packages: readonly string[] }) => versionsHere(hostname(), packages),
      run: ({ payload }: { payload: Uint8Array }) => this.#run(payload),
      plugins: (plugins: WorkerPlugins) => this.#plugins!.sync(plugins),
      startProfile: async ({ interval }: { interval: number }) => (await this.#makeProfiler()).start(interval),
      stopProfile: async () => (await this.#makeProfiler()).stop(),
      printed: () => this.#world.printed?.lines() ?? [],
      printedSince: ({ from, most }: { from: number; most: number }) =>
        this.#world.printed?.since(from, most) ?? { next: 0, lines: [] },
      pastProfile: async () => (await this.#makeProfiler()).past(),
      runs: (query: RunQuery) => ({ now: systemClock.now(), runs: this.#trail.runs(query) }),
      'shuffle.begin': ({ run }: { run: number }) => this.#shuffles.begin(run),
      'shuffle.use': () => this.#shuffles.use,
      'shuffle.end': ({ run }: { run: number }) => this.#shuffles.end(run),
    })
    if (config.get('metrics.enabled')) await this.#serveMetrics()
    const info: WorkerInfo = {
      name: this.name,
      address: this.address,
      host: hostname(),
      pid: process.pid,
      threads,
      resources,
      memoryLimit: this.#memoryLimit === Infinity ? undefined : this.#memoryLimit,
      localDirectory,
      nanny,
      keeper: this.#options.keeper,
      versions: { heddle: heddleVersion(), node: process.version },
      ...(this.#metrics ? { metricsAddress: this.#metrics.address } : {}),
      ...jobOf(process.env),
      ...poolOf(resources),
    }
    const asked = Promise.all([this.#control.ask('files'), this.#control.ask('plugins', { name: this.name })])
    const [files, plugins] = (await asked) as [ReadonlyMap<string, Upload>, WorkerPlugins]
    for (const [name, upload] of files) await this.#uploads.write(name, upload)
    await this.#plugins.adopt(await loadFirst(this.#options.preload ?? []))
    await this.#plugins.sync(plugins)
    const registered = this.#control.ask('register', info)
    // What joining needs goes first: a thread that starts takes the processor from it.
    if (this.#lanes.lanes.length === 0) this.#lanes.start()
    const { index, heartbeat } = (await registered) as { index: number; heartbeat: number }
    this.#index = index
    this.#heartbeat = setInterval(() => this.#beat(), heartbeat)
  }

  async #serveMetrics(): Promise<void> {
    const [{ MetricsServer }, { workerMetrics }] = await Promise.all([
      import('../../metrics/index.js'),
      import('./worker-metrics.js'),
    ])
    const { credentials, threads } = this.#options
    const collect = (): readonly MetricFamily[] => workerMetrics(this.name, threads, this.#measure(0))
    this.#metrics = await MetricsServer.start({ credentials, ...config.get('metrics'), collect })
  }

  /** What tasks may know of the worker that they run on. */
  #context(): WorkerContext {
    const { scheduler, threads, localDirectory, credentials } = this.#options
    const { token, tls } = credentials
    const { folder: uploads } = this.#uploads
    const memoryLimit = this.#memoryLimit
    const context = { name: this.name, address: this.address, scheduler, threads, memoryLimit, localDirectory }
    return { ...context, credentials: { token, tls }, uploads }
  }

  // ---- memory

  #watchMemory(folder: SpillFolder): void {
    this.#spilling = new Spilling(
      {
        name: this.name,
        advice: 'Give it more (memoryLimit), or have tasks use less',
        limit: this.#memoryLimit,
        store: this.#store,
        segments: this.#segments,
        folder,
        pressure: new MemoryPressure(this.#memoryLimit, config.get('memory')),
        processBytes: this.#world.processBytes,
        allocate: (bytes) => this.#values.allocate(bytes),
        collect: () => {
          this.#values.collect()
          giveBackUnused()
          this.#schedule()
        },
        lost: (slots) => this.#lose(slots),
        changed: () => this.#schedule(),
        // The scheduler is to know at once.
        paused: () => {
          if (this.#heartbeat) this.#control.tell('heartbeat', this.metrics())
          this.#schedule()
        },
      },
      this.#filled,
    )
    this.#feed = new TaskFeed({
      machine: this.#machine,
      store: this.#store,
      segments: this.#segments,
      spilling: this.#spilling,
      mostAside: this.#options.threads * 2,
      running: () => this.#lanes.handedOut,
      inputCount: (slot) => (this.#tasks.inputs[slot]?.length ?? 0) >>> 1,
      inputSlot: (slot, i) => {
        const inputs = this.#tasks.inputs[slot]!
        return this.#machine.valueSlot(inputs[i * 2]!, inputs[i * 2 + 1]!)
      },
      inputLost: (slot, i) => this.#inputLost(slot, i),
      changed: () => this.#schedule(),
    })
    if (this.#memoryLimit === Infinity) return
    this.#measuring = setInterval(() => this.#spilling.measure(), MEASURE_INTERVAL)
    this.#measuring.unref()
  }

  /** Values that were on disk, or actors, cannot be had any more: the scheduler takes another copy, or has them computed again. */
  #lose(slots: readonly number[]): void {
    const machine = this.#machine
    for (const slot of slots) {
      const graph = machine.graphOf(slot)
      const task = machine.taskOf(slot)
      const attempt = machine.attemptOf(slot)
      machine.free(graph, task, attempt)
      this.#records.words4(ToScheduler.lacks, graph, task, attempt)
    }
    this.#schedule()
  }

  /** A result that can be neither kept in memory nor brought back from disk fails its task. */
  #refuse(slot: number, bytes: number): boolean {
    if (bytes <= this.#memoryLimit) return false
    const { label } = this.#tasks.layer[slot]!
    this.#store.drop(slot)
    this.#failHere(
      slot,
      new ResultTooLarge(
        `the result of ${label} is ${formatBytes(bytes)}, and the worker ${this.name} may take ${formatBytes(this.#memoryLimit)} in all: ` +
          'have more tasks give smaller parts, or give workers more memory (memoryLimit)',
      ),
    )
    return true
  }

  // ---- the scheduler

  #take(kind: number, body: Uint8Array): void {
    if (kind === Frame.records) {
      takeRecords(
        {
          machine: this.#machine,
          tasks: this.#tasks,
          trail: this.#trail,
          layers: this.#layers,
          peerAddresses: this.#peerAddresses,
          hold: (graph, task, key) => this.#values.hold(graph, task, key),
          received: this.#received,
          forget: (layers) => {
            this.#lanes.forget(layers)
            for (const layer of layers) layer.end()
          },
        },
        body,
      )
      this.#schedule()
    } else if (!this.#control.receive(kind, body)) {
      this.#scheduler.abort(new ProtocolError(`a frame of kind ${kind} from the scheduler`))
    }
  }

  async #run(payload: Uint8Array): Promise<Uint8Array> {
    await prepare(payload)
    const { fn, args } = decode(payload) as { fn: (...args: readonly unknown[]) => unknown; args: readonly unknown[] }
    return encode(await fn(...args))
  }

  // ---- the tick

  #schedule(): void {
    if (this.#scheduled || this.#stepping) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#step()
    })
  }

  #step(): void {
    if (this.#stepping || this.#closing) return
    this.#stepping = true
    this.#trail.tick()
    try {
      do {
        this.#writeReports()
        this.#lanes.dealOut()
      } while (this.#machine.reports.length > 0)
      this.#spilling.check()
      this.#watchIdleThreads()
      this.#lanes.flush()
      writeSpending(this.#spending, this.#records)
      if (!this.#records.isEmpty) this.#scheduler.send(Frame.records, [this.#records.take()])
    } finally {
      this.#stepping = false
    }
  }

  /** How many threads have nothing to do, and why. */
  #watchIdleThreads(): void {
    const idle = this.#options.threads - Math.min(this.#options.threads, this.#lanes.busy)
    const reason = this.#spilling.isPaused
      ? 'memory'
      : this.#feed.waiting > 0
        ? 'disk'
        : this.#machine.fetching > 0
          ? 'inputs'
          : undefined
    this.#idle.set(performance.now(), idle, reason)
  }

  #writeReports(): void {
    writeReports({
      machine: this.#machine,
      records: this.#records,
      failures: this.#failures,
      lastDeath: () => this.#lanes.lastDeath,
      fetch: (holder, graph, task, attempt) => this.#values.fetch(holder, graph, task, attempt),
      drop: (slot) => {
        this.#plugins?.watch?.dropped(slot)
        this.#actors.dropped(slot)
        this.#store.drop(slot)
      },
    })
  }

  // ---- lanes

  #write(slot: number, layer: WorkerLayer, writer: BatchWriter): boolean {
    const tasks = this.#tasks
    const inputs = tasks.inputs[slot]
    const count = inputs ? inputs.length >>> 1 : 0
    const slots = this.#inputSlots
    slots.length = 0
    for (let i = 0; i < count; i++) {
      const input = this.#machine.valueSlot(inputs![i * 2]!, inputs![i * 2 + 1]!)
      if (input < 0) {
        // The scheduler has taken it back since this task became ready: it is made again, and then the task runs.
        this.#inputLost(slot, i)
        this.#feed.release(slot)
        return false
      }
      slots.push(input)
    }
    this.#machine.moved?.(slot, 'executing')
    writer.begin(slot, layer, tasks.index[slot]!, tasks.ownKind[slot]!, tasks.own[slot], count)
    for (let i = 0; i < count; i++) {
      const input = slots.items[i]!
      writer.input(input)
      // Where it was named it is noted what stays for it: of two numbers one remains.
      inputs![i * 2] = this.#pin(input)
      inputs![i * 2 + 1] = -1
    }
    tasks.own[slot] = undefined
    tasks.inputs[slot] = undefined
    tasks.pins[slot] = inputs
    this.#trail.given(slot)
    this.#feed.release(slot)
    return true
  }

  /** An input of a task that was to be handed out is not here. Its own number of the attempt is told with the loss. */
  #inputLost(slot: number, i: number): void {
    const inputs = this.#tasks.inputs[slot]!
    this.#machine.inputUnavailable(slot, inputs[i * 2]!, inputs[i * 2 + 1]!, -1, this.#index)
  }

  /** A lane needs a value: gives the segment that stays for it, -1 when there is none. */
  #pin(input: number): number {
    if (this.#store.kind[input] !== ValueKind.segment) return -1
    const segment = this.#segments.pin(this.#store.segment[input]!)
    this.#spilling.touch(segment)
    return segment.id
  }

  /** A task has ended: what it needed may leave. */
  #release(slot: number): void {
    this.#shuffles.ended(slot)
    const pins = this.#tasks.pins[slot]
    if (pins) {
      this.#tasks.pins[slot] = undefined
      for (const segment of pins) if (segment >= 0) this.#segments.unpin(segment)
    }
    this.#feed.release(slot)
  }

  async #makeProfiler(): Promise<WorkerProfiler> {
    // Few workers are ever profiled.
    const { WorkerProfiler } = await import('./worker-profiler.js')
    const always = config.get('worker.profile')
    this.#profiler ??= new WorkerProfiler(this.#lanes, always === false ? undefined : Math.max(50, always * 1000))
    return this.#profiler
  }

  /** What became of tasks in a lane is remembered. */
  #trace(ends: Float64Array, lane: number): void {
    const trail = this.#trail
    for (let at = 0; at < ends.length; at += END_LENGTH) {
      const kind = ends[at + 1]!
      if (goesOn(kind) || kind === EndKind.rescheduled) continue
      const slot = ends[at]!
      const [decoding, encoding] = [ends[at + 6]!, ends[at + 7]!]
      const transferring = kind === EndKind.error ? 0 : trail.waitedForInputs(slot)
      if (decoding + encoding + transferring === 0) continue
      const { known } = this.#tasks.layer[slot] as WorkerLayer
      this.#spending.add(known, this.#machine.graphOf(slot), this.#machine.taskOf(slot), decoding, encoding, transferring)
    }
    trail.ended(ends, lane)
  }

  /** A task has attached facts to itself: the scheduler hears of them before it hears of the end. */
  #note(slot: number, layer: number, index: number, facts: Uint8Array): void {
    const tasks = this.#tasks
    // The slot may be that of another task by now.
    if (tasks.layer[slot]?.id !== layer || tasks.index[slot] !== index || !this.#machine.isNeeded(slot)) return
    this.#control.tell('noted', { graph: this.#machine.graphOf(slot), task: this.#machine.taskOf(slot), facts })
  }

  /** A task failed before it came to a lane, or after. */
  #failHere(slot: number, error: Error): void {
    this.#fail(slot, { error: encode(error), message: error.message, step: undefined }, 'the main thread')
  }

  #fail(slot: number, { error, message, step }: Failure, where: string): void {
    const machine = this.#machine
    const key = `${machine.graphOf(slot)}:${machine.taskOf(slot)}:${machine.attemptOf(slot)}`
    if (!machine.failed(slot)) return
    const layer = this.#tasks.layer[slot] as WorkerLayer
    this.#failures.set(key, {
      message,
      block: encode({
        error,
        step,
        key: layer.keyOf(this.#tasks.index[slot]!),
        label: layer.label,
        where: `${where} of ${this.name}`,
      }),
    })
  }
}

/** What plugins are given: no secrets. */
function pluginWorker({ name, address, scheduler, threads, localDirectory, uploads }: WorkerContext): PluginWorker {
  return { name, address, scheduler, threads, localDirectory, uploads }
}

/** An address that others can reach for one that is listened at. */
function contactAddress(address: string): string {
  return address.replace('//0.0.0.0:', `//${hostname()}:`)
}
