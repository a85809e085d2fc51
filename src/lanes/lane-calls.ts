import type { Transferable } from 'node:worker_threads'
import { HeddleError, Moved, asError } from '../base/index.js'

/** A question from a lane to the process around it, or the other way. */
export interface LaneCall {
  readonly call: number
  readonly name: string
  readonly args: unknown
  /** of the task that asks, if one does */
  readonly slot?: number | undefined
}

/** The answer to it. */
export interface LaneAnswer {
  readonly answer: number
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string | undefined }
}

/** The lane that was asked, or the one that asks, is gone. */
export class LaneGone extends HeddleError {
  override readonly name = 'LaneGone'
}

interface Asking {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * The questions of one end of a lane, beside the tasks: what an actor is called with, what a shuffle sends. Names, arguments
 * and answers are whatever can be posted; what `transfer` or a `Moved` answer names changes hands without a copy (threads only).
 */
export class LaneCalls {
  readonly #post: (message: LaneCall | LaneAnswer, transfer: readonly Transferable[]) => void
  readonly #answer: (name: string, args: unknown, slot: number | undefined) => unknown
  readonly #asking = new Map<number, Asking>()
  #next = 1

  constructor(
    post: (message: LaneCall | LaneAnswer, transfer: readonly Transferable[]) => void,
    answer: (name: string, args: unknown, slot: number | undefined) => unknown,
  ) {
    this.#post = post
    this.#answer = answer
  }

  /** Rejects with what the other end threw, or with `LaneGone`. */
  ask(name: string, args: unknown, transfer: readonly Transferable[] = [], slot?: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.#next++
      this.#post({ call, name, args, slot }, transfer)
      this.#asking.set(call, { resolve, reject })
    })
  }

  /** Takes a message in. False when it is none of these. */
  receive(message: object): message is LaneCall | LaneAnswer {
    if ('call' in message) {
      void this.#reply(message as LaneCall)
      return true
    }
    if (!('answer' in message)) return false
    const { answer, value, error } = message as LaneAnswer
    const asking = this.#asking.get(answer)
    this.#asking.delete(answer)
    if (!error) asking?.resolve(value)
    else asking?.reject(Object.assign(new Error(error.message), { name: error.name, stack: error.stack }))
    return true
  }

  /** The other end is gone, and will answer nothing. */
  closed(reason: string): void {
    const asking = [...this.#asking.values()]
    this.#asking.clear()
    for (const { reject } of asking) reject(new LaneGone(reason))
  }

  async #reply({ call, name, args, slot }: LaneCall): Promise<void> {
    let answer: LaneAnswer
    let transfer: readonly Transferable[] = []
    try {
      let value = await this.#answer(name, args, slot)
      if (value instanceof Moved) ({ value, transfer } = value)
      answer = { answer: call, value }
    } catch (thrown) {
      answer = { answer: call, error: described(thrown) }
    }
    try {
      this.#post(answer, transfer)
    } catch (thrown) {
      // It gave something that cannot be posted.
      this.#post({ answer: call, error: described(thrown) }, [])
    }
  }
}

function described(thrown: unknown): LaneAnswer['error'] & object {
  const { name, message, stack } = asError(thrown)
  return { name, message, stack }
}
