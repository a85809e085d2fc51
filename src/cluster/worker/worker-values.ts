import { asError, systemClock } from '../../base/index.js'
import type { Comm, CommEvents, Credentials } from '../../comm/index.js'
import { ON_DISK, SEGMENT_BYTES, type SegmentTable, ValueKind, type ValueStore } from '../../lanes/index.js'
import {
  Frame,
  PeerValues,
  ProtocolError,
  type PutKey,
  type ShuffleAnswer,
  type ShuffleQuestion,
  readGet,
  writeValues,
} from '../../protocol/index.js'
import { IncomingSegments, type Room, type Spilling } from '../../spilling/index.js'
import { encode } from '../../transfer/index.js'
import type { Worker } from '../../worker/index.js'
import { primitive } from './primitive.js'
import { PutValues } from './put-values.js'

/** Answers with values that are larger than this are written into a segment of their own as they come. */
const LARGE = SEGMENT_BYTES
/** Bytes of values in one piece of an answer; a value that is larger is a piece of its own. */
const PIECE = 2 ** 25

export interface WorkerValuesOptions {
  readonly credentials: Credentials
  readonly machine: Worker
  readonly store: ValueStore
  readonly segments: SegmentTable
  /** what reads values from disk */
  spilling(): Spilling
  /** where another worker is; undefined: it is gone */
  addressOf(worker: number): string | undefined
  /** A value was got from another worker, or could not be (undefined); `start`: when that began, in seconds. */
  fetched(holder: number, graph: number, task: number, bytes: number | undefined, start: number): void
  /** an actor is called */
  called(comm: Comm, frame: Uint8Array): void
  /** the machine has been told something */
  changed(): void
  /** another worker asks something for a shuffle */
  shuffled(comm: Comm, body: Uint8Array): Promise<void>
}

/** The values of a worker: those that come from its peers, and those that go to them. */
export class WorkerValues {
  readonly #options: WorkerValuesOptions
  readonly #incoming: IncomingSegments
  readonly #peers: PeerValues
  readonly #put = new PutValues()
  /** by memory of an answer that is coming in, its segment */
  readonly #arriving = new Map<ArrayBufferLike, number>()

