import { hostname } from 'node:os'
import { asError } from '../../base/index.js'
import { type Comm, type CommEvents, type Credentials, type Listener, connect, heddleVersion, listen } from '../../comm/index.js'
import { config } from '../../config/index.js'
import {
  type BatchWriter,
  type Failure,
  LaneSet,
  SEGMENT_BYTES,
  SegmentTable,
  SegmentWriter,
  ValueKind,
  ValueStore,
  isDirect,
} from '../../lanes/index.js'
import {
  ControlChannel,
  Frame,
  PeerValues,
  ProtocolError,
  RecordReader,
  RecordWriter,
  ToScheduler,
  ToWorker,
  readGet,
  writeValues,
} from '../../protocol/index.js'
import { decode, encode, prepare } from '../../transfer/index.js'
import { Report, Worker, reportLength } from '../../worker/index.js'
import type { WorkerInfo, WorkerMetrics } from '../worker-info.js'
import { TaskColumns } from './task-columns.js'
import { WorkerLayer } from './worker-layers.js'

/** The number of this thread among the lanes, as one that makes segments. */
const MAIN = 0
/** Answers with values that are larger than this are written into a segment of their own as they come. */
const LARGE = SEGMENT_BYTES

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
  readonly memoryLimit?: number | undefined
  readonly nanny?: boolean
  readonly localDirectory: string
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
  readonly #machine = new Worker()
  readonly #segments = new SegmentTable()
  readonly #store = new ValueStore(this.#segments)
  readonly #incoming = new SegmentWriter(MAIN)
  readonly #tasks = new TaskColumns()
  readonly #layers = new Map<number, WorkerLayer>()
  readonly #lanes: LaneSet
  readonly #records = new RecordWriter()
  readonly #peers: PeerValues
  readonly #peerAddresses: string[] = []
  /** failures that the machine has not reported yet, by graph, task and attempt */
  readonly #failures = new Map<string, { message: string; block: Uint8Array }>()
  /** by memory of an answer that is coming in, its segment */
  readonly #arriving = new Map<ArrayBufferLike, number>()
  #listener!: Listener
  #scheduler!: Comm
  #control!: ControlChannel
  #heartbeat: NodeJS.Timeout | undefined
  #stepping = false
  #scheduled = false
  #closed = false
  #lastCpu = process.cpuUsage()
  #lastBeat = performance.now()
  /** settled when the worker has ended; says why, and whether it was meant to */
  readonly ended: Promise<WorkerEnd>
  #end!: (end: WorkerEnd) => void

  private constructor(options: WorkerServerOptions) {
    this.#options = options
    this.name = options.name
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#peers = new PeerValues({
      credentials: options.credentials,
      allocate: (length) => (length > LARGE ? this.#allocateArriving(length) : undefined),
      settled: (memory) => this.#settleArriving(memory),
    })
    this.#lanes = new LaneSet('threads', options.threads, {
      worker: this.#machine,
      store: this.#store,
      segments: this.#segments,
      next: () => this.#machine.next(),
      ready: () => this.#machine.readyCount,
      layerOf: (slot) => this.#tasks.layer[slot]!,
      write: (slot, layer, writer) => this.#write(slot, layer as WorkerLayer, writer),
      failed: (slot, failure, where) => this.#fail(slot, failure, where),
      refused: (slot, thrown) => {
        const error = asError(thrown)
        this.#fail(slot, { error: encode(error), message: error.message, step: undefined }, 'the main thread')
      },
      step: () => this.#step(),
    })
  }

  /** Starts listening and joins the scheduler. */
  static async start(options: WorkerServerOptions): Promise<WorkerServer> {
    const worker = new WorkerServer(options)
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

  /** Leaves the scheduler, after what it holds was moved to others if `drain`. */
  async retire(): Promise<void> {
    this.#control.tell('retire')
    await this.ended
  }

  async close(reason: string, orderly = true): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#heartbeat)
    this.#peers.close()
    await Promise.all([this.#listener?.close(), this.#scheduler?.close(), this.#lanes.close()])
    for (const layer of this.#layers.values()) layer.end()
    this.#end({ reason, orderly })
  }

  async #join(): Promise<void> {
    const { scheduler, credentials, threads, resources = {}, memoryLimit, nanny = false, localDirectory } = this.#options
    this.#lanes.start()
    this.#listener = await listen(this.#options.listen, { credentials, accept: (comm) => this.#accept(comm) })
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
    this.#control = new ControlChannel(this.#scheduler, {
      close: ({ reason }: { reason: string }) => {
        this.#control.tell('leaving')
        void this.close(reason)
      },
      run: ({ payload }: { payload: Uint8Array }) => this.#run(payload),
    })
    const info: WorkerInfo = {
      name: this.name,
      address: this.address,
      host: hostname(),
      pid: process.pid,
      threads,
      resources,
      memoryLimit,
      localDirectory,
      nanny,
      versions: { heddle: heddleVersion(), node: process.version },
    }
    const { heartbeat } = (await this.#control.ask('register', info)) as { heartbeat: number }
    this.#heartbeat = setInterval(() => this.#control.tell('heartbeat', this.#metrics()), heartbeat)
  }

  // ---- the scheduler

  #take(kind: number, body: Uint8Array): void {
    if (kind === Frame.records) this.#takeRecords(new RecordReader(body))
    else if (!this.#control.receive(kind, body)) {
      this.#scheduler.abort(new ProtocolError(`a frame of kind ${kind} from the scheduler`))
    }
  }

  #takeRecords(reader: RecordReader): void {
    const machine = this.#machine
    const { words } = reader
    while (!reader.isDone) {
      const at = reader.at
      switch (words[at]) {
        case ToWorker.compute:
          this.#compute(reader)
          continue
        case ToWorker.free:
          machine.free(words[at + 1]!, words[at + 2]!, words[at + 3]!)
          reader.at += 4
          continue
        case ToWorker.cancel:
          machine.cancel(words[at + 1]!, words[at + 2]!, words[at + 3]!)
          reader.at += 4
          continue
        case ToWorker.confirm:
          machine.confirm(words[at + 1]!, words[at + 2]!, words[at + 3]!)
          reader.at += 4
          continue
        case ToWorker.steal:
          machine.steal(words[at + 1]!, words[at + 2]!, words[at + 3]!)
          reader.at += 4
          continue
        case ToWorker.replicate:
          machine.replicate(words[at + 1]!, words[at + 2]!, words[at + 3]!, words[at + 4]!)
          reader.at += 5
          continue
        case ToWorker.peer:
          reader.at++
          this.#peerAddresses[reader.word()] = reader.text()
          continue
        case ToWorker.layer: {
          reader.at++
          const id = reader.word()
          const captures = reader.word()
          const scratch = reader.word() === 1
          const name = reader.text()
          const label = reader.text()
          // A copy, which goes to the lanes: the frame that it is part of may be large.
          this.#layers.set(id, new WorkerLayer({ id, name, label, captures, bytes: reader.block().slice() }, scratch))
          continue
        }
        case ToWorker.dropLayers: {
          reader.at++
          const layers: WorkerLayer[] = []
          for (let n = reader.word(); n > 0; n--) {
            const id = reader.word()
            layers.push(this.#layers.get(id)!)
            this.#layers.delete(id)
          }
          this.#lanes.forget(layers)
          for (const layer of layers) layer.end()
          continue
        }
        default:
          throw new ProtocolError(`the scheduler sends a record ${words[at]}, which is nothing that there is`)
      }
    }
    this.#schedule()
  }

  #compute(reader: RecordReader): void {
    const { words } = reader
    const at = reader.at
    const graph = words[at + 1]!
    const task = words[at + 2]!
    const attempt = words[at + 3]!
    const ownBytes = words[at + 8]!
    const inputCount = words[at + 9]!
    const missing = words[at + 10]!
    const inputsAt = at + 11
    const missingAt = inputsAt + inputCount * 2
    this.#machine.compute(graph, task, attempt, words[at + 4]!, words[at + 5]!, words, missingAt, missing)
    reader.at = missingAt + missing * 4
    let ownKind: number = ValueKind.none
    let own: unknown
    if (ownBytes >= 0) {
      const bytes = reader.bytes(ownBytes)
      own = primitive(bytes)
      ownKind = ValueKind.direct
      if (own === bytes) {
        ownKind = ValueKind.bytes
        own = bytes.slice()
      }
    }
    const slot = this.#machine.slotOf(graph, task)
    const inputs = inputCount === 0 ? undefined : words.slice(inputsAt, missingAt)
    this.#tasks.set(slot, this.#layers.get(words[at + 6]!)!, words[at + 7]!, ownKind, own, inputs)
  }

  #metrics(): WorkerMetrics {
    const cpu = process.cpuUsage(this.#lastCpu)
    const now = performance.now()
    const seconds = (now - this.#lastBeat) / 1000
    this.#lastCpu = process.cpuUsage()
    this.#lastBeat = now
    return {
      held: this.#store.bytes,
      spilled: 0,
      memory: process.memoryUsage.rss(),
      cpu: (cpu.user + cpu.system) / 1e6 / seconds,
      executing: this.#lanes.handedOut,
      ready: this.#machine.readyCount,
      paused: false,
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
    if (this.#stepping || this.#closed) return
    this.#stepping = true
    try {
      do {
        this.#carryReports()
        this.#lanes.dealOut()
      } while (this.#machine.reports.length > 0)
      this.#lanes.flush()
      if (!this.#records.isEmpty) this.#scheduler.send(Frame.records, [this.#records.take()])
    } finally {
      this.#stepping = false
    }
  }

  #carryReports(): void {
    const list = this.#machine.reports
    const records = this.#records
    for (let at = 0; at < list.length; at += reportLength(list.items[at]!)) {
      const words = list.items
      const op = words[at]!
      const a = words[at + 1]!
      const b = words[at + 2]!
      const c = words[at + 3]!
      switch (op) {
        case Report.finished:
          records.words4(ToScheduler.finished, a, b, c)
          records.float(words[at + 4]!)
          records.float(words[at + 5]!)
          break
        case Report.erred: {
          const key = `${a}:${b}:${c}`
          const { message, block } = this.#failures.get(key)!
          this.#failures.delete(key)
          records.words4(ToScheduler.erred, a, b, c)
          records.text(message)
          records.block(block)
          break
        }
        case Report.interrupted:
          records.words4(ToScheduler.interrupted, a, b, c)
          records.word(words[at + 4]!)
          records.text(this.#lanes.lastDeath)
          break
        case Report.inputMissing:
          records.words4(ToScheduler.inputMissing, a, b, c)
          for (let i = 4; i < 8; i++) records.word(words[at + i]!)
          break
        case Report.suspended:
          records.words4(ToScheduler.suspended, a, b, c)
          break
        case Report.hasReplica:
          records.words4(ToScheduler.hasReplica, a, b, c)
          break
        case Report.stolen:
          records.words4(ToScheduler.stolen, a, b, c)
          break
        case Report.kept:
          records.words4(ToScheduler.kept, a, b, c)
          break
        case Report.lacks:
          records.words4(ToScheduler.lacks, a, b, c)
          break
        case Report.fetch:
          this.#fetch(a, b, c, words[at + 4]!)
          break
        case Report.drop:
          this.#store.drop(words[at + 4]!)
          break
        // What runs in a lane cannot be stopped.
        default:
      }
    }
    list.clear()
  }

  // ---- lanes

  #write(slot: number, layer: WorkerLayer, writer: BatchWriter): void {
    const tasks = this.#tasks
    const inputs = tasks.inputs[slot]
    const count = inputs ? inputs.length >>> 1 : 0
    writer.begin(slot, layer, tasks.index[slot]!, tasks.ownKind[slot]!, tasks.own[slot], count)
    for (let i = 0; i < count; i++) writer.input(this.#machine.valueSlot(inputs![i * 2]!, inputs![i * 2 + 1]!))
    tasks.own[slot] = undefined
    tasks.inputs[slot] = undefined
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

  // ---- values to and from peers

  #fetch(holder: number, graph: number, task: number, attempt: number): void {
    const address = this.#peerAddresses[holder]
    const take = (value: Uint8Array | undefined): void => {
      if (!value) this.#machine.fetchFailed(graph, task, attempt)
      else {
        const slot = this.#machine.fetched(graph, task, attempt)
        if (slot >= 0) this.#keep(slot, value)
      }
      this.#schedule()
    }
    if (address) this.#peers.get(address, graph, task, attempt, take)
    else queueMicrotask(() => take(undefined))
  }

  /** Keeps a value that has come from a peer. */
  #keep(slot: number, value: Uint8Array): void {
    const small = primitive(value)
    if (small !== value) {
      this.#store.put(slot, small)
      return
    }
    const arrived = this.#arriving.get(value.buffer)
    if (arrived !== undefined) {
      this.#store.putSegment(slot, arrived, value.byteOffset, value.byteLength)
      return
    }
    // One copy, into memory that all lanes see.
    this.#allocate(value.byteLength).set(value)
    const writer = this.#incoming
    this.#store.putSegment(slot, writer.segment, writer.offset, value.byteLength)
    for (const id of writer.sealed) this.#segments.sealed(id)
    writer.sealed = []
  }

  /** Shared memory for a value. */
  #allocate(length: number): Uint8Array {
    const writer = this.#incoming
    for (const spare of this.#segments.sparesFor(MAIN) ?? []) writer.addSpare(spare)
    for (const id of this.#segments.dropsFor(MAIN) ?? []) writer.dropped(id)
    const bytes = writer.allocate(length)
    for (const entry of writer.made) this.#segments.made(MAIN, entry)
    writer.made = []
    return bytes
  }

  /** A segment for an answer that is coming, which stays until all of it is there. */
  #allocateArriving(length: number): Uint8Array {
    const bytes = this.#allocate(length)
    this.#arriving.set(bytes.buffer, this.#incoming.segment)
    this.#incoming.sealed = []
    return bytes
  }

  #settleArriving({ buffer }: Uint8Array): void {
    this.#segments.sealed(this.#arriving.get(buffer)!)
    this.#arriving.delete(buffer)
  }

  #accept(comm: Comm): CommEvents {
    return {
      frame: (kind, body) => {
        if (kind !== Frame.get) {
          comm.abort(new ProtocolError(`a frame of kind ${kind} from a peer`))
          return
        }
        const { id, names } = readGet(body)
        const pinned: number[] = []
        const values: (Uint8Array | undefined)[] = []
        for (let i = 0; i < names.length; i += 3) values.push(this.#valueFor(names[i]!, names[i + 1]!, names[i + 2]!, pinned))
        comm.send(Frame.values, writeValues(id, values))
        if (pinned.length > 0) void comm.flushed().then(() => pinned.forEach((segment) => this.#segments.drop(segment)))
      },
      closed: () => undefined,
    }
  }

  /** An encoded value. The segment that it is in is held, and noted in `pinned`, so that nothing else is written there. */
  #valueFor(graph: number, task: number, attempt: number, pinned: number[]): Uint8Array | undefined {
    const store = this.#store
    const slot = this.#machine.valueSlot(graph, task)
    if (slot < 0 || (attempt >= 0 && this.#machine.attemptOf(slot) !== attempt)) return undefined
    if (store.kind[slot] === ValueKind.direct) return encode(store.values[slot])
    if (store.kind[slot] === ValueKind.segment) {
      this.#segments.hold(store.segment[slot]!)
      pinned.push(store.segment[slot]!)
    }
    return store.encoded(slot)
  }
}

/** A value that is so small that it goes inside messages; else the bytes themselves. */
function primitive(bytes: Uint8Array): unknown {
  if (bytes.byteLength > 300 || prepare(bytes) !== undefined) return bytes
  const value = decode(bytes)
  return isDirect(value) ? value : bytes
}

/** An address that others can reach for one that is listened at. */
function contactAddress(address: string): string {
  return address.replace('//0.0.0.0:', `//${hostname()}:`)
}
