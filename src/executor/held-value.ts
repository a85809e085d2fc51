import { inspect } from 'node:util'
import type { Executor } from './executor.js'

/** What an executor does for the values that it holds. */
export interface Holder {
  readonly executor: Executor
  /** the value, as ordinary memory of the caller, when there is one */
  value(graph: number, task: number): Promise<unknown>
  release(graph: number, task: number): void
}

/** What is to be let go when nobody has its handle any more. Thousands of handles come and go: it is one small object for each. */
class Hold {
  readonly holder: Holder
  readonly graph: number
  readonly task: number
  released = false

  constructor(holder: Holder, graph: number, task: number) {
    this.holder = holder
    this.graph = graph
    this.task = task
  }

  release(): void {
    if (this.released) return
    this.released = true
    this.holder.release(this.graph, this.task)
  }
}

// Nothing is ever taken out again: that needs a token for each handle, which costs more than all else of it.
const abandoned = new FinalizationRegistry<Hold>((hold) => hold.release())

/**
 * A value that an executor holds, or is computing, for whoever has this handle. It can be an input of later graphs (see
 * `Layer.run`), which then find it where it is. The value is freed when the handle is released or collected.
 */
export class HeldValue {
  readonly #hold: Hold
  readonly #name: string
  readonly #index: number

  /** `name`: of its layer, when `index` tells where it stands there; else the whole key. */
  constructor(holder: Holder, graph: number, task: number, name: string, index = -1) {
    this.#hold = new Hold(holder, graph, task)
    this.#name = name
    this.#index = index
    abandoned.register(this, this.#hold)
  }

  /** the key of its task, as in messages and events */
  get key(): string {
    return this.#index < 0 ? this.#name : `${this.#name}:${this.#index}`
  }

  get graph(): number {
    return this.#hold.graph
  }

  get task(): number {
    return this.#hold.task
  }

  get executor(): Executor {
    return this.#hold.holder.executor
  }

  /** A copy of the value. Rejects with the error of its task. */
  value(): Promise<unknown> {
    return this.#hold.holder.value(this.graph, this.task)
  }

  /** Lets the value go now. */
  release(): void {
    this.#hold.release()
  }

  [inspect.custom](): string {
    return `HeldValue { ${this.key} in ${this.executor.name}${this.#hold.released ? ', released' : ''} }`
  }
}
