/**
 * The root of every error that Heddle itself raises. A message says what happened, where, and what to do; one
 * subclass per kind of mistake, defined in the folder that detects it.
 */
export class HeddleError extends Error {
  static {
    HeddleError.prototype.name = 'HeddleError'
  }
}

/** An argument or a setting is not of the form it must have. */
export class ArgumentError extends HeddleError {
  static {
    ArgumentError.prototype.name = 'ArgumentError'
  }
}

/** An actor is gone: its worker or its thread has died, or its future was released. What it held is lost. */
export class ActorLost extends HeddleError {
  static {
    ActorLost.prototype.name = 'ActorLost'
  }
}

/** Something that Heddle promises of itself does not hold: a defect of Heddle, never of the program that uses it. */
export class InvariantError extends HeddleError {
  static {
    InvariantError.prototype.name = 'InvariantError'
  }
}

/** An `Error` for whatever was thrown: errors as they are, anything else wrapped with its text. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  // Errors of another realm (vm contexts, vitest) are no instances of this realm's Error.
  if (Object.prototype.toString.call(thrown) === '[object Error]') return thrown as Error
  return new NonError(thrown)
}

/** Stands for a thrown value that is not an `Error`; the value itself is in `thrown`. */
export class NonError extends HeddleError {
  static {
    NonError.prototype.name = 'NonError'
  }
  readonly thrown: unknown
  constructor(thrown: unknown) {
    super(`a value that is not an Error was thrown: ${describe(thrown)}`)
    this.thrown = thrown
  }
}

/** A value in a few words, for messages: its type and, where short, its text. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
    case 'bigint':
      return `${value}n`
    case 'symbol':
      return value.toString()
    case 'function':
      return `function ${value.name || '(anonymous)'}`
    case 'object': {
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'an array'
      const name = (value.constructor as { name?: string } | undefined)?.name
      return name && name !== 'Object' ? `an instance of ${name}` : 'an object'
    }
    default:
      return String(value)
  }
}
