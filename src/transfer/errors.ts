import { HeddleError } from '../base/index.js'

/**
 * A value or a function cannot travel, or bytes that arrived cannot be understood here. The message names what was
 * sent, what in it cannot travel, and the path to it ("reached through: a -> b").
 */
export class TransferError extends HeddleError {
  static {
    TransferError.prototype.name = 'TransferError'
  }
}

/**
 * What the layers of the encoder throw: the reason alone. The encoder, which knows what is being sent, finds the path
 * to `at` and makes the TransferError.
 */
export class Untransferable extends Error {
  /** the value that cannot travel; a function means that the reason is a clause: "uses the …" */
  readonly at: unknown
  /** what to do about it */
  readonly advice: string
  /** the reason is a clause ("uses eval") rather than a thing ("a Promise") */
  readonly clause: boolean
  constructor(reason: string, advice: string, at: unknown, clause = typeof at === 'function') {
    super(reason)
    this.at = at
    this.advice = advice
    this.clause = clause
  }
}
