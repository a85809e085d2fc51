import { ArgumentError, asError, systemClock } from '../base/index.js'
import { EventKind } from '../events/index.js'
import { type CallEnd, HeldValue, type Holder } from '../executor/index.js'
import { lower } from '../expr/index.js'
import { type Graph, checkWanted, spansOf } from '../graph/index.js'
import { Frame, type Session, writeGraph } from '../protocol/index.js'
import { type ClientGraph, RELEASED } from './client-graph.js'
import type { ClientGraphs } from './client-graphs.js'
import { Cancelled } from './errors.js'
import type { FollowedLog } from './followed-log.js'
import type { Future } from './future.js'
import { graphMessage } from './graph-writer.js'

/** From here on graphs have numbers that the scheduler gave them: those that other clients submitted. */
const FOREIGN = 2 ** 30

/** Sends graphs to the scheduler: those of collections at once, the calls of a tick together as one. */
export class Submitter {
  readonly #session: Session
  readonly #graphs: ClientGraphs
  readonly #holder: Holder
  readonly #log: FollowedLog
  #calls: Future<unknown>[] = []
  /** of calls that somebody observes, what is to be told of their end */
  readonly #observed = new Map<Future<unknown>, CallEnd>()
  #flushing = false
  /** graphs that the scheduler does not know yet, because they need data that is still on its way to workers */
  readonly #unsent = new Map<number, Promise<Error | undefined>>()

  constructor(session: Session, graphs: ClientGraphs, holder: Holder, log: FollowedLog) {
    this.#log = log
    this.#session = session
    this.#graphs = graphs
    this.#holder = holder
  }

  /** A call that is sent at the end of the tick; `ended` is told of its end. */
  add(future: Future<unknown>, ended?: CallEnd): void {
    this.#calls.push(future)
    if (ended) this.#observed.set(future, ended)
  }

  isUnsent = (name: number): boolean => this.#unsent.has(name)

  /** Resolves when the scheduler knows these graphs. */
  async sent(names: Iterable<number>): Promise<void> {
    for (const name of names) await this.#unsent.get(name)
  }

  /** Sends the calls of this tick. */
  flush(): void {
    if (this.#flushing || this.#calls.length === 0) return
    this.#flushing = true
    const futures = this.#calls
    this.#calls = []
    try {
      this.#send(futures)
    } catch (thrown) {
      if (futures.length === 1) futures[0]!.submitted(asError(thrown))
      else this.#sendOneByOne(futures)
    } finally {
      this.#flushing = false
      if (this.#observed.size > 0) this.#observe(futures)
    }
  }

  /** Nothing is sent any more. */
  end(error: Error): void {
    const futures = this.#calls
    for (const future of futures) future.submitted(error)
    this.#calls = []
    this.#observe(futures)
  }

  #observe(futures: readonly Future<unknown>[]): void {
    for (const future of futures) {
      const ended = this.#observed.get(future)
      this.#observed.delete(future)
      if (ended) whenEnded(future, ended)
    }
  }

  /** Sends a graph. Throws when it needs results that were released. */
  send(graph: Graph, wanted: Int32Array, priority: number): ClientGraph {
    checkWanted(graph, wanted)
    const name = this.#graphs.nextName()
    const message = graphMessage(name, graph, wanted, priority)
    const needs = this.#unsentAmong(message.sources, graph)
    const frame = writeGraph(message)
    const submitted = this.#graphs.add(name, wanted)
    if (this.#log.isFollowed) {
      const sizes = graph.layers.map(() => 0)
      for (const layer of graph.layerOf) sizes[layer]!++
      const labels = graph.layers.map((layer) => layer.label)
      const detail = { labels, sizes, ...spansOf(graph.layers) }
      this.#log.recordDetail(EventKind.graphSubmitted, systemClock.now(), name, -1, graph.size, detail)
      this.#log.flush()
    }
    if (needs.length === 0) this.#session.send(Frame.graph, frame)
    else this.defer(name, this.#sendAfter(needs, name, frame))
    return submitted
  }

  /** The scheduler does not know this graph until `sending` has resolved, with an error if it never will. */
  defer(name: number, sending: Promise<Error | undefined>): void {
    this.#unsent.set(name, sending)
    void sending.then((error) => {
      this.#unsent.delete(name)
      if (error) this.#graphs.failOne(name, error)
    })
  }

  async #sendAfter(needs: readonly Promise<Error | undefined>[], name: number, frame: Uint8Array[]): Promise<Error | undefined> {
    for (const needed of needs) {
      const error = await needed
      if (error) return error
    }
    // What is sent from now on may use it.
    this.#unsent.delete(name)
    this.#session.send(Frame.graph, frame)
    return undefined
  }

  /** What must be sent before a graph that uses results of these graphs. */
  #unsentAmong(sources: Int32Array, graph: Graph): Promise<Error | undefined>[] {
    const needs = new Set<Promise<Error | undefined>>()
    for (let i = 0; i < sources.length; i += 3) {
      const name = sources[i + 1]!
      const held = graph.own(sources[i]!) as HeldValue
      if (held.executor !== this.#holder.executor) {
        throw new ArgumentError(
          `${held.key} is held by ${held.executor.name}: ${this.#holder.executor.name} cannot use it. Gather it there first`,
        )
      }
      // What others have submitted, the scheduler knows.
      if (name >= FOREIGN) continue
      if ((this.#graphs.get(name)?.stateOf(sources[i + 2]!) ?? RELEASED) === RELEASED) {
        throw new Cancelled(`${held.key} was cancelled or released, so it cannot be used: submit it again`)
      }
      const sending = this.#unsent.get(name)
      if (sending) needs.add(sending)
    }
    return [...needs]
  }

  #send(futures: readonly Future<unknown>[]): void {
    const { graph, wanted } = lower(
      futures.map((future) => future.call!),
      true,
    )
    // Equal pure calls are one task, with one handle.
    const shared = isAscending(wanted) ? undefined : new Map<number, HeldValue>()
    const { name } = this.send(graph, shared ? Int32Array.from(new Set(wanted)) : wanted, 0)
    for (let i = 0; i < futures.length; i++) {
      const task = wanted[i]!
      let held = shared?.get(task)
      if (!held) {
        held = new HeldValue(this.#holder, name, task, graph.layer(task).name, graph.indexOf[task]!)
        shared?.set(task, held)
      }
      futures[i]!.submitted(held)
    }
  }

  /** One of several cannot be sent: the others can. */
  #sendOneByOne(futures: readonly Future<unknown>[]): void {
    for (const future of futures) {
      try {
        this.#send([future])
      } catch (thrown) {
        future.submitted(asError(thrown))
      }
    }
  }
}

function isAscending(numbers: Int32Array): boolean {
  for (let i = 1; i < numbers.length; i++) if (numbers[i]! <= numbers[i - 1]!) return false
  return true
}

/** Tells of the end of a call. A future that nobody else has any more is let go as ever, and so its task is cancelled. */
function whenEnded(future: Future<unknown>, ended: CallEnd): void {
  const { key } = future
  const kept = new WeakRef(future)
  future.whenDone(() => {
    const one = kept.deref()
    if (one === undefined || one.status === 'cancelled') ended(key, new Cancelled(`${key} was cancelled or released`))
    else if (one.status === 'finished') ended(key, undefined)
    else
      one.exception().then(
        (error) => ended(key, error),
        (error: unknown) => ended(key, error),
      )
  })
}
