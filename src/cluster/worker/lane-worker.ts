import { Worker } from '../../worker/index.js'

/** The worker machine, whose shell hears of the end of every task that was handed out, and may refuse results. */
export class LaneWorker extends Worker {
  readonly #ended: (slot: number) => void
  readonly #refuse: (slot: number, bytes: number) => boolean
  readonly #done: (slot: number) => void

  /** `refuse` says whether a result of that many bytes must not be kept, after it has reported the task as failed; `done` is told first that a task has a result. */
  constructor(
    ended: (slot: number) => void,
    refuse: (slot: number, bytes: number) => boolean,
    done: (slot: number) => void = () => undefined,
  ) {
    super()
    this.#done = done
    this.#ended = ended
    this.#refuse = refuse
  }

  override executed(slot: number, bytes: number, seconds: number): boolean {
    this.#done(slot)
    this.#ended(slot)
    if (this.isNeeded(slot) && this.#refuse(slot, bytes)) return false
    return super.executed(slot, bytes, seconds)
  }

  override failed(slot: number): boolean {
    this.#ended(slot)
    return super.failed(slot)
  }

  override interrupted(slot: number, charged: boolean): void {
    this.#ended(slot)
    super.interrupted(slot, charged)
  }

  override inputUnavailable(slot: number, graph: number, task: number, attempt: number, holder: number): void {
    this.#ended(slot)
    super.inputUnavailable(slot, graph, task, attempt, holder)
  }
}
