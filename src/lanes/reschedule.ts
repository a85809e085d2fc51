import { HeddleError } from '../base/index.js'

/**
 * Thrown by a task that cannot or will not run where it is: it is run again from its beginning, on another worker where there
 * is one that may run it. It is no failure, and counts as none. On the executor `inline`, which has no other place, it is an
 * error like any other.
 *
 * @example
 * client.submit(() => { if (freemem() < needed) throw new Reschedule('no memory'); return compute() })
 */
export class Reschedule extends HeddleError {
  static {
    Reschedule.prototype.name = 'Reschedule'
  }

  constructor(reason = 'the task asked to be run elsewhere') {
    super(reason)
  }
}
