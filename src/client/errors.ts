import { HeddleError } from '../base/index.js'

/** The connection to the scheduler is gone and could not be made again in time, or it is another scheduler now. */
export class SchedulerLost extends HeddleError {
  static {
    SchedulerLost.prototype.name = 'SchedulerLost'
  }
}

/** The result of a future was asked for that was cancelled or released, or whose client was closed. */
export class Cancelled extends HeddleError {
  static {
    Cancelled.prototype.name = 'Cancelled'
  }
}

/** What was waited for did not happen in time. */
export class WaitTimeout extends HeddleError {
  static {
    WaitTimeout.prototype.name = 'WaitTimeout'
  }
}

/** A result is in memory on a worker that this program cannot get it from. */
export class ResultUnreachable extends HeddleError {
  static {
    ResultUnreachable.prototype.name = 'ResultUnreachable'
  }
}

/** There is no dataset of that name, or there is one already. */
export class DatasetError extends HeddleError {
  static {
    DatasetError.prototype.name = 'DatasetError'
  }
}

/** A lock was given to others because whoever held it had been without a connection for too long. */
export class LeaseExpired extends HeddleError {
  static {
    LeaseExpired.prototype.name = 'LeaseExpired'
  }
}

/** There was no room in a queue in time. */
export class QueueFull extends WaitTimeout {
  static {
    QueueFull.prototype.name = 'QueueFull'
  }
}

/** There was nothing in a queue in time. */
export class QueueEmpty extends WaitTimeout {
  static {
    QueueEmpty.prototype.name = 'QueueEmpty'
  }
}

/** Not everybody in a cluster has the same versions. The message is a table of what differs, and where. */
export class PackageMismatch extends HeddleError {
  static {
    PackageMismatch.prototype.name = 'PackageMismatch'
  }
}
