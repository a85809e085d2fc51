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

/** What one end says to the other: of one tick all at once. */
export type LaneTalk = LaneCall | LaneAnswer | { readonly said: readonly (LaneCall | LaneAnswer)[] }

/** Bytes that change hands with what was said, above which nothing more is waited for. */
const AT_ONCE = 2 ** 17

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
  readonly #post: (message: LaneTalk, transfer: readonly Transferable[]) => void
  readonly #answer: (name: string, args: unknown, slot: number | undefined) => unknown
  readonly #asking = new Map<number, Asking>()
  #next = 1
  #said: (LaneCall | LaneAnswer)[] = []
  /** by message, what changes hands with it */
  #transfers: (readonly Transferable[])[] = []
  #bytes = 0

  constructor(
    post: (message: LaneTalk, transfer: readonly Transferable[]) => void,
    answer: (name: string, args: unknown, slot: number | undefined) => unknown,
  ) {
    this.#post = post
    this.#answer = answer
  }

  /** Rejects with what the other end threw, or with `LaneGone`. */
  ask(name: string, args: unknown, transfer: readonly Transferable[] = [], slot?: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.#next++
      this.#asking.set(call, { resolve, reject })
      this.#say({ call, name, args, slot }, transfer)
    })
  }

  /** Posts what was said in this tick: before something that must not come first. */
  flush(): void {
    const said = this.#said
    if (said.length === 0) return
    const transfers = this.#transfers
    this.#said = []
    this.#transfers = []
    this.#bytes = 0
    try {
      this.#post(said.length === 1 ? said[0]! : { said }, transfers.flat())
    } catch (thrown) {
      // Nothing has left, because something of it cannot.
      if (said.length === 1) this.#unpostable(said[0]!, thrown)
      else said.forEach((message, i) => this.#postAlone(message, transfers[i]!))
    }
  }

  /** Takes a message in. False when it is none of these. */
  receive(message: object): message is LaneTalk {
    if ('said' in message) {
      for (const one of message.said as readonly object[]) this.receive(one)
      return true
    }
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
    this.#say(answer, transfer)
  }

  #say(message: LaneCall | LaneAnswer, transfer: readonly Transferable[]): void {
    this.#said.push(message)
    this.#transfers.push(transfer)
    for (const one of transfer) this.#bytes += (one as Partial<ArrayBuffer>).byteLength ?? 0
    if (this.#bytes > AT_ONCE) this.flush()
    // After all that this tick resolves has gone on, which may say something, too.
    else if (this.#said.length === 1) process.nextTick(() => this.flush())
  }

  #postAlone(message: LaneCall | LaneAnswer, transfer: readonly Transferable[]): void {
    try {
      this.#post(message, transfer)
    } catch (thrown) {
      this.#unpostable(message, thrown)
    }
  }

  /** Whoever waits for it is told. */
  #unpostable(message: LaneCall | LaneAnswer, thrown: unknown): void {
    if ('answer' in message) {
      this.#post({ answer: message.answer, error: described(thrown) }, [])
      return
    }
    this.#asking.get(message.call)?.reject(asError(thrown))
    this.#asking.delete(message.call)
  }
}

function described(thrown: unknown): LaneAnswer['error'] & object {
  const { name, message, stack } = asError(thrown)
  return { name, message, stack }
}
