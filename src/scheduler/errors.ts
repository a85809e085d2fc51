import { HeddleError } from '../base/index.js'

/** What ran a task died, one time after the other, more often than is allowed: presumably of the task. */
export class WorkerLost extends HeddleError {
  static {
    WorkerLost.prototype.name = 'WorkerLost'
  }
}

/** The same where whole workers died, and not just threads of theirs. */
export class KilledWorker extends WorkerLost {
  static {
    KilledWorker.prototype.name = 'KilledWorker'
  }
}

/** A value that no task can compute again was on a worker that is gone. */
export class DataLost extends HeddleError {
  static {
    DataLost.prototype.name = 'DataLost'
  }
}

/** The workers that may run a task cannot reach those that hold its inputs. */
export class InputUnreachable extends HeddleError {
  static {
    InputUnreachable.prototype.name = 'InputUnreachable'
  }
}
