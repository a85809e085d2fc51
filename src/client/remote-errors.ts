import { asError } from '../base/index.js'
import { errorOfTask } from '../executor/index.js'
import type { FailureMessage } from '../protocol/index.js'
import { decode, prepare } from '../transfer/index.js'

interface Entry {
  error: Error | undefined
  /** there while what the error refers to is being imported */
  ready: Promise<void> | undefined
}

/** The errors that tasks have failed with, by the number that the scheduler gave them: many tasks may share one. */
export class RemoteErrors {
  readonly #entries = new Map<number, Entry>()
  #lastOwn = 0

  /** Takes in an error from the scheduler. */
  set(number: number, bytes: Uint8Array): void {
    const entry: Entry = { error: undefined, ready: undefined }
    this.#entries.set(number, entry)
    const failure = decode(bytes) as FailureMessage
    const make = (): void => {
      entry.error = errorFrom(failure)
    }
    const imported = prepare(failure.error)
    if (imported) entry.ready = imported.then(make, make)
    else make()
  }

  /** Gives an error of this process a number. */
  add(error: Error): number {
    const number = --this.#lastOwn
    this.#entries.set(number, { error, ready: undefined })
    return number
  }

  get(number: number): Error {
    return this.#entries.get(number)!.error!
  }

  /** What must be waited for until `get` has it; undefined: nothing. */
  ready(number: number): Promise<void> | undefined {
    return this.#entries.get(number)!.ready
  }
}

function errorFrom(failure: FailureMessage): Error {
  let thrown: unknown
  try {
    thrown = decode(failure.error)
  } catch (error) {
    thrown = error
  }
  if (failure.key === undefined) return asError(thrown)
  return errorOfTask(failure.key, failure.step?.label ?? failure.label ?? failure.key, thrown, failure.where)
}
