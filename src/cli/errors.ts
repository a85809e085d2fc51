import { HeddleError } from '../base/index.js'

/** The command line cannot be understood: the command exits with code 2. */
export class UsageError extends HeddleError {
  static {
    UsageError.prototype.name = 'UsageError'
  }
}

/** A service ended otherwise than it was asked to: the command exits with a code of its own. */
export class ServiceError extends HeddleError {
  static {
    ServiceError.prototype.name = 'ServiceError'
  }
  readonly exitCode: number

  constructor(message: string, exitCode: number = 1, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
