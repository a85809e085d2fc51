import { InvariantError } from '../base/index.js'
import type { Graph } from '../graph/index.js'
import { assignOwners } from './owners.js'
import { type ShuffleTasks, shufflesOf } from './plan.js'
import type { Joined, Sealed } from './questions.js'

/** A worker that may own partitions, as the scheduler's process knows it. */
export interface RunWorker {
  /** its number in the scheduler machine */
  readonly index: number
  readonly name: string
  readonly address: string
  readonly threads: number
  /** it has said that it is going */
  readonly leaving: boolean
}

/** What the runs of shuffles ask of the scheduler around them, and what they have it do. */
export interface RunGround {
  /** the tasks: what became of them, and where they are best run */
  readonly machine: {
    stateOf(graph: number, task: number): string
    discard(graph: number, tasks: readonly number[]): void
    prefer(graph: number, task: number, worker: number): void
    isOpen(worker: number): boolean
  }
  /** A graph, with the names that its tasks have outside; undefined: it is not there any more. */
  graphOf(
    graph: number,
  ): { readonly graph: Graph; nameOf(place: number): number; placeOf(task: number): number | undefined } | undefined
  /** The workers that can be told something. */
  workers(): readonly RunWorker[]
  /** What a worker is called; undefined: it is gone. */
  nameOf(worker: number): string | undefined
  /** Tells a worker that a run begins, or is over. */
  tell(worker: number, what: RunNotice, run: number): void
  /** The machine has been asked for something, which is to be done soon. */
  schedule(): void
}

/** What workers are told of a run. */
export type RunNotice = 'shuffle.begin' | 'shuffle.end'

/** What the scheduler answers one who joins: undefined, if the task is needed no more. */
export type JoinAnswer =
  | (Joined & {
      readonly addresses: ReadonlyMap<number, string>
      /** so many numbers after `transfer` are for other tasks of the same layer that run here */
      readonly more: number
    })
  | undefined
/** What it answers a seal: undefined, if transfers must be done again. */
export type SealAnswer = Omit<Sealed, 'transfers'> | undefined
/** What it answers one to whom a run is of no use: undefined, if it will be done again. */
export type BrokenAnswer = { readonly problem: string } | undefined

/** How often a shuffle begins anew because workers did not reach each other, before it is given up. */
const MOST_BREAKS = 10

/** Numbers of transfers that a worker is given at a time, at most. */
const MOST_NUMBERS = 64

/** A run of a shuffle: one attempt at it. */
interface Run {
  readonly id: number
  readonly owners: Int32Array
  readonly addresses: ReadonlyMap<number, string>
  /** attempts to transfer a partition, so far */
  transfers: number
}

/** A shuffle of a graph, whose tasks are named as they were when the graph came. */
interface Shuffle {
  readonly graph: number
  readonly tasks: ShuffleTasks
  /** its transfers are one layer, which has nothing of another shuffle: what one of them is told is true for all */
  readonly hasLayer: boolean
  /** the run that goes on */
  run: Run | undefined
  /** the run whose seal has been set last; the seal's value is of it */
  sealed: number
  breaks: number
  /** owners that others did not reach */
  readonly avoided: Set<number>
}

/** A shuffle, for those who look at it. */
export interface ShuffleDescription {
  readonly graph: number
  readonly label: string
  readonly inputs: number
  readonly outputs: number
  /** transfers and readers that are done */
  readonly sent: number
  readonly read: number
  readonly sealed: boolean
  /** the attempt that goes on; undefined: none */
  readonly run: number | undefined
  /** how often it began anew because workers did not reach each other */
  readonly breaks: number
  /** by name of the worker, the partitions that it owns */
  readonly owners: Readonly<Record<string, number>>
}

/**
 * The runs of shuffles on a cluster: who owns which partition, and when a run is over. A run that loses an owner is done
 * again from the start, by other tasks in the same graph: results of its transfers, and its seal, are taken back.
 *
 * It does no I/O and waits for nothing: the scheduler's process asks it what workers ask, tells it what it must know, and
 * is asked by it through `RunGround`; simulated clusters do the same.
 */
