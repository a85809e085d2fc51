import type { Core } from './core.js'
import type { GraphState } from './graph-state.js'

/**
 * Who wants what of a graph that several clients want something of. Of other graphs, which are most, `GraphState.wanted`
 * says all there is to say: it is what the owner wants.
 */
export interface Wants {
  /** 1: the owner wants the result */
  readonly owner: Uint8Array
  /** by client, what it wants */
  readonly others: Map<number, Set<number>>
}

/** A client wants the result of a task. True when nobody wanted it before. */
export function addWant(core: Core, g: GraphState, t: number, client: number): boolean {
  noteGraph(core, g, client)
  if (client !== g.owner || g.wants !== undefined) noteWant(g, t, client)
  if (g.wanted[t] === 1) return false
  g.wanted[t] = 1
  g.wantedCount++
  return true
}

function noteWant(g: GraphState, t: number, client: number): void {
  g.wants ??= { owner: g.wanted.slice(), others: new Map() }
  if (client === g.owner) {
    g.wants.owner[t] = 1
    return
  }
  let tasks = g.wants.others.get(client)
  if (!tasks) {
    tasks = new Set()
    g.wants.others.set(client, tasks)
  }
  tasks.add(t)
}

/** From now on dropping the client concerns the graph. */
export function noteGraph(core: Core, g: GraphState, client: number): void {
  const graphs = core.clients.get(client)
  if (graphs) graphs.add(g.id)
  else core.clients.set(client, new Set([g.id]))
}

/** A client does not want the result of a task any more. True when nobody else does, either. */
export function dropWant(core: Core, g: GraphState, t: number, client: number): boolean {
  if (g.wanted[t] !== 1) return false
  const { wants } = g
  if (wants === undefined) {
    if (client !== g.owner) return false
  } else {
    if (client === g.owner) wants.owner[t] = 0
    else {
      const tasks = wants.others.get(client)
      tasks?.delete(t)
      if (tasks?.size === 0) {
        wants.others.delete(client)
        dropGraph(core, g, client)
      }
    }
    if (wants.others.size === 0) g.wants = undefined
    if (wants.owner[t] === 1) return false
    for (const tasks of wants.others.values()) if (tasks.has(t)) return false
  }
  g.wanted[t] = 0
  g.wantedCount--
  return true
}

export function wantsIt(g: GraphState, t: number, client: number): boolean {
  if (g.wants === undefined) return client === g.owner && g.wanted[t] === 1
  return client === g.owner ? g.wants.owner[t] === 1 : (g.wants.others.get(client)?.has(t) ?? false)
}

/** The clients that want the result of a task. */
export function clientsOf(g: GraphState, t: number): number[] {
  if (g.wanted[t] !== 1) return []
  if (g.wants === undefined) return [g.owner]
  const clients = g.wants.owner[t] === 1 ? [g.owner] : []
  for (const [client, tasks] of g.wants.others) if (tasks.has(t)) clients.push(client)
  return clients
}

/** The graph is forgotten: dropping clients does not concern it any more. */
export function forgetWants(core: Core, g: GraphState): void {
  dropGraph(core, g, g.owner)
  for (const client of g.wants?.others.keys() ?? []) dropGraph(core, g, client)
}

function dropGraph(core: Core, g: GraphState, client: number): void {
  const graphs = core.clients.get(client)
  if (!graphs?.delete(g.id)) return
  if (graphs.size === 0) core.clients.delete(client)
}
