import type { Answers } from '../../protocol/index.js'
import { type RunGround, type ShuffleDescription, type ShuffleRuns, movers } from '../../shuffle/index.js'
import type { ClusterState } from './state.js'
import type { WorkerLink } from './worker-link.js'

/** The runs of shuffles (see `ShuffleRuns`) in the scheduler's process: what workers ask of them, and are told. */
export class Shuffles {
  readonly #ground: RunGround
  /** made by the first question: most schedulers never see a shuffle */
  #made: ShuffleRuns | undefined

  constructor(state: ClusterState) {
    this.#ground = groundOf(state)
  }

  /** What workers ask. */
  answers(link: () => WorkerLink | undefined): Answers {
    const prepared = <T>(answer: (runs: ShuffleRuns) => T): T | Promise<T> =>
      movers.load()?.then(() => answer(this.#runs)) ?? answer(this.#runs)
    return {
      'shuffle.join': (question: Parameters<ShuffleRuns['join']>[0]) => prepared((runs) => link() && runs.join(question)),
      'shuffle.seal': (question: Parameters<ShuffleRuns['seal']>[0]) => prepared((runs) => link() && runs.seal(question)),
      'shuffle.broken': (question: Parameters<ShuffleRuns['broken']>[0]) => this.#made?.broken(question),
    }
  }

  /** A worker is gone, and with it what it owned. */
  workerLost(worker: number): void {
    this.#made?.workerLost(worker)
  }

  /** A value is freed. */
  freed(graph: number, task: number): void {
    this.#made?.freed(graph, task)
  }

  /** Nothing of a graph is needed any more. */
  forgotten(graph: number): void {
    this.#made?.forgotten(graph)
  }

  /** What shuffles there are, of graphs that are not done with. */
  describe(): ShuffleDescription[] {
    return this.#made?.describe() ?? []
  }

  get #runs(): ShuffleRuns {
    return (this.#made ??= new movers.code.ShuffleRuns(this.#ground))
  }
}

function groundOf(state: ClusterState): RunGround {
  return {
    // It is there only when the state is made.
    get machine() {
      return state.machine
    },
    graphOf: (graph) => state.graphs.get(graph),
    workers: () =>
      [...state.workers.values()]
        .filter(({ comm }) => !comm.closed)
        .map(({ index, leaving, info: { name, address, threads } }) => ({ index, name, address, threads, leaving })),
    nameOf: (worker) => state.workers.get(worker)?.info.name,
    tell: (worker, what, run) => state.workers.get(worker)?.control.tell(what, { run }),
    schedule: () => state.schedule(),
  }
}