export class ShuffleRuns {
  readonly #ground: RunGround
  /** by graph, by task: transfers and seals; undefined: the graph has none */
  readonly #graphs = new Map<number, Map<number, Shuffle>>()
  /** by number, runs that go on and those that are over, as long as there is their graph */
  readonly #runs = new Map<number, Shuffle>()
  #lastRun = 0

  constructor(ground: RunGround) {
    this.#ground = ground
  }

  /** Runs that it remembers: those that go on, and those that are over as long as there is their graph. */
  get size(): number {
    return this.#runs.size
  }

  /** A worker is gone, and with it what it owned. */
  workerLost(worker: number): void {
    for (const shuffle of this.#all()) {
      shuffle.avoided.delete(worker)
      if (shuffle.run?.owners.includes(worker)) this.#restart(shuffle)
    }
  }

  /** A value is freed. When it is a seal that nothing needs any more, all is collected. */
  freed(graph: number, task: number): void {
    if (this.#graphs.size === 0) return
    const shuffle = this.#graphs.get(graph)?.get(task)
    if (shuffle?.run && shuffle.tasks.seal === task && this.#ground.machine.stateOf(graph, task) === 'released')
      this.#end(shuffle)
  }

  /** Nothing of a graph is needed any more. */
  forgotten(graph: number): void {
    const shuffles = this.#graphs.get(graph)
    if (!shuffles) return
    for (const shuffle of new Set(shuffles.values())) this.#end(shuffle)
    this.#graphs.delete(graph)
    for (const [run, shuffle] of this.#runs) if (shuffle.graph === graph) this.#runs.delete(run)
  }

  /** What shuffles there are, of graphs that are not done with. */
  describe(): ShuffleDescription[] {
    const { machine } = this.#ground
    return [...this.#all()].flatMap((shuffle) => {
      const held = this.#ground.graphOf(shuffle.graph)
      if (!held) return []
      const { seal, transfers, readers } = shuffle.tasks
      const isDone = (task: number): boolean => ['memory', 'released'].includes(machine.stateOf(shuffle.graph, task))
      const owners: Record<string, number> = {}
      for (const owner of shuffle.run?.owners ?? []) {
        const name = this.#ground.nameOf(owner) ?? String(owner)
        owners[name] = (owners[name] ?? 0) + 1
      }
      const place = held.placeOf(seal)
      return [
        {
          graph: shuffle.graph,
          label: place === undefined ? 'shuffle' : held.graph.layer(place).label,
          inputs: transfers.length,
          outputs: shuffle.run?.owners.length ?? readers.length,
          sent: transfers.filter(isDone).length,
          read: readers.filter(({ task }) => isDone(task)).length,
          sealed: shuffle.sealed >= 0,
          run: shuffle.run?.id,
          breaks: shuffle.breaks,
          owners,
        },
      ]
    })
  }

  #all(): Set<Shuffle> {
    const all = new Set<Shuffle>()
    for (const shuffles of this.#graphs.values()) for (const shuffle of shuffles.values()) all.add(shuffle)
    return all
  }

  /** A transfer begins, and asks which run it is part of. */
  join({ graph, task, outputs }: { graph: number; task: number; outputs: number }): JoinAnswer {
    const shuffle = this.#find(graph, task)
    if (!shuffle) return undefined
    const run = (shuffle.run ??= this.#begin(shuffle, outputs))
    const { id, owners, addresses } = run
    const transfer = run.transfers + 1
    const more = shuffle.hasLayer ? Math.min(MOST_NUMBERS, shuffle.tasks.transfers.length) - 1 : 0
    run.transfers += 1 + more
    return { run: id, transfer, more, owners, addresses }
  }

  /** All transfers are done, as far as the seal knows: of these runs, in the order of the input partitions. */
  seal({ graph, task, outputs, runs }: { graph: number; task: number; outputs: number; runs: Int32Array }): SealAnswer {
    const { machine } = this.#ground
    const shuffle = this.#find(graph, task)
    if (!shuffle) return undefined
    const { transfers, readers, once } = shuffle.tasks
    if (transfers.length === 0) shuffle.run ??= this.#begin(shuffle, outputs)
    const stale = transfers.filter((_, input) => runs[input] !== shuffle.run?.id)
    if (stale.length > 0 || !shuffle.run) {
      machine.discard(graph, stale)
      this.#ground.schedule()
      return undefined
    }
    const { id, owners, addresses } = shuffle.run
    for (const { task: reader, output } of readers) if (output < owners.length) machine.prefer(graph, reader, owners[output]!)
    shuffle.sealed = id
    return { run: id, owners, addresses, once }
  }

  /** Somebody could not get at what the owner should have of a run. */
  broken({ run: id, owner }: { run: number; owner: number }): BrokenAnswer {
    const shuffle = this.#runs.get(id)
    if (!shuffle) return undefined
    const { graph, tasks } = shuffle
    if (shuffle.run?.id === id) {
      if (++shuffle.breaks > MOST_BREAKS) {
        const name = this.#ground.nameOf(owner) ?? 'a worker that is gone'
        return {
          problem: `a shuffle was done again ${MOST_BREAKS} times because workers did not reach each other, ${name} the last time: let all of them connect to each other`,
        }
      }
      shuffle.avoided.add(owner)
      this.#restart(shuffle)
    } else if (shuffle.sealed === id) {
      // The seal came from a run that was over before it was known to be set.
      this.#ground.machine.discard(graph, [tasks.seal])
      this.#ground.schedule()
    }
    return undefined
  }

  /** What was done for the run is in vain: its tasks are to run again, as far as they have. */
  #restart(shuffle: Shuffle): void {
    this.#end(shuffle)
    const { seal, transfers } = shuffle.tasks
    this.#ground.machine.discard(shuffle.graph, [seal, ...transfers])
    this.#ground.schedule()
  }

  #begin(shuffle: Shuffle, outputs: number): Run {
    const { machine } = this.#ground
    const all = this.#ground.workers()
    const open = all.filter(({ leaving }) => !leaving)
    const reached = open.filter(({ index }) => !shuffle.avoided.has(index))
    // What is about to leave would take its part with it; what is short of memory should not get more.
    const free = reached.filter(({ index }) => machine.isOpen(index))
    // Where all are going, the run goes with them, and the next begins with those who come.
    const chosen = [free, reached, open, all].find((list) => list.length > 0)
    if (!chosen) throw new InvariantError('a shuffle begins, and there are no workers')
    const owners = assignOwners(outputs, chosen)
    const addresses = new Map(chosen.map(({ index, address }) => [index, address]))
    const run: Run = { id: ++this.#lastRun, owners, addresses, transfers: 0 }
    this.#runs.set(run.id, shuffle)
    for (const { index } of chosen) this.#ground.tell(index, 'shuffle.begin', run.id)
    return run
  }

  /** A run is over: nobody keeps anything of it. */
  #end(shuffle: Shuffle): void {
    const { run } = shuffle
    if (!run) return
    shuffle.run = undefined
    for (const { index } of this.#ground.workers()) this.#ground.tell(index, 'shuffle.end', run.id)
  }

  #find(graph: number, task: number): Shuffle | undefined {
    const held = this.#ground.graphOf(graph)
    if (!held) return undefined
    let shuffles = this.#graphs.get(graph)
    if (!shuffles) {
      this.#graphs.set(graph, (shuffles = new Map()))
      const name = (place: number): number => held.nameOf(place)
      const found = shufflesOf(held.graph)
      const layersOf = ({ transfers }: ShuffleTasks): Set<number> => new Set(transfers.map((place) => held.graph.layerOf[place]!))
      const layers = found.flatMap((tasks) => [...layersOf(tasks)])
      for (const one of found) {
        const { seal, transfers, readers, once } = one
        const own = [...layersOf(one)]
        const hasLayer = own.length === 1 && layers.filter((layer) => layer === own[0]).length === 1
        const tasks: ShuffleTasks = {
          seal: name(seal),
          transfers: transfers.map(name),
          readers: readers.map(({ task: reader, output }) => ({ task: name(reader), output })),
          once,
        }
        const shuffle: Shuffle = { graph, tasks, hasLayer, run: undefined, sealed: -1, breaks: 0, avoided: new Set() }
        for (const t of [tasks.seal, ...tasks.transfers]) shuffles.set(t, shuffle)
      }
    }
    const shuffle = shuffles.get(task)
    if (!shuffle) throw new InvariantError(`task ${task} of graph ${graph} asks for its shuffle, and is in none`)
    return shuffle
  }
}
