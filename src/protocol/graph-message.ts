import { deserialize, serialize } from 'node:v8'
import type { Annotations, ShuffleRole } from '../graph/index.js'
import { ProtocolError } from './errors.js'

/** A layer as it travels: what its tasks run is bytes that only workers read. */
export interface LayerMessage {
  readonly name: string
  readonly label: string
  readonly annotations: Annotations | undefined
  readonly captures: number
  readonly scratch: boolean
  /** what its tasks do in a shuffle */
  readonly shuffle?: ShuffleRole | undefined
  /** undefined: its tasks stand for values that exist already */
  readonly payload: Uint8Array | undefined
  /** where the own parameter of each task ends in `own`, by index in the layer; undefined: they have none */
  readonly ownEnds: Float64Array | undefined
  /** the own parameters, encoded, one after the other */
  readonly own: Uint8Array | undefined
}

/** A graph as it travels to the scheduler. */
export interface GraphMessage {
  /** the client's number of it */
  readonly graph: number
  readonly priority: number
  readonly layers: readonly LayerMessage[]
  /** by task: layer, index in the layer, place in the order */
  readonly layerOf: Uint16Array | Uint32Array
  readonly indexOf: Int32Array
  readonly ranks: Int32Array
  /** the dependencies, as `Graph.dependencies` */
  readonly start: Int32Array
  readonly targets: Int32Array
  readonly wanted: Int32Array
  /** triples: a task that stands for a task of a graph of before, and that graph and task */
  readonly sources: Int32Array
}

type Column = 'indexOf' | 'ranks' | 'start' | 'targets' | 'wanted' | 'sources' | 'layerOf'

const columns: readonly Column[] = ['indexOf', 'ranks', 'start', 'targets', 'wanted', 'sources', 'layerOf']

interface Head {
  readonly graph: number
  readonly priority: number
  readonly layers: readonly (Omit<LayerMessage, 'own' | 'payload'> & { readonly own: number; readonly payload: number })[]
  readonly lengths: readonly number[]
  readonly wide: boolean
}

/** The body of a frame, in parts: the large ones are sent from where they are. */
export function writeGraph(message: GraphMessage): Uint8Array[] {
  const head: Head = {
    graph: message.graph,
    priority: message.priority,
    layers: message.layers.map((layer) => ({
      ...layer,
      own: layer.own?.byteLength ?? -1,
      payload: layer.payload?.byteLength ?? -1,
    })),
    lengths: columns.map((name) => message[name].length),
    wide: message.layerOf instanceof Uint32Array,
  }
  const parts: Uint8Array[] = []
  const add = (bytes: Uint8Array): void => {
    if (bytes.byteLength > 0) parts.push(bytes)
    const rest = -bytes.byteLength & 7
    if (rest > 0) parts.push(new Uint8Array(rest))
  }
  const headBytes = serialize(head)
  parts.push(new Uint8Array(Float64Array.of(headBytes.byteLength).buffer))
  add(headBytes)
  for (const name of columns) {
    const { buffer, byteOffset, byteLength } = message[name]
    add(new Uint8Array(buffer, byteOffset, byteLength))
  }
  for (const { own, payload } of message.layers) {
    if (own) add(own)
    if (payload) add(payload)
  }
  return parts
}

/** The graph of a frame's body; its columns are views of it. Throws `ProtocolError` when it makes no sense. */
export function readGraph(body: Uint8Array): GraphMessage {
  const { buffer } = body
  let at = body.byteOffset
  const end = at + body.byteLength
  const take = (bytes: number): number => {
    const from = at
    at += (bytes + 7) & ~7
    if (bytes < 0 || at > end) throw new ProtocolError('a graph has come that ends too early')
    return from
  }
  const headLength = new Float64Array(buffer, take(8), 1)[0]!
  const head = deserialize(new Uint8Array(buffer, take(headLength), headLength)) as Head
  const ints = (length: number): Int32Array => new Int32Array(buffer, take(length * 4), length)
  const [indexOf, ranks, start, targets, wanted, sources] = head.lengths.slice(0, 6).map(ints) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  const size = head.lengths[6]!
  const layerOf = head.wide ? new Uint32Array(buffer, take(size * 4), size) : new Uint16Array(buffer, take(size * 2), size)
  const bytes = (length: number): Uint8Array | undefined =>
    length < 0 ? undefined : new Uint8Array(buffer, take(length), length)
  const layers = head.layers.map((layer): LayerMessage => {
    const own = bytes(layer.own)
    return { ...layer, own, payload: bytes(layer.payload) }
  })
  const message = { graph: head.graph, priority: head.priority, layers, layerOf, indexOf, ranks, start, targets, wanted, sources }
  check(message)
  return message
}

function check({ layers, layerOf, indexOf, ranks, start, targets, wanted, sources }: GraphMessage): void {
  const size = layerOf.length
  const wrong = (what: string): ProtocolError => new ProtocolError(`a graph of ${size} tasks has come ${what}`)
  if (indexOf.length !== size || ranks.length !== size || start.length !== size + 1) throw wrong('whose columns differ in length')
  if (start[0] !== 0 || start[size] !== targets.length) throw wrong('whose rows of dependencies are not whole')
  for (let t = 0; t < size; t++) {
    if (layerOf[t]! >= layers.length) throw wrong(`whose task ${t} is of a layer that is not there`)
    if (start[t]! > start[t + 1]!) throw wrong(`whose task ${t} has a negative number of dependencies`)
    for (let e = start[t]!; e < start[t + 1]!; e++)
      if (!(targets[e]! >= 0 && targets[e]! < t))
        throw wrong(`whose task ${t} depends on ${targets[e]}, which does not go before it`)
  }
  for (const t of wanted) if (!(t >= 0 && t < size)) throw wrong(`of which task ${t} is wanted`)
  for (let i = 0; i < sources.length; i += 3)
    if (!(sources[i]! >= 0 && sources[i]! < size)) throw wrong(`of which task ${sources[i]} stands for another`)
}
