import type { Transferable } from 'node:worker_threads'
import {
  ArgumentError,
  InvariantError,
  type RunningTask,
  asError,
  failedStep,
  makeFolder,
  runAsTask,
  useThreadMemory,
} from '../base/index.js'
import type { TaskContext, TaskFunction } from '../graph/index.js'
import { LaterNumbers, decode, encode, prepare } from '../transfer/index.js'
import {
  type Batch,
  END_LENGTH,
  EndKind,
  type Ends,
  type Failure,
  type LaneStart,
  type LayerPayload,
  ValueKind,
  readNumber,
} from './lane-protocol.js'
import { callOperation } from './call-operation.js'
import { LaneCalls, type LaneTalk } from './lane-calls.js'
import { CapturedValue } from './captured-value.js'
import { isDirect } from './direct-values.js'
import { Reschedule } from './reschedule.js'
import { type LaneHere, thisIsALane } from './secede.js'
import { LaneClock, idleTime } from './lane-clock.js'
import { SegmentWriter, bytesOfSegment } from './segments.js'

/** Ends are posted at least this often while a batch runs, in milliseconds. */
const POST_INTERVAL = 1

interface LoadedLayer {
  readonly payload: LayerPayload
  /** why it could not be loaded */
  error: unknown
  run: TaskFunction | undefined
  shared: unknown
}

/**
 * What an executor thread or process does: it runs the tasks of the batches it is sent, one after the other (those that
 * return promises overlap their waits), and posts how they ended.
 */
export class LaneRunner implements LaneHere {
  readonly #post: (message: Ends | LaneTalk, transfer: readonly Transferable[]) => void
  readonly #calls: LaneCalls
  readonly #running: Int32Array | undefined
  readonly #shared: boolean
  readonly #layers = new Map<number, LoadedLayer>()
  readonly #segments = new Map<number, Uint8Array>()
  readonly #writer: SegmentWriter
  #ends = new Float64Array(64 * END_LENGTH)
  #count = 0
  #values: unknown[] = []
  #noted: Ends['noted']
  #lastPost = 0
  /** when the clock was read last: where one task ends, the next begins */
  #clock = 0
  #postScheduled = false
  /** slots of tasks that wait for a promise and have not been reported */
  readonly #waiting = new Set<number>()
  /** slots of tasks that return promises, but compute most of the time; the object is that of one occupation */
  readonly #occupied = new Map<number, { readonly entered: number; readonly since: number }>()
  readonly #laneClock = new LaneClock(() => performance.now(), idleTime)
  /** by slot of a task, the questions that it has no answer to */
  readonly #asking = new Map<number, number>()
  /** the slot of the task whose function is being called; -1: none */
  #current = -1
  /** slots of tasks that have seceded, the last one last */
  readonly #seceded = new Set<number>()
  /** by slot of a task that rejoins, what lets it go on */
  readonly #rejoining = new Map<number, () => void>()
  /** batches that wait for modules to be imported, and those behind them */
  #queue: Promise<void> = Promise.resolve()
  #queued = 0

  constructor(
    { lane, running, shared, memory, hugePages }: LaneStart,
    post: (message: Ends | LaneTalk, transfer: readonly Transferable[]) => void,
  ) {
    this.#post = post
    this.#calls = new LaneCalls(post, callOperation)
    this.#running = running
    this.#shared = shared
    this.#writer = new SegmentWriter(lane, hugePages)
    if (memory) useThreadMemory(memory)
    thisIsALane(this)
  }

  /** Takes in what the main thread sends. */
  receive(message: Batch | LaneTalk): void {
    if ('words' in message) this.#receiveBatch(message)
    else this.#calls.receive(message)
  }

