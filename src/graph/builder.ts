import { ArgumentError, IntList } from '../base/index.js'
import type { Annotations } from './annotations.js'
import { Graph, type Layer, type ShuffleRole, type TaskFunction } from './graph.js'

/** What `GraphBuilder.layer` takes; see `Layer`. */
export interface LayerSpec<Own = never, Shared = never> {
  readonly name: string
  readonly label?: string
  readonly run: TaskFunction<Own, Shared> | undefined
  readonly shared?: Shared
  readonly annotations?: Annotations | undefined
  readonly scratch?: boolean | undefined
  readonly shuffle?: ShuffleRole | undefined
  readonly payload?: Uint8Array | undefined
  readonly captures?: number | undefined
  readonly source?: Function | undefined
}

/**
 * Builds a graph task by task. A task may depend only on tasks that were added before it.
 *
 * @example
 * const builder = new GraphBuilder()
 * const load = builder.layer({ name: 'load', run: loadOne })
 * const total = builder.layer({ name: 'total', run: sum })
 * const parts = paths.map((path) => builder.task(load, [], path))
 * const result = builder.task(total, parts)
 * const graph = builder.finish()
 */
export class GraphBuilder {
  readonly #layers: { spec: LayerSpec; size: number; own: unknown[] | undefined }[] = []
  readonly #names = new Map<string, number>()
  readonly #layerOf = new IntList(256)
  readonly #indexOf = new IntList(256)
  readonly #start = new IntList(256)
  readonly #targets = new IntList(256)

  constructor() {
    this.#start.push(0)
  }

  /** The number of tasks so far. */
  get size(): number {
    return this.#layerOf.length
  }

  /** Adds a layer and gives its number. */
  layer<Own, Shared>(spec: LayerSpec<Own, Shared>): number {
    if (this.#names.has(spec.name)) throw new ArgumentError(`the graph has a layer named ${spec.name} already`)
    this.#names.set(spec.name, this.#layers.length)
    this.#layers.push({ spec: spec as unknown as LayerSpec, size: 0, own: undefined })
    return this.#layers.length - 1
  }

  /** The number of the layer of that name, if it was added. */
  find(name: string): number | undefined {
    return this.#names.get(name)
  }

  /** Adds a task to a layer and gives its number. */
  task(layer: number, dependencies: ArrayLike<number>, own?: unknown): number {
    const entry = this.#layers[layer]
    if (!entry) throw new ArgumentError(`the graph has no layer number ${layer}`)
    const task = this.#layerOf.length
    for (let i = 0; i < dependencies.length; i++) {
      const d = dependencies[i]!
      if (!(d >= 0 && d < task)) {
        throw new ArgumentError(`task ${entry.spec.name}:${entry.size} depends on task ${d}, which was not added before it`)
      }
      this.#targets.push(d)
    }
    this.#start.push(this.#targets.length)
    this.#layerOf.push(layer)
    this.#indexOf.push(entry.size)
    if (own !== undefined) {
      entry.own ??= new Array(entry.size).fill(undefined)
    }
    entry.own?.push(own)
    entry.size++
    return task
  }

  finish(): Graph {
    const layers = this.#layers.map(
      ({ spec, own }): Layer => ({
        name: spec.name,
        label: spec.label ?? spec.name,
        run: spec.run as TaskFunction | undefined,
        shared: spec.shared,
        own,
        annotations: spec.annotations,
        scratch: spec.scratch,
        shuffle: spec.shuffle,
        payload: spec.payload,
        captures: spec.captures,
        source: spec.source,
      }),
    )
    const numbers = this.#layerOf.items.subarray(0, this.#layerOf.length)
    const layerOf = layers.length <= 65536 ? new Uint16Array(numbers) : new Uint32Array(numbers)
    return new Graph(layers, layerOf, this.#indexOf.toArray(), {
      start: this.#start.toArray(),
      targets: this.#targets.toArray(),
    })
  }
}
