import { type LaneLayer, type LayerPayload, removeScratch, scratchFolder } from '../../lanes/index.js'

let lastFolder = 0

/** What is remembered of a layer longer than what its tasks run. */
export class KnownLayer {
  readonly name: string
  readonly label: string
  /** the spans that its tasks belong to */
  readonly span: readonly string[]

  constructor({ name, label, annotations }: Omit<LayerPayload, 'scratch'>) {
    this.name = name
    this.label = label
    this.span = annotations?.span ?? []
  }

  /** The key of a task, for messages. */
  keyOf(index: number): string {
    return `${this.name}:${index}`
  }
}

/** A layer whose tasks this worker may be sent. */
export class WorkerLayer implements LaneLayer {
  readonly id: number
  readonly label: string
  readonly known: KnownLayer
  readonly #payload: Omit<LayerPayload, 'scratch'>
  readonly #usesScratch: boolean
  #scratch: string | undefined

  constructor(payload: Omit<LayerPayload, 'scratch'>, usesScratch: boolean) {
    this.id = payload.id
    this.label = payload.label
    this.known = new KnownLayer(payload)
    this.#payload = payload
    this.#usesScratch = usesScratch
  }

  payload(): LayerPayload {
    if (this.#usesScratch) this.#scratch ??= scratchFolder(`layer-${++lastFolder}`)
    return { ...this.#payload, scratch: this.#scratch }
  }

  /** The key of a task, for messages. */
  keyOf(index: number): string {
    return this.known.keyOf(index)
  }

  /** Lets its folder go. */
  end(): void {
    if (this.#scratch !== undefined) removeScratch(this.#scratch)
  }
}
