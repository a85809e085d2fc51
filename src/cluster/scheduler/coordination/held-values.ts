import { ArgumentError } from '../../../base/index.js'
import type { TaskAddress } from '../../../scheduler/index.js'
import type { ClusterState } from '../state.js'
import { byGraph } from '../task-names.js'

/** Above these numbers are other holders, and clients. */
const FIRST = -(2 ** 30)

/** Keeps results in the cluster for something that refers to them. */
export class HeldValues {
  readonly #state: ClusterState
  #last = FIRST

  constructor(state: ClusterState) {
    this.#state = state
  }

  /**
   * From now on they are kept. Gives the number to let them go by; 0: there is nothing to keep.
   *
   * @throws ArgumentError when one is gone
   */
  hold(tasks: readonly TaskAddress[]): number {
    if (tasks.length === 0) return 0
    const { machine } = this.#state
    if (!tasks.every(({ graph, task }) => machine.knows(graph, task)))
      throw new ArgumentError('a future that was put here was cancelled, or released, before it arrived')
    return this.#want(tasks)
  }

  /** The same for those of them that have not been cancelled meanwhile. */
  holdWhatIsThere(tasks: readonly TaskAddress[]): number {
    const there = tasks.filter((task) => this.isThere(task))
    return there.length === 0 ? 0 : this.#want(there)
  }

  /** Whether a result that is held has not been cancelled: nothing else lets it go. */
  isThere({ graph, task }: TaskAddress): boolean {
    const { machine } = this.#state
    return machine.knows(graph, task) && machine.stateOf(graph, task) !== 'released'
  }

  letGo(holder: number): void {
    if (holder === 0) return
    this.#state.machine.dropClient(holder)
    this.#state.schedule()
  }

  #want(tasks: readonly TaskAddress[]): number {
    const holder = --this.#last
    for (const [graph, list] of byGraph(tasks)) this.#state.machine.want(graph, list, holder)
    this.#state.schedule()
    return holder
  }
}
