import { HeddleError } from '../base/index.js'

/** The connection to the scheduler is gone and could not be made again in time, or it is another scheduler now. */
export class SchedulerLost extends HeddleError {
  static {
    SchedulerLost.prototype.name = 'SchedulerLost'
  }
}

/** The result of a future was asked for that was cancelled, or whose client was closed. */
export class Cancelled extends HeddleError {
  static {
    Cancelled.prototype.name = 'Cancelled'
  }
}
