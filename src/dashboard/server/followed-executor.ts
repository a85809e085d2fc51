import { Client } from '../../client/index.js'
import { type EventLog, EventKind } from '../../events/index.js'
import { AccountingFold } from '../../model/index.js'
import type { Executor, RunStart } from '../../executor/index.js'
import type { Graph } from '../../graph/index.js'
import { type Digest, Digester, type LogLine, type WorkerFacts, type WorkerSample } from '../../model/index.js'

/** Graphs that are kept to be drawn when they are over. */
const MOST_GRAPHS = 20

/** An executor of this process, for those who look: its log, its graphs, what is known of its workers. */
export class FollowedExecutor {
  readonly source: number
  readonly executor: Executor
  /** by number, the graphs that came since it is followed, the last so many */
  readonly graphs = new Map<number, Graph>()
  readonly accounting: AccountingFold
  readonly #waiting: { readonly from: number; readonly graph: Graph }[] = []
  /** with what stops telling it */
  readonly #digesters = new Map<Digester, () => void>()
  readonly #stop: () => void
  #facts: readonly WorkerFacts[]
  /** whether its tasks run in processes that tell of themselves */
  readonly client: Client | undefined

  constructor(executor: Executor, source: number) {
    this.executor = executor
    this.source = source
    const { log, name, concurrency } = executor
    this.client = executor instanceof Client ? executor : undefined
    // How many threads a cluster has at what time only its scheduler knows.
    this.accounting = new AccountingFold(this.client ? 0 : concurrency)
    // An executor in this process is its only worker; those of a client are told of by its scheduler.
    this.#facts = this.client ? [] : [{ worker: 0, name, host: 'this process', threads: concurrency, pid: process.pid }]
    this.#stop = log.listen((_, from, to) => this.#take(log, from, to))
  }

  stop(): void {
    this.#stop()
  }

  /** A run begins: the next graph of the log is its own. */
  begins({ graph, executor }: RunStart): void {
    this.#waiting.push({ from: executor.log.length, graph })
  }

  /** What is known of its workers, where it has others than this process. */
  learn(facts: readonly WorkerFacts[]): void {
    this.#facts = facts
    for (const digester of this.#digesters.keys()) digester.say({ workers: facts })
  }

  say(said: { readonly samples?: readonly WorkerSample[]; readonly lines?: readonly LogLine[] }): void {
    for (const digester of this.#digesters.keys()) digester.say(said)
  }

  /** Tells what the log still has, and then what happens. */
  follow(emit: (digest: Digest) => void, interval: number, past: boolean): Digester {
    const digester = new Digester({ source: this.source, interval, emit })
    digester.say({ workers: this.#facts })
    const { log } = this.executor
    log.flush()
    if (past) digester.take(log, log.oldest, log.length)
    this.#digesters.set(digester, this.accounting.watch(digester))
    return digester
  }

  unfollow(digester: Digester): void {
    this.#digesters.get(digester)?.()
    this.#digesters.delete(digester)
  }

  #take(log: EventLog, from: number, to: number): void {
    for (let n = from; n < to; n++) if (log.kind[n & log.mask] === EventKind.graphSubmitted) this.#claim(log, n)
    this.accounting.listener(log, from, to)
  }

  #claim(log: EventLog, n: number): void {
    const first = this.#waiting[0]
    if (!first || first.from > n) return
    this.#waiting.shift()
    this.graphs.set(log.graph[n & log.mask]!, first.graph)
    if (this.graphs.size > MOST_GRAPHS) this.graphs.delete(this.graphs.keys().next().value!)
  }
}
