import { HeddleError } from '../base/index.js'

/** A database does not do what it was asked for; `cause` is its own error. */
export class DatabaseError extends HeddleError {
  static {
    DatabaseError.prototype.name = 'DatabaseError'
  }
}

/** A driver that is needed is not installed. */
export class MissingDriver extends HeddleError {
  static {
    MissingDriver.prototype.name = 'MissingDriver'
  }
}