  #receiveBatch(batch: Batch): void {
    for (const slot of batch.rejoined ?? []) {
      this.#rejoining.get(slot)?.()
      this.#rejoining.delete(slot)
    }
    let imports: Promise<void>[] | undefined
    for (const payload of batch.layers ?? []) {
      const layer: LoadedLayer = { payload, error: undefined, run: undefined, shared: undefined }
      this.#layers.set(payload.id, layer)
      const imported = this.#prepare(layer)
      if (imported) (imports ??= []).push(imported)
    }
    if (imports || this.#queued > 0) {
      this.#queued++
      const before = this.#queue
      this.#queue = Promise.all([before, ...(imports ?? [])]).then(() => {
        this.#queued--
        this.#run(batch)
      })
    } else this.#run(batch)
  }

  #prepare(layer: LoadedLayer): Promise<void> | undefined {
    try {
      return prepare(layer.payload.bytes)?.catch((error: unknown) => {
        layer.error = error
      })
    } catch (error) {
      layer.error = error
      return undefined
    }
  }

  #run(batch: Batch): void {
    // Drops come first: the number of a dropped segment may be that of a new one already.
    for (const id of batch.dropSegments ?? []) {
      this.#segments.delete(id)
      this.#writer.dropped(id)
    }
    for (const entry of batch.segments ?? []) this.#segments.set(entry[0], bytesOfSegment(entry))
    for (const entry of batch.spares ?? []) this.#writer.addSpare(entry)
    for (const lease of batch.leases ?? []) this.#writer.addLease(lease)
    const { words, values } = batch
    let v = 0
    let w = 0
    this.#lastPost = performance.now()
    this.#clock = this.#lastPost
    while (w < words.length) {
      const slot = words[w]!
      const layer = this.#layers.get(words[w + 1]!)!
      const index = words[w + 2]!
      const ownKind = words[w + 3]!
      const inputCount = words[w + 4]!
      w += 5
      const inputs = new Array<unknown>(inputCount)
      const started = this.#clock
      // Everything of this task is taken out of `values` before anything can throw: the next task's values follow.
      let own: unknown
      if (ownKind === ValueKind.number) {
        own = readNumber(words, w)
        w += 2
      } else if (ownKind !== ValueKind.none) own = values[v++]
      for (let i = 0; i < inputCount; i++) {
        const kind = words[w + i * 4]
        if (kind === ValueKind.number) inputs[i] = readNumber(words, w + i * 4 + 1)
        else if (kind !== ValueKind.segment) inputs[i] = values[v++]
      }
      const inputsAt = w
      w += inputCount * 4
      // Values may refer to modules that this thread has not imported: that takes its time.
      let imports: Promise<unknown>[] | undefined
      if (ownKind === ValueKind.bytes) imports = add(imports, prepare(own as Uint8Array))
      for (let i = 0; i < inputCount; i++) {
        const o = inputsAt + i * 4
        if (words[o] === ValueKind.segment) {
          const { buffer, byteOffset } = this.#segments.get(words[o + 1]!)!
          inputs[i] = new Uint8Array(buffer, byteOffset + words[o + 2]!, words[o + 3])
        }
        if (isEncoded(words[o]!)) imports = add(imports, prepare(inputs[i] as Uint8Array))
      }
      if (imports)
        this.#after(imports, slot, () => this.#decodeAndStart(slot, layer, index, own, ownKind, inputs, words, inputsAt, started))
      else this.#decodeAndStart(slot, layer, index, own, ownKind, inputs, words, inputsAt, started)
      if (imports) this.#clock = performance.now()
      if (this.#clock - this.#lastPost > POST_INTERVAL) this.#postEnds()
    }
    for (const id of batch.dropLayers ?? []) this.#layers.delete(id)
    if (this.#waiting.size > 0) {
      // What was settled already has its turn now; only what really waits is reported as waiting.
      setImmediate(() => this.#reportWaiting())
    } else this.#postEnds()
  }

  #decodeAndStart(
    slot: number,
    layer: LoadedLayer,
    index: number,
    own: unknown,
    ownKind: number,
    inputs: unknown[],
    words: Int32Array,
    inputsAt: number,
    started: number,
  ): void {
    let begun = started
    try {
      for (let i = 0; i < inputs.length; i++) {
        if (isEncoded(words[inputsAt + i * 4]!)) inputs[i] = decode(inputs[i] as Uint8Array, { views: true })
      }
      const parameter = ownKind === ValueKind.bytes ? decode(own as Uint8Array) : own
      // What runs in a layer is decoded with its first task.
      if (layer.run === undefined) this.#load(layer, inputs)
      else if (layer.payload.captures > 0) inputs.length -= layer.payload.captures
      begun = inputs.length > 0 || ownKind === ValueKind.bytes || layer.payload.captures > 0 ? performance.now() : started
      this.#start(slot, layer, index, parameter, inputs, started, begun)
    } catch (error) {
      this.#fail(slot, layer, error, started, begun)
    }
  }

  // biome-ignore format: one line reads better
  #start(
    slot: number, layer: LoadedLayer, index: number, own: unknown, inputs: unknown[], started: number, begun: number,
  ): void {
    if (this.#running) Atomics.store(this.#running, 0, slot + 1)
    let result: unknown
    this.#current = slot
    try {
      const task = new LaneTask(this, layer.payload, index, slot)
      result = runAsTask(task, layer.run!, inputs, own as never, layer.shared as never, task)
    } finally {
      this.#current = -1
      if (this.#running) Atomics.store(this.#running, 0, 0)
    }
    if (isThenable(result)) {
      this.#waiting.add(slot)
      // eslint-disable-next-line -- both outcomes are handled, and neither handler throws
      void Promise.resolve(result).then(
        (value) => this.#settle(slot, (late) => this.#finish(slot, layer, value, started + late, begun + late), layer, started, begun),
        (error: unknown) =>
          this.#settle(slot, (late) => this.#fail(slot, layer, error, started + late, begun + late), layer, started, begun),
      )
      this.#clock = performance.now()
    } else this.#finish(slot, layer, result, started, begun)
  }

  /** Makes the functions of a layer, when its first task comes: captured values are among that task's inputs. */
  #load(layer: LoadedLayer, inputs: unknown[]): void {
    if (layer.error !== undefined) throw asError(layer.error)
    const { bytes, captures } = layer.payload
    const captured = captures > 0 ? inputs.splice(inputs.length - captures) : []
    const { run, shared } = decode(bytes, { reference: (n: number) => new CapturedValue(captured[n]) }) as {
      run: TaskFunction
      shared: unknown
    }
    layer.run = run
    layer.shared = shared
  }

  /** Runs a task when what it needs is imported (or when that has failed, which decoding will say). */
  #after(imports: Promise<unknown>[], slot: number, run: () => void): void {
    this.#waiting.add(slot)
    void Promise.allSettled(imports).then(() => {
      this.#waiting.delete(slot)
      run()
      this.#schedulePost()
    })
  }

  /** `end` is told how much of the time since its start is not the task's own, in milliseconds. */
  #settle(slot: number, end: (late: number) => void, layer: LoadedLayer, started: number, begun: number): void {
    this.#waiting.delete(slot)
    const late = this.#leave(slot)
    try {
      end(late)
    } catch (error) {
      this.#fail(slot, layer, error, started + late, begun + late)
    }
    this.#schedulePost()
  }

  #reportWaiting(): void {
    for (const slot of this.#waiting) if (!this.#occupied.has(slot)) this.#push(slot, EndKind.suspended, 0, 0, 0, 0, 0, 0)
    this.#waiting.clear()
    this.#postEnds()
  }

  #finish(slot: number, layer: LoadedLayer, result: unknown, started: number, begun: number): void {
    const ended = performance.now()
    this.#clock = ended
    const seconds = (ended - started) / 1000
    const decoding = (begun - started) / 1000
    if (this.#seceded.size > 0) this.#seceded.delete(slot)
    if (typeof result === 'number') {
      this.#push(slot, EndKind.number, seconds, result, 0, 0, decoding, 0)
      return
    }
    if (isDirect(result)) {
      this.#push(slot, EndKind.direct, seconds, 0, 0, 0, decoding, 0)
      this.#values.push(result)
      return
    }
    const subject = `the result of ${layer.payload.label}`
    const before = LaterNumbers.computed
    const bytes = encode(result, this.#shared ? { subject, allocate: this.#writer.allocate } : { subject })
    const encoding = Math.max(0, this.#since(ended) - (LaterNumbers.computed - before) / 1000)
    const all = (this.#clock - started) / 1000
    if (this.#shared) {
      const { segment, offset } = this.#writer
      this.#push(slot, EndKind.segment, all, segment, offset, bytes.byteLength, decoding, encoding)
    } else {
      this.#push(slot, EndKind.bytes, all, 0, 0, bytes.byteLength, decoding, encoding)
      this.#values.push(bytes)
    }
  }

  /** Seconds since then; the clock is read. */
  #since(then: number): number {
    this.#clock = performance.now()
    return (this.#clock - then) / 1000
  }

  #fail(slot: number, layer: LoadedLayer, thrown: unknown, started: number, begun: number): void {
    const error = asError(thrown)
    const step = failedStep(error)
    this.#leave(slot)
    if (this.#seceded.size > 0) this.#seceded.delete(slot)
    if (error instanceof Reschedule) {
      this.#push(slot, EndKind.rescheduled, this.#since(started), 0, 0, 0, (begun - started) / 1000, 0)
      return
    }
    let bytes: Uint8Array
    try {
      bytes = encode(error, { subject: `the error of ${layer.payload.label}` })
    } catch {
      // It holds something that cannot travel (a socket, say): its text can.
      const plain = new Error(error.message)
      plain.name = error.name
      if (error.stack !== undefined) plain.stack = error.stack
      bytes = encode(plain)
    }
    this.#push(slot, EndKind.error, this.#since(started), 0, 0, 0, (begun - started) / 1000, 0)
    this.#values.push({
      error: bytes,
      message: `${error.name}: ${error.message}`,
      step: step && { number: step.number, label: step.label },
    } satisfies Failure)
  }

  /** See `TaskContext.ask`. */
  ask(name: string, args: unknown, transfer: readonly Transferable[] | undefined, slot: number): Promise<unknown> {
    const answer = this.#calls.ask(name, args, transfer, slot)
    this.#asks(slot, 1)
    const answered = (): void => this.#asks(slot, -1)
    answer.then(answered, answered)
    return answer
  }

  #asks(slot: number, change: 1 | -1): void {
    const before = this.#asking.get(slot) ?? 0
    const after = before + change
    if (after > 0) this.#asking.set(slot, after)
    else this.#asking.delete(slot)
    if ((before === 0) !== after <= 0 && this.#occupied.has(slot)) this.#laneClock.asks(after > 0)
  }

  /** A task does not occupy the lane any more. Gives the milliseconds that were not its own, as far as that is known. */
  #leave(slot: number): number {
    const occupation = this.#occupied.get(slot)
    if (!occupation) return 0
    this.#occupied.delete(slot)
    const own = this.#laneClock.leave(occupation.entered, this.#asking.has(slot))
    return Math.max(0, performance.now() - occupation.since - own)
  }

  /** See `RunningTask.note`. */
  note(slot: number, layer: number, index: number, facts: Uint8Array): void {
    this.#noted ??= []
    this.#noted.push([slot, layer, index, facts])
    this.#schedulePost()
  }

  /** See `TaskContext.occupy`. */
  occupy(slot: number): () => void {
    this.#leave(slot)
    const occupation = { entered: this.#laneClock.enter(this.#asking.has(slot)), since: performance.now() }
    this.#occupied.set(slot, occupation)
    return () => {
      // The slot may be that of another task by now.
      if (this.#occupied.get(slot) !== occupation) return
      this.#leave(slot)
      this.#waiting.add(slot)
      setImmediate(() => this.#reportWaiting())
    }
  }

  secede(): void {
    const slot = this.#current
    if (slot < 0) throw new ArgumentError('secede: it must be called before the task awaits anything')
    if (this.#seceded.has(slot)) return
    this.#seceded.add(slot)
    this.#push(slot, EndKind.seceded, 0, 0, 0, 0, 0, 0)
    // Tasks of this thread that wait for promises may not come to say so for long.
    this.#reportWaiting()
  }

  rejoin(): Promise<void> {
    const slot = this.#seceded.has(this.#current) ? this.#current : Array.from(this.#seceded).at(-1)
    if (slot === undefined) throw new ArgumentError('rejoin: no task of this thread has seceded')
    this.#seceded.delete(slot)
    this.#push(slot, EndKind.rejoining, 0, 0, 0, 0, 0, 0)
    this.#postEnds()
    return new Promise((resolve) => this.#rejoining.set(slot, resolve))
  }

  // biome-ignore format: one line reads better
  #push(
    slot: number, kind: number, seconds: number, segment: number, offset: number, length: number, decoding: number, encoding: number,
  ): void {
    const at = this.#count * END_LENGTH
    if (at === this.#ends.length) {
      const grown = new Float64Array(this.#ends.length * 2)
      grown.set(this.#ends)
      this.#ends = grown
    }
    const ends = this.#ends
    ends[at] = slot
    ends[at + 1] = kind
    ends[at + 2] = seconds
    ends[at + 3] = segment
    ends[at + 4] = offset
    ends[at + 5] = length
    ends[at + 6] = decoding
    ends[at + 7] = encoding
    this.#count++
  }

  #schedulePost(): void {
    if (this.#postScheduled) return
    this.#postScheduled = true
    setImmediate(() => {
      this.#postScheduled = false
      this.#postEnds()
    })
  }

  #postEnds(): void {
    this.#lastPost = performance.now()
    this.#clock = this.#lastPost
    const { made, sealed } = this.#writer
    const noted = this.#noted
    if (this.#count === 0 && made.length === 0 && sealed.length === 0 && !noted) return
    this.#noted = undefined
    for (const entry of made) this.#segments.set(entry[0], bytesOfSegment(entry))
    const ends = this.#ends.slice(0, this.#count * END_LENGTH)
    const values = this.#values
    this.#count = 0
    this.#values = []
    this.#writer.made = []
    this.#writer.sealed = []
    const message: Ends = {
      ends,
      values,
      ...(made.length > 0 ? { segments: made } : {}),
      ...(sealed.length > 0 ? { sealed } : {}),
      ...(noted ? { noted } : {}),
    }
    // What a task has asked must not come after its end.
    this.#calls.flush()
    this.#post(message, [ends.buffer as ArrayBuffer])
  }
}

/** What a task is told about itself. */
class LaneTask implements TaskContext, RunningTask {
  readonly encodes = true
  readonly index: number
  readonly #slot: number
  readonly #runner: LaneRunner
  readonly #payload: LayerPayload

  constructor(runner: LaneRunner, payload: LayerPayload, index: number, slot: number) {
    this.#runner = runner
    this.#payload = payload
    this.index = index
    this.#slot = slot
  }

  get key(): string {
    return `${this.#payload.name}:${this.index}`
  }

  get label(): string {
    return this.#payload.label
  }

  get annotations(): LayerPayload['annotations'] {
    return this.#payload.annotations
  }

  note(facts: Uint8Array): void {
    this.#runner.note(this.#slot, this.#payload.id, this.index, facts)
  }

  occupy(): () => void {
    return this.#runner.occupy(this.#slot)
  }

  ask(name: string, args: unknown, transfer?: readonly Transferable[]): Promise<unknown> {
    return this.#runner.ask(name, args, transfer, this.#slot)
  }

  scratch(): string {
    const { name, scratch } = this.#payload
    if (scratch === undefined) throw new InvariantError(`the layer ${name} did not ask for a scratch folder`)
    makeFolder(scratch, 0o700)
    return scratch
  }
}

function add(list: Promise<unknown>[] | undefined, promise: Promise<unknown> | undefined): Promise<unknown>[] | undefined {
  if (!promise) return list
  if (!list) return [promise]
  list.push(promise)
  return list
}

/** Whether a value of that kind is given as bytes. */
function isEncoded(kind: number): boolean {
  return kind === ValueKind.bytes || kind === ValueKind.segment
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
