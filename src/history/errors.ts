import { HeddleError } from '../base/index.js'

/** The history of runs cannot be written or read, or a question to it makes no sense. */
export class HistoryError extends HeddleError {
  static {
    HistoryError.prototype.name = 'HistoryError'
  }
}
