import { isDeepStrictEqual } from 'node:util'
import type { Annotations } from './annotations.js'
import { Graph, type Layer, type TaskFunction, type Wanted, checkWanted } from './graph.js'
import { type FusedShared, type FusedStep, ownsOf, rememberSources, runFused, stepsOf } from './run-fused.js'

/** The longest label of a fused layer; a longer one keeps its two ends. */
const LONGEST_LABEL = 60

/** Chains of the same layers in the same order, which become one layer. */
interface Group {
  /** the last task of one of them */
  readonly tail: number
  readonly layer: number
  aligned: boolean
}

/**
 * Makes one task of each chain of tasks: where a result is used by one other task only, once, and that other needs
 * nothing else. A fused task has the key of the last task of its chain; wanted tasks keep their keys. Tasks whose
 * annotations differ stay apart, and so do those whose values exist already.
 *
 * Fusing may split a layer into several of the same name, each with other steps; (name, index) stays unique.
 * A graph without chains is given back as it is.
 */
export function fuse(graph: Graph, wanted: ArrayLike<number>): Wanted {
  checkWanted(graph, wanted)
  const chains = chainsOf(graph, wanted)
  if (chains.absorbed === 0) return { graph, wanted: Int32Array.from(wanted) }
  const { previous, isAbsorbed } = chains
  const { size, layers, layerOf, indexOf } = graph
  const { start, targets } = graph.dependencies

  // Layers of which a task stays as it is come first, in their order; then one for each group of chains.
  const numberOfLayer = new Int32Array(layers.length).fill(-1)
  for (let t = 0; t < size; t++) if (isAbsorbed[t] === 0 && previous[t]! < 0) numberOfLayer[layerOf[t]!] = 0
  const newLayers: Layer[] = []
  layers.forEach((layer, number) => {
    if (numberOfLayer[number] === 0) numberOfLayer[number] = newLayers.push(layer) - 1
  })
  const { groups, groupOf } = groupsOf(graph, chains)
  const columns = groups.map((group): unknown[] | undefined => {
    const { layer, own } = fusedLayer(graph, previous, group)
    newLayers.push(layer)
    return own
  })

  const tasks = size - chains.absorbed
  const newLayerOf = newLayers.length <= 65536 ? new Uint16Array(tasks) : new Uint32Array(tasks)
  const newIndexOf = new Int32Array(tasks)
  const newStart = new Int32Array(tasks + 1)
  const newTargets = new Int32Array(targets.length - chains.absorbed)
  const numberOf = new Int32Array(size)
  let next = 0
  let edge = 0
  for (let t = 0; t < size; t++) {
    if (isAbsorbed[t] === 1) continue
    let head = t
    if (previous[t]! < 0) newLayerOf[next] = numberOfLayer[layerOf[t]!]!
    else {
      const number = groupOf[t]!
      newLayerOf[next] = newLayers.length - groups.length + number
      while (previous[head]! >= 0) head = previous[head]!
      const column = columns[number]
      if (column) column[indexOf[t]!] = ownOfChain(graph, previous, t, groups[number]!.aligned)
    }
    newIndexOf[next] = indexOf[t]!
    for (let e = start[head]!; e < start[head + 1]!; e++) newTargets[edge++] = numberOf[targets[e]!]!
    numberOf[t] = next++
    newStart[next] = edge
  }
  return {
    graph: new Graph(newLayers, newLayerOf, newIndexOf, { start: newStart, targets: newTargets }),
    wanted: Int32Array.from(wanted, (t) => numberOf[t]!),
  }
}

interface Chains {
  /** the task before each in its chain, or -1 */
  readonly previous: Int32Array
  /** 1: another task of the chain comes after it */
  readonly isAbsorbed: Uint8Array
  readonly absorbed: number
}

function chainsOf(graph: Graph, wanted: ArrayLike<number>): Chains {
  const { size, layers, layerOf } = graph
  const { start, targets } = graph.dependencies
  const uses = new Int32Array(size)
  for (let e = 0; e < targets.length; e++) uses[targets[e]!]!++
  for (let i = 0; i < wanted.length; i++) uses[wanted[i]!] = 2 // never absorbed
  const together = new Map<number, boolean>()
  const previous = new Int32Array(size).fill(-1)
  const isAbsorbed = new Uint8Array(size)
  let absorbed = 0
  for (let t = 0; t < size; t++) {
    if (start[t + 1]! - start[t]! !== 1) continue
    const d = targets[start[t]!]!
    if (uses[d] !== 1) continue
    const a = layerOf[d]!
    const b = layerOf[t]!
    const pair = a * layers.length + b
    let may = together.get(pair)
    if (may === undefined) {
      may = mayFuse(layers[a]!, layers[b]!)
      together.set(pair, may)
    }
    if (!may) continue
    previous[t] = d
    isAbsorbed[d] = 1
    absorbed++
  }
  return { previous, isAbsorbed, absorbed }
}

const NONE: Annotations = {}

function mayFuse(a: Layer, b: Layer): boolean {
  if (a.run === undefined || b.run === undefined) return false
  // Values that a function captured are inputs too, at the end of each task's.
  if (a.captures || b.captures) return false
  // What a seal is part of, and which tasks it waits for, must be seen from outside.
  if (a.shuffle || b.shuffle === 'seal') return false
  return a.annotations === b.annotations || isDeepStrictEqual(a.annotations ?? NONE, b.annotations ?? NONE)
}

