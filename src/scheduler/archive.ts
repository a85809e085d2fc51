import { EventKind } from '../events/index.js'
import { Graph, type Layer } from '../graph/index.js'
import type { Core } from './core.js'
import { GraphState, type Names } from './graph-state.js'
import { Instruction } from './instructions.js'
import { ERRED, MEMORY, RELEASED } from './task-states.js'
import type { Wants } from './wants.js'

/*
 * Of a large graph there is often little left: one result of a million. Once nothing goes on in it, its state is replaced
 * by that of a small graph, of what is wanted and what that is computed from, in which the tasks have other numbers.
 * Outside they keep those that they had (`GraphState.names`).
 */

/** What is wanted may have a lineage of so many times as many tasks as may be left. */
const LINEAGE = 8

/** Archives what has come to rest: the end of every tick. */
export function archiveResting(core: Core): void {
  const list = core.resting
  for (let i = list.length - 1; i >= 0; i--) {
    const g = list[i]!
    if (core.graphs.get(g.id) === g && g.activeCount <= g.archiveBelow && g.users === 0 && g.opened === g.graph.size) {
      if (!isAtRest(core, g)) continue
      archive(core, g)
    }
    g.restingUpTo = -1
    list[i] = list.at(-1)!
    list.pop()
  }
}

/** Whether nothing has gone on in the graph for a while. Goes on looking where something did go on the last time. */
function isAtRest(core: Core, g: GraphState): boolean {
  if (Number.isNaN(g.restingSince)) {
    if (!look(g)) return false
    g.restingSince = core.now
  }
  if (core.now - g.restingSince < core.archiveAfter) return false
  // What was at rest when it was looked at may not be any more.
  g.restingUpTo = 0
  if (look(g)) return true
  g.restingSince = Number.NaN
  return false
}

function look(g: GraphState): boolean {
  const n = g.graph.size
  while (g.restingUpTo < n && rests(g, g.restingUpTo)) g.restingUpTo++
  return g.restingUpTo === n
}

function rests(g: GraphState, t: number): boolean {
  const state = g.state[t]
  return state === RELEASED || state === ERRED || (state === MEMORY && g.wanted[t] === 1)
}

function archive(core: Core, g: GraphState): void {
  const kept = keptTasks(g, g.graph.size * core.archiveShare * LINEAGE)
  // What was archived before is archived again only if much of it went since.
  if (!kept || (g.names !== undefined && kept.length * 2 > g.graph.size)) {
    // It may be worth it when less is wanted.
    g.archiveBelow = g.activeCount >>> 1
    return
  }
  const small = shrink(g, kept)
  small.archiveBelow = Math.floor(kept.length * core.archiveShare)
  core.roots.forget(g)
  core.graphs.set(g.id, small)
  for (const used of g.uses) {
    if (small.uses.has(used)) continue
    used.users--
    core.forgetIfDone(used)
  }
  core.log.record(EventKind.graphArchived, core.now, g.id, -1, -1, -1, kept.length)
  core.tellGraph(Instruction.archived, g.id)
}

/** What is wanted and what that is computed from, in ascending order; undefined when it is too much. */
function keptTasks(g: GraphState, most: number): Int32Array | undefined {
  const kept = new Set<number>()
  const list: number[] = []
  for (let t = 0; t < g.graph.size; t++) if (g.wanted[t] === 1) list.push(t)
  for (let t = list.pop(); t !== undefined; t = list.pop()) {
    if (kept.has(t)) continue
    kept.add(t)
    if (kept.size > most) return undefined
    for (const d of g.graph.dependenciesOf(t)) if (!kept.has(d)) list.push(d)
  }
  return Int32Array.from(kept).sort()
}

