import { HeddleError } from '../base/index.js'

/** The command line cannot be understood: the command exits with code 2. */
export class UsageError extends HeddleError {
  static {
    UsageError.prototype.name = 'UsageError'
  }
}
