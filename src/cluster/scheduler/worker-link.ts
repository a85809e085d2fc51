import type { Comm } from '../../comm/index.js'
import { ControlChannel, Frame, RecordWriter, ToWorker } from '../../protocol/index.js'
import type { WorkerInfo, WorkerMetrics } from '../../protocol/index.js'
import type { HeldGraph, HeldLayer } from './held-graph.js'
import type { Peers } from './peers.js'

/** A worker, as the scheduler's process sees it. */
export class WorkerLink {
  /** its number in the scheduler machine */
  readonly index: number
  readonly info: WorkerInfo
  readonly comm: Comm
  readonly control: ControlChannel
  readonly records = new RecordWriter()
  /** seconds of the clock when it was heard of last */
  lastSeen: number
  metrics: WorkerMetrics | undefined
  /** how many seconds its clock is ahead of this one's; undefined: nobody wanted to know yet */
  clockAhead: number | undefined
  /** it has said that it is going */
  leaving = false
  readonly #peers: Peers
  readonly #known = new Set<number>()
  readonly #knownPeers: number[] = []

  constructor(index: number, info: WorkerInfo, comm: Comm, control: ControlChannel, peers: Peers, now: number) {
    this.index = index
    this.info = info
    this.comm = comm
    this.control = control
    this.#peers = peers
    this.lastSeen = now
  }

  /** Sees to it that the worker knows a layer before its first task. */
  introduceLayer(layer: HeldLayer, held: HeldGraph): void {
    if (this.#known.has(layer.id)) return
    this.#known.add(layer.id)
    held.knownBy.add(this)
    const { records } = this
    const { name, label, payload, captures, scratch } = layer.message
    records.words4(ToWorker.layer, layer.id, captures, scratch ? 1 : 0)
    records.text(name)
    records.text(label)
    records.block(payload!)
    records.block(layer.annotations())
  }

  /** Sees to it that the worker knows where another one is. */
  introducePeer(index: number): void {
    this.#peers.introduce(index, this.#knownPeers, ToWorker.peer, this.records)
  }

  /** The layers of a graph will not come again. */
  forget(held: HeldGraph): void {
    const ids: number[] = []
    for (const { id } of held.layers) if (this.#known.delete(id)) ids.push(id)
    this.records.word(ToWorker.dropLayers)
    this.records.word(ids.length)
    for (const id of ids) this.records.word(id)
  }

  flush(): void {
    if (!this.records.isEmpty) this.comm.send(Frame.records, [this.records.take()])
  }
}
