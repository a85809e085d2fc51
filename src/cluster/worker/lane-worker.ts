import type { TaskPhase } from '../../plugins/index.js'
import { Worker } from '../../worker/index.js'

/** The worker machine, whose shell hears of the end of every task that was handed out, and may refuse results. */
export class LaneWorker extends Worker {
  readonly #ended: (slot: number) => void
  /** told how a task went on: for plugins that want to hear of it */
  moved: ((slot: number, to: TaskPhase) => void) | undefined
  readonly #refuse: (slot: number, bytes: number) => boolean
  readonly #gaveNothing: (slot: number) => void

  /** `gaveNothing`: a task has ended without a value that is kept. `refuse` says whether a result of that many bytes must not be kept, after it has reported the task as failed. */
  constructor(
    ended: (slot: number) => void,
    refuse: (slot: number, bytes: number) => boolean,
    gaveNothing: (slot: number) => void,
  ) {
    super()
    this.#ended = ended
    this.#gaveNothing = gaveNothing
    this.#refuse = refuse
  }

  override executed(slot: number, bytes: number, seconds: number): boolean {
    this.#ended(slot)
    if (this.isNeeded(slot) && this.#refuse(slot, bytes)) return false
    const kept = super.executed(slot, bytes, seconds)
    this.moved?.(slot, kept ? 'memory' : 'released')
    if (!kept) this.#gaveNothing(slot)
    return kept
  }

  override failed(slot: number): boolean {
    this.#ended(slot)
    this.moved?.(slot, this.isNeeded(slot) ? 'error' : 'released')
    this.#gaveNothing(slot)
    return super.failed(slot)
  }

  override interrupted(slot: number, charged: boolean): void {
    this.#ended(slot)
    this.moved?.(slot, 'interrupted')
    super.interrupted(slot, charged)
  }

  override inputUnavailable(slot: number, graph: number, task: number, attempt: number, holder: number): void {
    this.#ended(slot)
    this.moved?.(slot, 'interrupted')
    super.inputUnavailable(slot, graph, task, attempt, holder)
  }
}
