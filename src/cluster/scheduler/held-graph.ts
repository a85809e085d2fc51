import { ArgumentError } from '../../base/index.js'
import { Graph, type Layer } from '../../graph/index.js'
import type { GraphMessage, LayerMessage } from '../../protocol/index.js'
import type { ClientLink } from './client-link.js'
import type { WorkerLink } from './worker-link.js'

/** Stands for what the tasks of a layer run: the scheduler cannot call it, nor does it need to. */
function elsewhere(): never {
  throw new ArgumentError('tasks run on workers')
}

let nextLayer = 1

/** What the scheduler keeps of a layer, to give it to workers. */
export class HeldLayer {
  /** of all layers that this scheduler ever sees */
  readonly id = nextLayer++
  readonly message: LayerMessage

  constructor(message: LayerMessage) {
    this.message = message
  }

  /** The own parameter of a task, encoded; undefined where it has none. */
  own(index: number): Uint8Array | undefined {
    const { own, ownEnds } = this.message
    if (!own || !ownEnds) return undefined
    const before = index === 0 ? 0 : ownEnds[index - 1]!
    const end = ownEnds[index]!
    return end === before ? undefined : own.subarray(Math.ceil(before / 8) * 8, end)
  }
}

/** A graph that was submitted, with what the scheduler machine has no use for. */
export class HeldGraph {
  readonly client: ClientLink
  /** the client's number of it */
  readonly name: number
  readonly message: GraphMessage
  readonly layers: readonly HeldLayer[]
  readonly graph: Graph
  /** the workers that know a layer of it */
  readonly knownBy = new Set<WorkerLink>()
  /** whether tasks of it stand for tasks of others */
  readonly hasSources: boolean

  constructor(client: ClientLink, message: GraphMessage) {
    this.client = client
    this.name = message.graph
    this.message = message
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
        source: undefined,
      }),
    )
    this.graph = new Graph(layers, message.layerOf, message.indexOf, { start: message.start, targets: message.targets })
  }
}
