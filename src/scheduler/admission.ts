import { EventKind } from '../events/index.js'
import { type Graph, spansOf } from '../graph/index.js'
import type { Core } from './core.js'
import { GraphState } from './graph-state.js'
import { Instruction } from './instructions.js'
import { LayerSurvey } from './layer-survey.js'
import { makeReady } from './placement.js'
import { type Submission, checkGiven, findSources } from './submission.js'
import { ERRED, RELEASED, WAITING } from './task-states.js'
import { awaitInputs, complete, dropSource, failOfItself, holdSource, letGo, loseData, require } from './transitions.js'
import { Transposition } from './transposition.js'
import { forgetWants, noteGraph } from './wants.js'
import type { WorkerState } from './worker-state.js'

/**
 * A graph on its way in, piece by piece, so that one of a million tasks does not keep the scheduler from answering others.
 * Until all checks have passed its tasks count as released, and stand-ins for them wait; then they are made ready, piece
 * by piece. Whatever may happen to a graph may happen to it in between.
 *
 * @example
 * ```ts
 * const admission = scheduler.admit(graph, { wanted, ranks })
 * const more = (): void => { if (!admission.step(20_000)) setImmediate(more) }
 * more()
 * ```
 */
export class Admission {
  /** the number of the graph */
  readonly graph: number
  readonly #core: Core
  readonly #g: GraphState
  readonly #submission: Submission
  /** where the values are that are there already: workers, not their numbers, which others may have by then */
  readonly #data = new Map<number, { readonly worker: WorkerState | undefined; readonly bytes: number }>()
  /** what the client released before the tasks were there */
  readonly #released: number[] = []
  /** how many of the wanted tasks are noted */
  #wantedUpTo = 0
  readonly #work: Generator<undefined, void>
  #budget = Infinity
  #over = false

  /** `whole`: it will be taken in at once. */
  constructor(core: Core, graph: Graph, submission: Submission, whole: boolean) {
    const { ranks, data, client } = submission
    const g = new GraphState(core.nextGraph, graph, ranks, client)
    findSources(core, g, submission)
    this.graph = core.nextGraph++
    this.#core = core
    this.#g = g
    this.#submission = submission
    core.graphs.set(g.id, g)
    core.admissions.set(g.id, this)
    noteGraph(core, g, g.owner)
    for (const [t, { worker, bytes }] of data ?? []) this.#data.set(t, { worker: core.workers[worker], bytes })
    if (!whole) this.#hold()
    this.#work = this.#pieces(whole)
  }

