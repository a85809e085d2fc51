import { IntList } from '../base/index.js'
import type { Lane } from './lane.js'
import { type Batch, type LayerPayload, type SegmentEntry, ValueKind, writeNumber } from './lane-protocol.js'
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
  /** one of them, -1: none */
  #lastLayer = -1
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
    if (layer.id !== this.#lastLayer && !this.#knownLayers.has(layer.id)) {
      // What cannot travel throws here, before anything of the task is written.
      this.#layers.push(layer.payload())
      this.#knownLayers.add(layer.id)
    }
    this.#lastLayer = layer.id
    this.#count++
    const isNumber = ownKind === ValueKind.direct && typeof own === 'number'
    const list = this.#words
    const at = list.length
    list.reserve(at + 7)
    const words = list.items
    words[at] = slot
    words[at + 1] = layer.id
    words[at + 2] = index
    words[at + 3] = isNumber ? ValueKind.number : ownKind
    words[at + 4] = inputCount
    if (isNumber) writeNumber(words, at + 5, own)
    else if (ownKind !== ValueKind.none) this.#values.push(own)
    list.length = isNumber ? at + 7 : at + 5
  }

  /** Adds an input of the task that was begun last: the value in this slot of the store. */
  input(slot: number): void {
    const store = this.#store
    const kind = store.kind[slot]!
    if (kind === ValueKind.segment && this.#lane.shared) {
      const segment = store.segment[slot]!
      this.#segments.introduce(segment, this.#lane.id, this.#newSegments)
      this.#addInput(kind, segment, store.offset[slot]!, store.length[slot]!)
      return
    }
    const value = kind === ValueKind.segment ? store.encoded(slot) : store.values[slot]
    if (typeof value === 'number') {
      const at = this.#words.length
      this.#addInput(ValueKind.number, 0, 0, 0)
      writeNumber(this.#words.items, at + 1, value)
      return
    }
    this.#values.push(value)
    this.#addInput(kind === ValueKind.segment ? ValueKind.bytes : kind, 0, 0, 0)
  }

  #addInput(kind: number, segment: number, offset: number, length: number): void {
    const list = this.#words
    const at = list.length
    list.reserve(at + 4)
    const words = list.items
    words[at] = kind
    words[at + 1] = segment
    words[at + 2] = offset
    words[at + 3] = length
    list.length = at + 4
  }

  /** The layer will not come again. */
  dropLayer(layer: number): void {
    if (this.#lastLayer === layer) this.#lastLayer = -1
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
}