/** The state of those tasks of a graph, as that of a graph of its own. */
function shrink(g: GraphState, kept: Int32Array): GraphState {
  const number = new Map<number, number>()
  kept.forEach((t, i) => number.set(t, i))
  const ranks = new Int32Array(kept.length)
  const byRank = kept.slice().sort((a, b) => g.rank[a]! - g.rank[b]!)
  byRank.forEach((t, rank) => {
    ranks[number.get(t)!] = rank
  })
  const outside = kept.map((t) => g.nameOf(t))
  const inside = new Map<number, number>()
  outside.forEach((name, i) => inside.set(name, i))
  const names: Names = { outside, inside }
  const wanted: number[] = []
  for (let i = 0; i < kept.length; i++) if (g.wanted[kept[i]!] === 1) wanted.push(i)
  const small = new GraphState(g.id, part(g.graph, kept, number), ranks, g.owner, names)
  small.clear(0, kept.length)
  small.takeRanks(0, kept.length)
  small.takeWanted(wanted, 0, wanted.length)
  small.layers = g.layers
  small.hasActors = g.hasActors
  small.samePriority = g.samePriority
  small.dependents = small.graph.dependents
  small.opened = kept.length
  small.activeCount = g.activeCount
  kept.forEach((t, i) => copyTask(g, t, small, i))
  small.wants = g.wants && partOfWants(g.wants, kept, number)
  return small
}

function copyTask(g: GraphState, t: number, small: GraphState, i: number): void {
  small.state[i] = g.state[t]!
  small.worker[i] = g.worker[t]!
  small.cost[i] = g.cost[t]!
  small.failures[i] = g.failures[t]!
  small.attempt[i] = g.attempt[t]!
  for (const w of g.copies.all(t)) small.copies.add(i, w)
  const retries = g.retriesUsed.get(t)
  if (retries !== undefined) small.retriesUsed.set(i, retries)
  if (g.errors.has(t)) small.errors.set(i, g.errors.get(t))
  const misses = g.misses?.get(t)
  if (misses !== undefined) (small.misses ??= new Map()).set(i, misses)
  const end = g.ended?.get(t)
  if (end !== undefined) (small.ended ??= new Map()).set(i, end)
  const preferred = g.preferred?.get(t)
  if (preferred !== undefined) (small.preferred ??= new Map()).set(i, preferred)
  if (g.replicated?.has(t)) (small.replicated ??= new Set()).add(i)
  const source = g.sources.get(t)
  if (!source) return
  small.sources.set(i, source)
  small.uses.add(source.graph)
  const aliases = source.graph.aliases.get(source.task)
  const at = aliases?.findIndex((a) => a.graph === g && a.task === t) ?? -1
  if (at >= 0) aliases![at] = { graph: small, task: i }
}

/** Those tasks of a graph, as a graph of its own. Their keys and their own parameters stay what they are. */
function part(graph: Graph, kept: Int32Array, number: ReadonlyMap<number, number>): Graph {
  const own: unknown[][] = graph.layers.map(() => [])
  const layerOf = graph.layerOf.constructor === Uint16Array ? new Uint16Array(kept.length) : new Uint32Array(kept.length)
  const indexOf = new Int32Array(kept.length)
  const start = new Int32Array(kept.length + 1)
  const targets: number[] = []
  kept.forEach((t, i) => {
    layerOf[i] = graph.layerOf[t]!
    indexOf[i] = graph.indexOf[t]!
    // Few of many: the engine keeps such an array as a table.
    own[layerOf[i]!]![indexOf[i]!] = graph.own(t)
    for (const d of graph.dependenciesOf(t)) targets.push(number.get(d)!)
    start[i + 1] = targets.length
  })
  const layers = graph.layers.map((layer, l): Layer => (layer.own === undefined ? layer : { ...layer, own: own[l] }))
  return new Graph(layers, layerOf, indexOf, { start, targets: Int32Array.from(targets) })
}

function partOfWants(wants: Wants, kept: Int32Array, number: ReadonlyMap<number, number>): Wants {
  const others = new Map<number, Set<number>>()
  for (const [client, tasks] of wants.others) others.set(client, new Set([...tasks].map((t) => number.get(t)!)))
  return { owner: Uint8Array.from(kept, (t) => wants.owner[t]!), others }
}
