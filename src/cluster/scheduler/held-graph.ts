import { serialize } from 'node:v8'
import { ArgumentError } from '../../base/index.js'
import { Graph, type Layer } from '../../graph/index.js'
import type { GraphMessage, LayerMessage, RecordWriter } from '../../protocol/index.js'
import type { ClientLink } from './client-link.js'
import type { WorkerLink } from './worker-link.js'

/** Stands for what the tasks of a layer run: the scheduler cannot call it, nor does it need to. */
function elsewhere(): never {
  throw new ArgumentError('tasks run on workers')
}

const NOTHING = new Uint8Array(0)
let nextLayer = 1

/** What the scheduler keeps of a layer, to give it to workers. */
export class HeldLayer {
  /** of all layers that this scheduler ever sees */
  readonly id = nextLayer++
  message: LayerMessage
  /** the own parameters of the tasks that are left, by index, when the graph is archived */
  #left: Map<number, Uint8Array> | undefined
  #annotations: Uint8Array | undefined

  constructor(message: LayerMessage) {
    this.message = message
  }

  /** What the user said of its tasks, as it travels; no bytes: nothing. */
  annotations(): Uint8Array {
    const { annotations } = this.message
    this.#annotations ??= annotations ? serialize(annotations) : NOTHING
    return this.#annotations
  }

  /** Keeps only what tasks of these indices need; nothing of the frame that it came in. */
  archive(indices: readonly number[]): void {
    const left = new Map<number, Uint8Array>()
    for (const index of indices) {
      const own = this.own(index)
      if (own) left.set(index, own.slice())
    }
    this.#left = left
    const { payload } = this.message
    this.message = {
      ...this.message,
      payload: payload && indices.length > 0 ? payload.slice() : undefined,
      own: undefined,
      ownEnds: undefined,
    }
  }

  /** The own parameter of a task, encoded; undefined where it has none. */
  own(index: number): Uint8Array | undefined {
    if (this.#left) return this.#left.get(index)
    return this.ownBytes(index) < 0 ? undefined : this.message.own!.subarray(this.#startOf(index), this.message.ownEnds![index])
  }

  /** How many bytes the own parameter of a task has; -1: it has none. */
  ownBytes(index: number): number {
    if (this.#left) return this.#left.get(index)?.byteLength ?? -1
    const { ownEnds } = this.message
    if (!ownEnds) return -1
    const end = ownEnds[index]!
    return end === (index === 0 ? 0 : ownEnds[index - 1]!) ? -1 : end - this.#startOf(index)
  }

  /** Writes the own parameter of a task that has one. */
  writeOwn(index: number, records: RecordWriter): void {
    if (this.#left) records.bytes(this.#left.get(index)!)
    else records.bytesOf(this.message.own!, this.#startOf(index), this.message.ownEnds![index]!)
  }

  /** Each begins at a whole number of 64 bits. */
  #startOf(index: number): number {
    return index === 0 ? 0 : Math.ceil(this.message.ownEnds![index - 1]! / 8) * 8
  }
}

/** A graph that was submitted, with what the scheduler machine has no use for. */
export class HeldGraph {
  readonly client: ClientLink
  /** the client's number of it */
  readonly name: number
  /** triples: a task that stands for a task of another graph, and the client's name of that */
  sources: Int32Array
  readonly layers: readonly HeldLayer[]
  /** with other numbers of tasks when it is archived: see `placeOf` and `nameOf` */
  graph: Graph
  /** the workers that know a layer of it */
  readonly knownBy = new Set<WorkerLink>()
  /** facts that tasks have attached to themselves, encoded, by the name of the task */
  readonly notes = new Map<number, Uint8Array>()
  /** whether tasks of it stand for tasks of others */
  readonly hasSources: boolean
  /** by task of `graph`, what it is called; undefined: that number */
  #names: Int32Array | undefined
  #places: Map<number, number> | undefined

  constructor(client: ClientLink, message: GraphMessage) {
    this.client = client
    this.name = message.graph
    this.sources = message.sources
    this.hasSources = message.sources.length > 0
    this.layers = message.layers.map((layer) => new HeldLayer(layer))
    const layers = message.layers.map(
      (layer): Layer => ({
        name: layer.name,
        label: layer.label,
        run: layer.payload ? elsewhere : undefined,
        shared: undefined,
        own: undefined,
        annotations: layer.annotations,
        captures: layer.captures,
        shuffle: layer.shuffle,
        source: undefined,
      }),
    )
    this.graph = new Graph(layers, message.layerOf, message.indexOf, { start: message.start, targets: message.targets })
  }

  /** Where a task stands in `graph`. */
  placeOf(task: number): number {
    return this.#places ? this.#places.get(task)! : task
  }

  /** What the task at that place of `graph` is called. */
  nameOf(place: number): number {
    return this.#names ? this.#names[place]! : place
  }

  /** Little of it is left: a graph of the tasks of these names. Everything else is let go. */
  archive(graph: Graph, names: Int32Array): void {
    this.graph = graph
    this.#names = names
    this.#places = new Map(Array.from(names, (name, place) => [name, place]))
    const indices: number[][] = this.layers.map(() => [])
    for (let place = 0; place < graph.size; place++) indices[graph.layerOf[place]!]!.push(graph.indexOf[place]!)
    this.layers.forEach((layer, l) => layer.archive(indices[l]!))
    for (const name of this.notes.keys()) if (!this.#places.has(name)) this.notes.delete(name)
    const kept: number[] = []
    for (let i = 0; i < this.sources.length; i += 3)
      if (this.#places.has(this.sources[i]!)) kept.push(this.sources[i]!, this.sources[i + 1]!, this.sources[i + 2]!)
    this.sources = Int32Array.from(kept)
  }
}
