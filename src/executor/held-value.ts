import { inspect } from 'node:util'
import type { Executor } from './executor.js'

/** What an executor does for the values that it holds. */
export interface Holder {
  readonly executor: Executor
  /** the value, as ordinary memory of the caller, when there is one */
  value(graph: number, task: number): Promise<unknown>
  release(graph: number, task: number): void
}

const abandoned = new FinalizationRegistry<{ holder: Holder; graph: number; task: number }>(({ holder, graph, task }) =>
  holder.release(graph, task),
)

/**
 * A value that an executor holds, or is computing, for whoever has this handle. It can be an input of later graphs (see
 * `Layer.run`), which then find it where it is. The value is freed when the handle is released or collected.
 */
export class HeldValue {
  readonly key: string
  readonly graph: number
  readonly task: number
  readonly #holder: Holder
  #released = false

  constructor(holder: Holder, graph: number, task: number, key: string) {
    this.#holder = holder
    this.graph = graph
    this.task = task
    this.key = key
    abandoned.register(this, { holder, graph, task }, this)
  }

  get executor(): Executor {
    return this.#holder.executor
  }

  /** A copy of the value. Rejects with the error of its task. */
  value(): Promise<unknown> {
    return this.#holder.value(this.graph, this.task)
  }

  /** Lets the value go now. */
  release(): void {
    if (this.#released) return
    this.#released = true
    abandoned.unregister(this)
    this.#holder.release(this.graph, this.task)
  }

  [inspect.custom](): string {
    return `HeldValue { ${this.key} in ${this.executor.name}${this.#released ? ', released' : ''} }`
  }
}
