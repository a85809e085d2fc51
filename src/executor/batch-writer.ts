import { IntList } from '../base/index.js'
import type { Graph, Layer } from '../graph/index.js'
import { encode, isPlain } from '../transfer/index.js'
import { isDirect } from './direct-values.js'
import type { Lane } from './lane.js'
import { type Batch, type LayerPayload, type SegmentEntry, ValueKind } from './lane-protocol.js'
import type { SegmentTable } from './segments.js'
import type { ValueStore } from './value-store.js'

/**
 * Tasks in one message, at most: the lane answers at the end of each, so that the main thread works on the ends of one
 * while the lane runs the next.
 */
const MOST_IN_BATCH = 256

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

  /** Begins a task. `payload` gives what its layer runs, when the lane does not have it. */
  begin(slot: number, layer: number, graph: Graph, task: number, inputCount: number, payload: () => LayerPayload): void {
    if (this.#count === MOST_IN_BATCH) this.flush()
    // What cannot travel throws here, before anything of the task is written.
    const own = graph.own(task)
    const direct = isDirect(own) || isPlain(own)
    const given = direct ? own : encode(own, { subject: subjectOf(graph.layer(task)) })
    if (!this.#knownLayers.has(layer)) {
      this.#layers.push(payload())
      this.#knownLayers.add(layer)
    }
    this.#count++
    const words = this.#words
    words.push(slot)
    words.push(layer)
    words.push(graph.indexOf[task]!)
    if (own === undefined) words.push(ValueKind.none)
    else {
      words.push(direct ? ValueKind.direct : ValueKind.bytes)
      this.#values.push(given)
    }
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

  /** Sends what was gathered, if anything was. */
  flush(): void {
    if (this.#words.length === 0) return
    this.#count = 0
    const spares = this.#segments.sparesFor(this.#lane.id)
    const dropSegments = this.#segments.dropsFor(this.#lane.id)
    const batch: Batch = {
      words: this.#words.toArray(),
      values: this.#values,
      ...(this.#layers.length > 0 ? { layers: this.#layers } : {}),
      ...(this.#dropLayers.length > 0 ? { dropLayers: this.#dropLayers } : {}),
      ...(this.#newSegments.length > 0 ? { segments: this.#newSegments } : {}),
      ...(spares ? { spares } : {}),
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

export function subjectOf(layer: Layer): string {
  return layer.source ? `the function of ${layer.label}` : layer.label
}
