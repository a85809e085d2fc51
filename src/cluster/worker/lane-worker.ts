import type { TaskPhase } from '../../plugins/index.js'
import { Worker } from '../../worker/index.js'

/** What the shell of a worker machine is told of tasks that were handed out. */
export interface TaskWatcher {
  /** One has a result. Told before all else. */
  executed(slot: number): void
  /** One has come to its end, whichever. */
  ended(slot: number): void
  /** Whether a result of that many bytes must not be kept; then it has been reported as failed. */
  refuse(slot: number, bytes: number): boolean
  /** One has ended without a value that is kept. */
  gaveNothing(slot: number): void
}

/** The worker machine, whose shell hears of the end of every task that was handed out, and may refuse results. */
export class LaneWorker extends Worker {
  readonly #watcher: TaskWatcher
  /** told how a task went on: for plugins that want to hear of it */
  moved: ((slot: number, to: TaskPhase) => void) | undefined

  constructor(watcher: TaskWatcher) {
    super()
    this.#watcher = watcher
  }

  override executed(slot: number, bytes: number, seconds: number): boolean {
    this.#watcher.executed(slot)
    this.#watcher.ended(slot)
    if (this.isNeeded(slot) && this.#watcher.refuse(slot, bytes)) return false
    const kept = super.executed(slot, bytes, seconds)
    this.moved?.(slot, kept ? 'memory' : 'released')
    if (!kept) this.#watcher.gaveNothing(slot)
    return kept
  }

  override failed(slot: number): boolean {
    this.#watcher.ended(slot)
    this.moved?.(slot, this.isNeeded(slot) ? 'error' : 'released')
    this.#watcher.gaveNothing(slot)
    return super.failed(slot)
  }

  override interrupted(slot: number, charged: boolean): void {
    this.#watcher.ended(slot)
    this.moved?.(slot, 'interrupted')
    super.interrupted(slot, charged)
  }

  override inputUnavailable(slot: number, graph: number, task: number, attempt: number, holder: number): void {
    this.#watcher.ended(slot)
    this.moved?.(slot, 'interrupted')
    super.inputUnavailable(slot, graph, task, attempt, holder)
  }
}
