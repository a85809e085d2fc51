import { ToWorker } from '../../protocol/index.js'
import { Instruction, instructionLength } from '../../scheduler/index.js'
import type { WorkerFailure } from './client-link.js'
import type { ClusterState } from './state.js'
import type { WorkerLink } from './worker-link.js'

/** By instruction that says no more than whose value or task is meant: the record for the worker. */
const plain = {
  [Instruction.free]: ToWorker.free,
  [Instruction.cancel]: ToWorker.cancel,
  [Instruction.confirm]: ToWorker.confirm,
  [Instruction.steal]: ToWorker.steal,
} as const

/** Makes records for workers and clients of what the scheduler machine says. */
export function carryInstructions(state: ClusterState, retired: (link: WorkerLink, remaining: number) => void): void {
  const list = state.machine.instructions
  for (let at = 0; at < list.length; at += instructionLength(list.items, at)) carry(state, list.items, at, retired)
  list.rewind()
}

function carry(state: ClusterState, words: Int32Array, at: number, retired: (link: WorkerLink, remaining: number) => void): void {
  const op = words[at]!
  const graph = words[at + 2]!
  const task = words[at + 3]!
  switch (op) {
    case Instruction.compute: {
      const link = state.workers.get(words[at + 1]!)
      if (link) compute(state, link, words, at)
      return
    }
    case Instruction.free:
    case Instruction.cancel:
    case Instruction.confirm:
    case Instruction.steal: {
      if (op === Instruction.free) state.shuffles.freed(graph, task)
      const link = state.workers.get(words[at + 1]!)
      if (!link) return
      link.records.words4(plain[op as keyof typeof plain], graph, task, words[at + 4]!)
      state.touch(link)
      return
    }
    case Instruction.replicate: {
      const link = state.workers.get(words[at + 1]!)
      if (!link) return
      link.introducePeer(words[at + 5]!)
      link.records.words4(ToWorker.replicate, graph, task, words[at + 4]!)
      link.records.word(words[at + 5]!)
      state.touch(link)
      return
    }
    case Instruction.inMemory:
    case Instruction.erred:
    case Instruction.lost:
      tellClients(state, op, graph, task)
      return
    case Instruction.forgotten:
      forget(state, graph)
      return
    case Instruction.retired: {
      const link = state.workers.get(words[at + 1]!)
      if (link) retired(link, words[at + 2]!)
      return
    }
    case Instruction.archived: {
      const small = state.machine.graphOf(graph)
      const names = state.machine.namesOf(graph)
      if (small && names) state.graphs.get(graph)?.archive(small, names)
      return
    }
    default:
      return
  }
}

function compute(state: ClusterState, link: WorkerLink, words: Int32Array, at: number): void {
  const graph = words[at + 2]!
  const task = words[at + 3]!
  const held = state.graphs.get(graph)!
  const { layerOf, indexOf, dependencies } = held.graph
  const place = held.placeOf(task)
  const layer = held.layers[layerOf[place]!]!
  const index = indexOf[place]!
  link.introduceLayer(layer, held)
  const missing = words[at + 7]!
  for (let i = 0; i < missing; i++) link.introducePeer(words[at + 11 + i * 4]!)
  const ownBytes = layer.ownBytes(index)
  const { start, targets } = dependencies
  const from = start[place]!
  const to = start[place + 1]!
  const out = link.records.list
  let o = out.length
  out.reserve(o + 11 + (to - from) * 2 + missing * 4)
  const items = out.items
  items[o] = ToWorker.compute
  items[o + 1] = graph
  items[o + 2] = task
  items[o + 3] = words[at + 4]!
  items[o + 4] = words[at + 5]!
  items[o + 5] = words[at + 6]!
  items[o + 6] = layer.id
  items[o + 7] = index
  items[o + 8] = ownBytes
  items[o + 9] = to - from
  items[o + 10] = missing
  o += 11
  for (let e = from; e < to; e++) {
    let g = graph
    let t = held.nameOf(targets[e]!)
    if (held.hasSources) ({ graph: g, task: t } = state.machine.addressOf(graph, t))
    items[o++] = g
    items[o++] = t
  }
  for (let i = at + 8; i < at + 8 + missing * 4; i++) items[o++] = words[i]!
  out.length = o
  if (ownBytes > 0) layer.writeOwn(index, link.records)
  state.touch(link)
}

function tellClients(state: ClusterState, op: number, graph: number, task: number): void {
  const held = state.graphs.get(graph)
  if (!held) return
  for (const index of state.machine.clientsOf(graph, task)) {
    const client = state.clients.get(index)
    if (!client) continue
    const name = client.nameOf(held, graph)
    if (op === Instruction.inMemory) {
      const at = held.hasSources ? state.machine.addressOf(graph, task) : { graph, task }
      client.inMemory(name, task, state.machine.holdersOf(graph, task)[0] ?? -1, at.graph, at.task)
    } else if (op === Instruction.erred) client.erred(name, task, state.machine.errorOf(graph, task) as WorkerFailure | Error)
    else client.lost(name, task)
    state.touch(client)
  }
}

function forget(state: ClusterState, graph: number): void {
  const held = state.graphs.get(graph)
  if (!held) return
  state.graphs.delete(graph)
  state.shuffles.forgotten(graph)
  // Workers keep nothing of layers that will not come again.
  for (const link of held.knownBy) {
    link.forget(held)
    state.touch(link)
  }
  held.client.graphs.delete(held.name)
}
