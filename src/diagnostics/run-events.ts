import { type EventLog, EventKind } from '../events/index.js'
import type { RunStart } from '../executor/index.js'

/** Called with each event of one run: event n of the log. Read it at once; later events overwrite it. */
export type RunEventListener = (log: EventLog, n: number) => void

/** Who listens to the graphs of one log, and the runs whose graph has no number yet. */
interface Routes {
  readonly byGraph: Map<number, Set<RunEventListener>>
  readonly waiting: { readonly from: number; readonly listener: RunEventListener; readonly known: (graph: number) => void }[]
  count: number
  stop: () => void
}

const routesOf = new WeakMap<EventLog, Routes>()

/**
 * Calls the listener with the events of a run that has just been announced, and of no other. Gives a function that hands it
 * what is still to be handed out, and ends that.
 */
export function followRun({ executor: { log } }: RunStart, listener: RunEventListener): () => void {
  const routes = routesOf.get(log) ?? route(log)
  routes.count++
  let graph: number | undefined
  // A run is announced right before its graph is submitted: the next submission is its own.
  const entry = {
    from: log.length,
    listener,
    known: (number: number): void => {
      graph = number
    },
  }
  routes.waiting.push(entry)
  return () => {
    log.flush()
    if (graph === undefined) routes.waiting.splice(routes.waiting.indexOf(entry), 1)
    else {
      const listeners = routes.byGraph.get(graph)!
      listeners.delete(listener)
      if (listeners.size === 0) routes.byGraph.delete(graph)
    }
    if (--routes.count === 0) {
      routes.stop()
      routesOf.delete(log)
    }
  }
}

function route(log: EventLog): Routes {
  const routes: Routes = { byGraph: new Map(), waiting: [], count: 0, stop: () => undefined }
  const { byGraph, waiting } = routes
  routes.stop = log.listen((_log, from, to) => {
    let graph = -1
    let listeners: Set<RunEventListener> | undefined
    for (let n = from; n < to; n++) {
      const i = n & log.mask
      if (log.kind[i] === EventKind.graphSubmitted) claim(log, n)
      if (log.graph[i] !== graph || log.kind[i] === EventKind.graphSubmitted) {
        graph = log.graph[i]!
        listeners = byGraph.get(graph)
      }
      if (listeners) for (const listener of listeners) listener(log, n)
    }
  })
  /** Several observers of one run wait for the same number. */
  function claim(log: EventLog, n: number): void {
    const first = waiting[0]?.from
    if (first === undefined || first > n) return
    const graph = log.graph[n & log.mask]!
    while (waiting[0]?.from === first) {
      const { listener, known } = waiting.shift()!
      known(graph)
      byGraph.set(graph, (byGraph.get(graph) ?? new Set()).add(listener))
    }
  }
  routesOf.set(log, routes)
  return routes
}