  /**
   * Goes on with about so many tasks. True: it is in.
   *
   * @throws ArgumentError when something about the submission is wrong; nothing has happened then.
   */
  step(budgetTasks = 20_000): boolean {
    if (this.#over) return true
    this.#budget = Math.max(1, budgetTasks)
    try {
      this.#over = this.#work.next().done === true
    } catch (error) {
      this.abandon(error)
      throw error
    }
    if (this.#over) {
      this.#core.admissions.delete(this.graph)
      this.#core.forgetIfDone(this.#g)
    }
    return this.#over
  }

  /** Notes at once what the client wants, before it wants something else. */
  takeWanted(): void {
    while (this.#takeSomeWanted(Infinity));
  }

  /** Nobody wants a task any more, before the tasks are there. */
  noteRelease(task: number): void {
    this.#released.push(task)
  }

  /** Nothing of it happens. With an error: it was refused, and what waits for it fails; without: nobody wants it. */
  abandon(error?: unknown): void {
    const core = this.#core
    const g = this.#g
    this.#over = true
    core.admissions.delete(g.id)
    core.graphs.delete(g.id)
    core.roots.forget(g)
    if (error !== undefined && core.nextGraph === g.id + 1 && g.users === 0) core.nextGraph--
    forgetWants(core, g)
    for (const t of g.sources.keys()) dropSource(core, g, t)
    for (const used of g.uses) {
      used.users--
      core.forgetIfDone(used)
    }
    for (const [t, aliases] of g.aliases) {
      g.state[t] = ERRED
      g.errors.set(t, error)
      for (const { graph, task } of aliases.slice()) {
        graph.uses.delete(g)
        if (graph.state[task] !== RELEASED) failOfItself(core, graph, task, -1, error, String(error))
      }
    }
    for (const [t, { worker }] of this.#data) if (this.#isThere(worker)) core.tell(Instruction.free, worker.index, g.id, t, 0)
    if (error === undefined) core.tellGraph(Instruction.forgotten, g.id)
  }

  /** From now on the graph needs what it stands for. */
  #hold(): void {
    const g = this.#g
    for (const [t, source] of g.sources) {
      holdSource(g, t, source)
      if (!g.uses.has(source.graph)) {
        g.uses.add(source.graph)
        source.graph.users++
      }
      require(this.#core, source.graph, source.task)
    }
  }

  #isThere(worker: WorkerState | undefined): worker is WorkerState {
    return worker !== undefined && this.#core.workers[worker.index] === worker
  }

  /** True: there are more. */
  #takeSomeWanted(budget: number): boolean {
    const { wanted } = this.#submission
    const below = Math.min(wanted.length, this.#wantedUpTo + budget)
    this.#g.takeWanted(wanted, this.#wantedUpTo, below)
    this.#wantedUpTo = below
    return below < wanted.length
  }

  *#ranges(): Generator<readonly [from: number, below: number], void> {
    const n = this.#g.graph.size
    for (let from = 0; from < n; ) {
      const below = Math.min(n, from + this.#budget)
      yield [from, below]
      from = below
    }
  }

  *#pieces(whole: boolean): Generator<undefined, void> {
    const core = this.#core
    const g = this.#g
    const { graph } = g
    const survey = new LayerSurvey(graph)
    const given = graph.layers.some((layer) => layer.run === undefined)
    while (this.#takeSomeWanted(this.#budget)) yield
    for (const [from, below] of this.#ranges()) {
      g.clear(from, below)
      if (!whole) yield
    }
    for (const [from, below] of this.#ranges()) {
      g.takeRanks(from, below)
      survey.take(from, below)
      if (given) checkGiven(graph, this.#submission, from, below)
      if (!whole) yield
    }
    g.layers = survey.finish(core, this.#submission.priority ?? 0)
    g.hasActors = g.layers.some((layer) => layer.actor)
    g.samePriority = g.layers.every((layer) => layer.priority === g.layers[0]!.priority)
    if (whole) {
      g.dependents = graph.dependents
      this.#hold()
    } else yield* this.#transpose()
    for (const [from, below] of this.#ranges()) {
      this.#count(from, below)
      if (!whole) yield
    }
    this.#open(survey)
    // All at once, so that nothing happens to it in between; first what is there, to be freed again if a failure makes
    // it useless.
    for (const [t, { worker, bytes }] of this.#data) if (this.#isThere(worker)) complete(core, g, t, worker.index, bytes)
    for (const t of this.#data.keys()) if (g.state[t] === WAITING) loseData(core, g, t)
    let n = 0
    for (const t of this.#released) {
      if (++n % this.#budget === 0) yield
      if (g.wanted[t] === 0 && g.waiters[t] === 0) letGo(core, g, t)
    }
    if (!whole) yield
    for (const [from, below] of this.#ranges()) {
      this.#makeReady(from, below)
      g.opened = below
      if (!whole && below < graph.size) yield
    }
    g.opened = graph.size
  }

  *#transpose(): Generator<undefined, void> {
    const { graph } = this.#g
    const transposition = new Transposition(graph.dependencies, graph.size)
    for (const [from, below] of this.#ranges()) {
      transposition.count(from, below)
      yield
    }
    transposition.sum()
    yield
    for (const [from, below] of this.#ranges()) {
      transposition.fill(from, below)
      yield
    }
    this.#g.dependents = transposition.rows
  }

  #count(from: number, below: number): void {
    const { graph, waiting, waiters, dependents, wanted } = this.#g
    const { start } = graph.dependencies
    for (let t = from; t < below; t++) {
      const inputs = start[t + 1]! - start[t]!
      const needers = dependents.start[t + 1]! - dependents.start[t]!
      // What is 0 already is not written: fresh memory costs nothing until it is.
      if (inputs > 0) waiting[t] = inputs
      // There may be stand-ins for it already.
      if (needers > 0) waiters[t]! += needers
      if (waiters[t] === 0 && wanted[t] === 0) this.#g.hasLoose = true
    }
  }

  #open(survey: LayerSurvey): void {
    const core = this.#core
    const { graph, state, id } = this.#g
    state.fill(WAITING)
    this.#g.opened = 0
    this.#g.archiveBelow = Math.floor(graph.size * core.archiveShare)
    core.log.recordDetail(EventKind.graphSubmitted, core.now, id, -1, graph.size, {
      labels: graph.layers.map((layer) => layer.label),
      sizes: [...survey.sizes],
      ...spansOf(graph.layers),
      ...(this.#g.owner > 0 ? { client: this.#g.owner } : {}),
    })
  }

  #makeReady(from: number, below: number): void {
    const core = this.#core
    const g = this.#g
    const { start } = g.graph.dependencies
    const standsIn = g.sources.size > 0
    for (let t = from; t < below; t++) {
      if (start[t + 1] !== start[t] || g.state[t] !== WAITING) continue
      if (standsIn && g.sources.has(t)) awaitInputs(core, g, t)
      else makeReady(core, g, t)
    }
  }
}
