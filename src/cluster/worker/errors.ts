import { HeddleError } from '../../base/index.js'

/** A task gave a result that is larger than all the memory that its worker may take. */
export class ResultTooLarge extends HeddleError {
  static {
    ResultTooLarge.prototype.name = 'ResultTooLarge'
  }
}
