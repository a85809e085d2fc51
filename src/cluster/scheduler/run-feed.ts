import { setImmediate as turn } from 'node:timers/promises'
import { EventKind, type EventLog, type GraphDetail } from '../../events/index.js'
import { type Digest, Digester, GIVEN, type LogLine, type WorkerFacts, type WorkerSample } from '../../model/index.js'
import type { HeldGraph } from './held-graph.js'
import type { ClusterState } from './state.js'
import type { WorkerLink } from './worker-link.js'

/** Seconds of events in one digest. */
const INTERVAL = 0.25
/** Digests between two looks at how workers do. */
const LOOKS = 4
/** Workers whose state is told at once; more are told of in turn. */
const MOST_SAMPLES = 500
/** Tasks that are looked at before others have their turn. */
const SLICE = 20_000

/**
 * What goes on, as digests, for one who looks at it: first what there is, then what happens. It costs something only as long
 * as somebody looks, and then a few nanoseconds an event.
 */
export class RunFeed {
  readonly #state: ClusterState
  readonly #digester: Digester
  readonly #stopListening: () => void
  readonly #timer: NodeJS.Timeout
  /** the workers of which it has been told who they are */
  readonly #known = new WeakSet<WorkerLink>()
  #looks = 0
  #nextWorker = 0
  #stopped = false

  constructor(state: ClusterState, emit: (digest: Digest) => void) {
    this.#state = state
    this.#digester = new Digester({ interval: INTERVAL, emit })
    // What is in the log now is dealt with here; what comes from here on is heard of.
    state.log.flush()
    this.#stopListening = state.accounting.watch(this.#digester)
    const unread = this.#tellPast(state.log)
    this.#look()
    this.#timer = setInterval(() => this.#tick(), INTERVAL * 1000)
    void this.#readStates(unread)
  }

  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
    this.#stopListening()
  }

  /** Lines for those who look. */
  say(lines: readonly LogLine[]): void {
    this.#digester.say({ lines })
  }

  #tick(): void {
    if (this.#looks++ % LOOKS === 0) this.#look()
    this.#digester.flush(this.#state.clock.now())
  }

  /** Goes through what the log still has. Gives the graphs that came before: their tasks must be looked at. */
  #tellPast(log: EventLog): Map<number, HeldGraph> {
    const joined = new Set<number>()
    const submitted = new Set<number>()
    for (let n = log.oldest; n < log.length; n++) {
      const kind = log.kind[n & log.mask]
      if (kind === EventKind.workerJoined) joined.add(log.worker[n & log.mask]!)
      else if (kind === EventKind.graphSubmitted) submitted.add(log.graph[n & log.mask]!)
    }
    const facts = this.#newcomers()
    this.#digester.say({ workers: facts.filter(({ worker }) => !joined.has(worker)) })
    const unread = new Map<number, HeldGraph>()
    for (const [graph, held] of this.#state.graphs) {
      if (submitted.has(graph)) continue
      unread.set(graph, held)
      this.#digester.graph({ graph, time: this.#state.clock.now(), ...detailOf(held) }, () => true)
    }
    this.#digester.take(log, log.oldest, log.length)
    this.#digester.say({ workers: facts })
    return unread
  }

  /** Looks at each task of these graphs once, by pieces; what happens to it before that is not counted, what happens after is. */
  async #readStates(graphs: ReadonlyMap<number, HeldGraph>): Promise<void> {
    const { machine } = this.#state
    let looked = 0
    for (const [graph, held] of graphs) {
      let place = 0
      this.#digester.ignore(graph, (task) => (held.placeOf(task) ?? -1) >= place)
      const stored = held.layers.map(() => 0)
      const erred = held.layers.map(() => 0)
      const given = held.layers.map(() => 0)
      const tell = (): void => {
        stored.forEach((n, layer) => this.#digester.count(graph, layer, EventKind.taskStored, n, 0))
        erred.forEach((n, layer) => this.#digester.count(graph, layer, EventKind.taskErred, n, 0))
        given.forEach((n, layer) => this.#digester.count(graph, layer, GIVEN, n, 0))
        given.fill(0)
        stored.fill(0)
        erred.fill(0)
      }
      while (place < held.graph.size && this.#state.graphs.get(graph) === held) {
        const task = held.nameOf(place)
        const name = machine.stateOf(graph, task)
        const layer = held.graph.layerOf[place]!
        // What was computed and is not needed any more has been let go.
        if (held.hasSources && machine.addressOf(graph, task).graph !== graph) given[layer]!++
        else if (name === 'memory' || name === 'released') stored[layer]!++
        else if (name === 'erred') erred[layer]!++
        place++
        if (++looked % SLICE !== 0) continue
        tell()
        await turn()
        if (this.#stopped) return
      }
      tell()
      this.#digester.countAll(graph)
    }
  }

  #look(): void {
    const { workers, clock, machine } = this.#state
    const now = clock.now()
    const tasks = new Map(machine.load().workers.map(({ index, tasks: n }) => [index, n]))
    const links = [...workers.values()]
    const few = links.length <= MOST_SAMPLES
    const from = few ? 0 : this.#nextWorker % links.length
    const chosen = few ? links : links.slice(from, from + MOST_SAMPLES)
    this.#nextWorker = from + chosen.length
    const samples = chosen.flatMap((link): WorkerSample[] => {
      const { metrics, index } = link
      if (!metrics) return []
      const { held, spilled, memory, cpu, executing, ready, paused } = metrics
      const own = { held, spilled, memory, cpu, executing, ready, paused }
      return [{ worker: index, tasks: tasks.get(index) ?? 0, silent: now - link.lastSeen, ...own }]
    })
    this.#digester.say({ workers: this.#newcomers(), samples })
  }

  /** Who those are that have come since the last time: their event does not say all of it. */
  #newcomers(): WorkerFacts[] {
    const links = [...this.#state.workers.values()].filter((link) => !this.#known.has(link))
    for (const link of links) this.#known.add(link)
    return links.map(factsOf)
  }
}

function factsOf({ index, info }: WorkerLink): WorkerFacts {
  const { name, host, threads, address, pid, memoryLimit, localDirectory, pool, job } = info
  return {
    worker: index,
    name,
    host,
    threads,
    address,
    pid,
    localDirectory,
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(pool === undefined ? {} : { pool }),
    ...(job === undefined ? {} : { job }),
  }
}

function detailOf({ graph, layers }: HeldGraph): GraphDetail {
  const sizes = layers.map(() => 0)
  for (let place = 0; place < graph.size; place++) sizes[graph.layerOf[place]!]!++
  return {
    labels: layers.map(({ message }) => message.label),
    sizes,
    spans: layers.map(({ message }) => message.annotations?.span ?? []),
  }
}
