import { HeddleError } from '../base/index.js'

/** Something went wrong between Heddle and the engine that runs jobs. */
export class JobQueueError extends HeddleError {
  static {
    JobQueueError.prototype.name = 'JobQueueError'
  }
}

/** A command of the engine is not installed here, or not on the PATH. */
export class CommandMissing extends JobQueueError {
  static {
    CommandMissing.prototype.name = 'CommandMissing'
  }
}

/** The engine refused what it was asked to do; the message has its own words. */
export class EngineRefused extends JobQueueError {
  static {
    EngineRefused.prototype.name = 'EngineRefused'
  }
}

/** A job ended, or cannot start, while its workers were wanted; the message says why, with the end of its log. */
export class JobFailed extends JobQueueError {
  static {
    JobFailed.prototype.name = 'JobFailed'
  }
}