/** Sorts the chains by the layers they run through. `groupOf` holds for the last task of each chain. */
function groupsOf(graph: Graph, { previous, isAbsorbed }: Chains): { groups: Group[]; groupOf: Int32Array } {
  const { size, layerOf, indexOf } = graph
  const hash = new Int32Array(size)
  const groupOf = new Int32Array(size)
  const groups: Group[] = []
  const groupsByHash = new Map<number, number[]>()
  for (let t = 0; t < size; t++) {
    const p = previous[t]!
    hash[t] = Math.imul((p < 0 ? 0 : hash[p]!) ^ (layerOf[t]! + 1), 0x9e3779b1) ^ (p < 0 ? 0 : hash[p]! >>> 15)
    if (isAbsorbed[t] === 1 || p < 0) continue
    let candidates = groupsByHash.get(hash[t]!)
    if (!candidates) groupsByHash.set(hash[t]!, (candidates = []))
    let number = candidates.find((g) => sameLayers(graph, previous, groups[g]!.tail, t))
    if (number === undefined) {
      number = groups.push({ tail: t, layer: layerOf[t]!, aligned: true }) - 1
      candidates.push(number)
    }
    groupOf[t] = number
    const group = groups[number]!
    for (let s = t; s >= 0 && group.aligned; s = previous[s]!) {
      if (indexOf[s] !== indexOf[t] || !isAligned(graph.layer(s))) group.aligned = false
    }
  }
  return { groups, groupOf }
}

function sameLayers({ layerOf }: Graph, previous: Int32Array, a: number, b: number): boolean {
  while (a >= 0 && b >= 0) {
    if (layerOf[a] !== layerOf[b]) return false
    a = previous[a]!
    b = previous[b]!
  }
  return a === b
}

/** The layer of a group, and the column of own parameters to fill, where its tasks have any. */
function fusedLayer(graph: Graph, previous: Int32Array, group: Group): { layer: Layer; own: unknown[] | undefined } {
  const parts: Layer[] = []
  for (let t = group.tail; t >= 0; t = previous[t]!) parts.push(graph.layer(t))
  parts.reverse()
  const stepsOfPart = new Map<Layer, readonly FusedStep[]>()
  for (const part of parts) if (!stepsOfPart.has(part)) stepsOfPart.set(part, stepsOfLayer(part))
  const steps = parts.flatMap((part) => stepsOfPart.get(part)!)
  const shared: FusedShared = { steps, aligned: group.aligned }
  rememberSources(
    shared,
    parts.flatMap(stepsOf).map((step) => step.source),
  )
  const own = !group.aligned || steps.some((step) => step.owns) ? [] : undefined
  const last = graph.layers[group.layer]!
  const layer: Layer = {
    name: last.name,
    label: labelOf(steps),
    run: runFused as TaskFunction,
    shared,
    own,
    annotations: last.annotations,
    scratch: parts.some((part) => part.scratch),
    shuffle: last.shuffle,
    source: undefined,
  }
  return { layer, own }
}

function isFused(layer: Layer): boolean {
  return layer.run === (runFused as TaskFunction)
}

function isAligned(layer: Layer): boolean {
  return !isFused(layer) || (layer.shared as FusedShared).aligned
}

function stepsOfLayer(layer: Layer): readonly FusedStep[] {
  if (isFused(layer)) return (layer.shared as FusedShared).steps
  const run = layer.run as TaskFunction<unknown, unknown>
  return [{ run, shared: layer.shared, label: layer.label, owns: layer.own !== undefined }]
}

/** What `runFused` takes as `own`. */
function ownOfChain(graph: Graph, previous: Int32Array, tail: number, aligned: boolean): unknown {
  const chain: number[] = []
  for (let t = tail; t >= 0; t = previous[t]!) chain.push(t)
  const owns: unknown[] = []
  const indices: number[] = []
  for (let i = chain.length - 1; i >= 0; i--) {
    const t = chain[i]!
    const layer = graph.layer(t)
    if (isFused(layer)) {
      const shared = layer.shared as FusedShared
      const list = ownsOf(graph.own(t), shared)
      const owners = shared.aligned ? list.length : list.length - shared.steps.length
      for (let i = 0; i < owners; i++) owns.push(list[i])
      for (let s = 0; s < shared.steps.length; s++) {
        indices.push(shared.aligned ? graph.indexOf[t]! : (list[owners + s] as number))
      }
    } else {
      if (layer.own) owns.push(graph.own(t))
      indices.push(graph.indexOf[t]!)
    }
  }
  if (!aligned) return [...owns, ...indices]
  return owns.length === 1 ? owns[0] : owns
}

/** The labels of the steps, each once, in order: 'readText-flatMap-frequencies'. */
function labelOf(steps: readonly FusedStep[]): string {
  const labels = [...new Set(steps.map((step) => step.label))]
  const label = labels.join('-')
  if (label.length <= LONGEST_LABEL) return label
  const half = (LONGEST_LABEL - 1) >> 1
  return `${label.slice(0, half)}…${label.slice(-half)}`
}
