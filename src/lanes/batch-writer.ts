import { IntList } from '../base/index.js'
import type { Lane } from './lane.js'
import { type Batch, type LayerPayload, type SegmentEntry, ValueKind } from './lane-protocol.js'
import type { SegmentTable } from './segments.js'
import type { ValueStore } from './value-store.js'

/**
 * Tasks in one message, at most: the lane answers at the end of each, so that the main thread works on the ends of one
 * while the lane runs the next.
 */
const MOST_IN_BATCH = 256

/** A layer as lanes know it: what its tasks run is given to a lane with the first of them. */
export interface LaneLayer {
  /** of all layers that a set of lanes ever runs tasks of; it is not used twice */
  readonly id: number
  readonly label: string
  /** Throws when what it runs cannot travel. */
  payload(): LayerPayload
}

/** Gathers what goes to one lane in one tick. */
export class BatchWriter {
  readonly #lane: Lane
  readonly #store: ValueStore
  readonly #segments: SegmentTable
  readonly #knownLayers = new Set<number>()
  readonly #words = new IntList(256)
  #values: unknown[] = []
  #layers: LayerPayload[] = []
  #newSegments: SegmentEntry[] = []
  #dropLayers: number[] = []
  #count = 0

  constructor(lane: Lane, store: ValueStore, segments: SegmentTable) {
    this.#lane = lane
    this.#store = store
    this.#segments = segments
  }

  /**
   * Begins a task: number `index` of its layer. Its own parameter is of `ownKind`: none, direct (or plain data), or bytes,
   * which must not be a small part of a large buffer.
   */
  begin(slot: number, layer: LaneLayer, index: number, ownKind: number, own: unknown, inputCount: number): void {
    if (this.#count === MOST_IN_BATCH) this.flush()
    if (!this.#knownLayers.has(layer.id)) {
      // What cannot travel throws here, before anything of the task is written.
      this.#layers.push(layer.payload())
      this.#knownLayers.add(layer.id)
    }
    this.#count++
    const words = this.#words
    words.push(slot)
    words.push(layer.id)
    words.push(index)
    words.push(ownKind)
    if (ownKind !== ValueKind.none) this.#values.push(own)
    words.push(inputCount)
  }

  /** Adds an input of the task that was begun last: the value in this slot of the store. */
  input(slot: number): void {
    const words = this.#words
    const store = this.#store
    const kind = store.kind[slot]!
    if (kind === ValueKind.segment && !this.#lane.shared) {
      words.push(ValueKind.bytes)
      this.#values.push(store.encoded(slot))
      this.#pad()
      return
    }
    words.push(kind)
    if (kind === ValueKind.segment) {
      const segment = store.segment[slot]!
      this.#segments.introduce(segment, this.#lane.id, this.#newSegments)
      words.push(segment)
      words.push(store.offset[slot]!)
      words.push(store.length[slot]!)
    } else {
      this.#values.push(store.values[slot])
      this.#pad()
    }
  }

  /** The layer will not come again. */
  dropLayer(layer: number): void {
    if (this.#knownLayers.delete(layer)) this.#dropLayers.push(layer)
  }

  /** Sends what was gathered, if anything was, or if there is no time to lose. */
  flush(): void {
    if (this.#words.length === 0 && !this.#segments.isUrgent(this.#lane.id)) return
    this.#count = 0
    const spares = this.#segments.sparesFor(this.#lane.id)
    const leases = this.#lane.shared ? this.#segments.leasesFor(this.#lane.id) : undefined
    const dropSegments = this.#segments.dropsFor(this.#lane.id)
    const batch: Batch = {
      words: this.#words.toArray(),
      values: this.#values,
      ...(this.#layers.length > 0 ? { layers: this.#layers } : {}),
      ...(this.#dropLayers.length > 0 ? { dropLayers: this.#dropLayers } : {}),
      ...(this.#newSegments.length > 0 ? { segments: this.#newSegments } : {}),
      ...(spares ? { spares } : {}),
      ...(leases ? { leases } : {}),
      ...(dropSegments ? { dropSegments } : {}),
    }
    this.#words.clear()
    this.#values = []
    this.#layers = []
    this.#dropLayers = []
    this.#newSegments = []
    this.#lane.post(batch)
  }

  #pad(): void {
    this.#words.push(0)
    this.#words.push(0)
    this.#words.push(0)
  }
}
