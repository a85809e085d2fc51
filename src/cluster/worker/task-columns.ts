import type { LaneLayer } from '../../lanes/index.js'

/** What a worker process knows of the tasks of its worker machine, by slot. */
export class TaskColumns {
  readonly layer: (LaneLayer | undefined)[] = []
  readonly own: unknown[] = []
  /** (graph, task) of each input */
  readonly inputs: (Int32Array | undefined)[] = []
  /** of a task that a lane has: the segments that are pinned for it; -1 is none */
  readonly pins: (Int32Array | undefined)[] = []
  index = new Int32Array(64)
  ownKind = new Uint8Array(64)
  /** two a slot, of the task that it has: when it came, and when a thread was given it, if one was; seconds of the worker's clock */
  times = new Float64Array(64 * 2)

  set(slot: number, layer: LaneLayer, index: number, ownKind: number, own: unknown, inputs: Int32Array | undefined): void {
    while (this.layer.length <= slot) {
      this.layer.push(undefined)
      this.own.push(undefined)
      this.inputs.push(undefined)
      this.pins.push(undefined)
    }
    if (slot >= this.index.length) {
      const n = Math.max(slot + 1, this.index.length * 2)
      const grown = new Int32Array(n)
      grown.set(this.index)
      this.index = grown
      const kinds = new Uint8Array(n)
      kinds.set(this.ownKind)
      this.ownKind = kinds
      const times = new Float64Array(n * 2)
      times.set(this.times)
      this.times = times
    }
    this.layer[slot] = layer
    this.index[slot] = index
    this.ownKind[slot] = ownKind
    this.own[slot] = own
    this.inputs[slot] = inputs
  }
}