  constructor(options: WorkerValuesOptions) {
    this.#options = options
    this.#incoming = new IncomingSegments(options.segments)
    this.#peers = new PeerValues({
      credentials: options.credentials,
      allocate: (length) => (length > LARGE ? this.#allocateArriving(length) : undefined),
      settled: (memory) => this.#settleArriving(memory),
    })
  }

  close(): void {
    this.#peers.close()
    this.#put.close()
  }

  /** Gets a value from another worker. */
  fetch(holder: number, graph: number, task: number, attempt: number): void {
    const { machine, addressOf, fetched, changed } = this.#options
    const start = systemClock.now()
    const address = addressOf(holder)
    const take = (value: Uint8Array | undefined): void => {
      fetched(holder, graph, task, value?.byteLength, start)
      if (!value) machine.fetchFailed(graph, task, attempt)
      else {
        const slot = machine.fetched(graph, task, attempt)
        if (slot >= 0) this.keep(slot, value)
      }
      changed()
    }
    if (address) this.#peers.get(address, graph, task, attempt, take)
    else queueMicrotask(() => take(undefined))
  }

  /** Asks another worker something for a shuffle. */
  askPeer(address: string, question: ShuffleQuestion): Promise<ShuffleAnswer> {
    return this.#peers.shuffle(address, question)
  }

  /** A value that a client has put here is that of this task. */
  hold(graph: number, task: number, key: PutKey): void {
    const value = this.#put.claim(key)
    if (value) this.keep(this.#options.machine.hold(graph, task), value)
  }

  /** Keeps an encoded value that was not made here, in memory that all lanes see. */
  keep(slot: number, value: Uint8Array): void {
    const { store, segments } = this.#options
    const small = primitive(value)
    if (small !== value) {
      store.put(slot, small)
      return
    }
    const arrived = this.#arriving.get(value.buffer)
    if (arrived !== undefined) {
      store.putSegment(slot, arrived, value.byteOffset, value.byteLength)
      return
    }
    const room = this.allocate(value.byteLength)
    room.bytes.set(value)
    store.putSegment(slot, room.segment, room.offset, value.byteLength)
    segments.drop(room.segment)
  }

  /** Shared memory for a value: its segment is held until the caller drops it. */
  allocate(length: number): Room {
    return this.#incoming.allocate(length)
  }

  /** Gives the memory of segments that hold nothing back to the system, once the lanes have heard of it. */
  collect(): void {
    this.#incoming.collect()
  }

  /** Answers to another worker, or a client. */
  accept(comm: Comm): CommEvents {
    return {
      frame: (kind, body) => {
        if (kind === Frame.get) void this.#answer(comm, body).catch((error: unknown) => comm.abort(asError(error)))
        else if (kind === Frame.put) this.#put.take(comm, body)
        else if (kind === Frame.call) this.#options.called(comm, body)
        else if (kind === Frame.shuffle)
          void this.#options.shuffled(comm, body).catch((error: unknown) => comm.abort(asError(error)))
        else comm.abort(new ProtocolError(`a frame of kind ${kind} from a peer`))
      },
      closed: () => undefined,
    }
  }

  /** Answers by pieces of a bounded size, so that many large values are not all in memory, or on their way, at once. */
  async #answer(comm: Comm, body: Uint8Array): Promise<void> {
    const { store } = this.#options
    const { id, names } = readGet(body)
    for (let i = 0; i < names.length && !comm.closed; ) {
      const from = i
      let bytes = 0
      let onDisk = false
      do {
        const slot = this.#slotOf(names[i]!, names[i + 1]!, names[i + 2]!)
        i += 3
        if (slot < 0) continue
        bytes += store.length[slot]!
        onDisk ||= store.kind[slot] === ON_DISK
      } while (i < names.length && bytes < PIECE)
      await this.#sendPiece(comm, id, names.subarray(from, i), onDisk)
      if (i < names.length) await comm.drained()
    }
  }

  #sendPiece(comm: Comm, id: number, names: Int32Array, onDisk: boolean): Promise<void> | undefined {
    const { store, segments, spilling } = this.#options
    const held: number[] = []
    const send = (values: readonly (Uint8Array | undefined)[]): void => {
      comm.send(Frame.values, writeValues(id, values))
      if (held.length > 0) void comm.flushed().then(() => held.forEach((segment) => segments.drop(segment)))
    }
    const values: (Uint8Array | undefined | Promise<Uint8Array | undefined>)[] = []
    for (let i = 0; i < names.length; i += 3) {
      const slotNow = (): number => this.#slotOf(names[i]!, names[i + 1]!, names[i + 2]!)
      const slot = slotNow()
      if (slot < 0) values.push(undefined)
      else values.push(store.kind[slot] === ON_DISK ? spilling().copy(slotNow) : this.#encoded(slot, held))
    }
    if (!onDisk) {
      send(values as (Uint8Array | undefined)[])
      return undefined
    }
    return Promise.all(values.map((value) => Promise.resolve(value))).then(send)
  }

  /** The slot of a value that is here; attempt -1: whichever it is. */
  #slotOf(graph: number, task: number, attempt: number): number {
    const { machine } = this.#options
    const slot = machine.valueSlot(graph, task)
    return slot >= 0 && (attempt < 0 || machine.attemptOf(slot) === attempt) ? slot : -1
  }

  /** An encoded value. The segment that it is in is held, and noted, so that nothing else is written there. */
  #encoded(slot: number, held: number[]): Uint8Array {
    const { store, segments } = this.#options
    if (store.kind[slot] === ValueKind.direct) return encode(store.values[slot])
    if (store.kind[slot] === ValueKind.segment) {
      segments.hold(store.segment[slot]!)
      held.push(store.segment[slot]!)
    }
    return store.encoded(slot)
  }

  /** A segment for an answer that is coming, which stays until all of it is there. */
  #allocateArriving(length: number): Uint8Array {
    const { bytes, segment } = this.allocate(length)
    this.#arriving.set(bytes.buffer, segment)
    return bytes
  }

  #settleArriving({ buffer }: Uint8Array): void {
    const segment = this.#arriving.get(buffer)!
    this.#arriving.delete(buffer)
    this.#options.segments.drop(segment)
  }
}
