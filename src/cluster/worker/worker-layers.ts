import { type LaneLayer, type LayerPayload, removeScratch, scratchFolder } from '../../lanes/index.js'

let lastFolder = 0

/** A layer whose tasks this worker may be sent. */
export class WorkerLayer implements LaneLayer {
  readonly id: number
  readonly label: string
  readonly #payload: Omit<LayerPayload, 'scratch'>
  readonly #usesScratch: boolean
  #scratch: string | undefined

  constructor(payload: Omit<LayerPayload, 'scratch'>, usesScratch: boolean) {
    this.id = payload.id
    this.label = payload.label
    this.#payload = payload
    this.#usesScratch = usesScratch
  }

  payload(): LayerPayload {
    if (this.#usesScratch) this.#scratch ??= scratchFolder(`layer-${++lastFolder}`)
    return { ...this.#payload, scratch: this.#scratch }
  }

  /** The key of a task, for messages. */
  keyOf(index: number): string {
    return `${this.#payload.name}:${index}`
  }

  /** Lets its folder go. */
  end(): void {
    if (this.#scratch !== undefined) removeScratch(this.#scratch)
  }
}
