import { InvariantError } from '../base/index.js'
import type { Graph } from '../graph/index.js'
import { PartitionStore, type PartitionStoreOptions } from './partition-store.js'
import { type ShuffleTasks, shufflesOf } from './plan.js'
import { type Join, type Joined, type Open, type Seal, type Sealed, type Send, questions } from './questions.js'

/** A shuffle that is under way in this process. */
interface LocalShuffle {
  readonly tasks: ShuffleTasks
  readonly run: number
  transfers: number
}

const NOWHERE: ReadonlyMap<number, string> = new Map()

/** The service of shuffles where all tasks run in one process or its lanes: nothing is sent anywhere, and nothing is lost. */
export class LocalShuffles {
  readonly store: PartitionStore
  /** by graph, by task: transfers and seals */
  readonly #graphs = new Map<number, Map<number, LocalShuffle>>()
  /** by graph and task: what it has opened, and nobody else will */
  readonly #opened = new Map<string, { readonly run: number; readonly output: number }[]>()
  #lastRun = 0

  constructor(options: PartitionStoreOptions) {
    this.store = new PartitionStore(options)
  }

  /** Whether this is a question for it. */
  knows(name: string): boolean {
    return name.startsWith('shuffle.')
  }

  /** Answers a task. */
  answer(name: string, args: unknown, id: number, task: number, graph: Graph): unknown {
    switch (name) {
      case questions.join:
        return this.#join(args as Join, this.#shuffle(id, task, graph))
      case questions.send: {
        const { run, transfer, directory, bytes } = args as Send
        return this.store.take(run, transfer, { directory, bytes })
      }
      case questions.seal:
        return this.#seal(args as Seal, this.#shuffle(id, task, graph))
      case questions.open: {
        const { run, output, transfers, once } = args as Open
        const opened = this.store.open(run, output, transfers)
        if (once) this.#note(`${id}:${task}`, run, output)
        return opened
      }
      default:
        throw new InvariantError(`a task asks for ${name}, which is not known here`)
    }
  }

  /** A task has its result: what only it needed goes. */
  done(graph: number, task: number): void {
    if (this.#opened.size === 0) return
    const key = `${graph}:${task}`
    for (const { run, output } of this.#opened.get(key) ?? []) this.store.drop(run, output)
    this.#opened.delete(key)
  }

  /** Nothing of a graph is needed any more. */
  forget(graph: number): void {
    const shuffles = this.#graphs.get(graph)
    if (!shuffles) return
    this.#graphs.delete(graph)
    for (const { run } of shuffles.values()) this.store.end(run)
    for (const key of this.#opened.keys()) if (key.startsWith(`${graph}:`)) this.#opened.delete(key)
  }

  #shuffle(id: number, task: number, graph: Graph): LocalShuffle {
    let shuffles = this.#graphs.get(id)
    if (!shuffles) {
      this.#graphs.set(id, (shuffles = new Map()))
      for (const tasks of shufflesOf(graph)) {
        const shuffle: LocalShuffle = { tasks, run: ++this.#lastRun, transfers: 0 }
        this.store.begin(shuffle.run)
        for (const t of [tasks.seal, ...tasks.transfers]) shuffles.set(t, shuffle)
      }
    }
    const shuffle = shuffles.get(task)
    if (!shuffle) throw new InvariantError(`${graph.keyOf(task)} is not part of a shuffle`)
    return shuffle
  }

  #join({ outputs }: Join, shuffle: LocalShuffle): Joined {
    return { run: shuffle.run, transfer: ++shuffle.transfers, owners: new Int32Array(outputs) }
  }

  #seal({ outputs }: Seal, { run, tasks }: LocalShuffle): Omit<Sealed, 'transfers'> {
    return { run, owners: new Int32Array(outputs), addresses: NOWHERE, once: tasks.once }
  }

  #note(key: string, run: number, output: number): void {
    const list = this.#opened.get(key)
    if (list) list.push({ run, output })
    else this.#opened.set(key, [{ run, output }])
  }
}
