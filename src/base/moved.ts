import type { Transferable } from 'node:worker_threads'

/** An answer to a question between threads, and what of its memory changes hands without a copy. */
export class Moved {
  readonly value: unknown
  readonly transfer: readonly Transferable[]

  constructor(value: unknown, transfer: readonly Transferable[]) {
    this.value = value
    this.transfer = transfer
  }
}
