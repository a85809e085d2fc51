import { HeddleError, describe } from '../base/index.js'

/** A partitioner gave something that is no partition. */
export class PartitionerError extends HeddleError {
  static {
    PartitionerError.prototype.name = 'PartitionerError'
  }

  constructor(gave: unknown, partitions: number) {
    super(
      `the partitioner gave ${describe(gave)}, and there are ${partitions} partitions: it must give a whole number from 0 up to, not including, that`,
    )
  }
}

/** A key cannot be hashed or compared, so that it belongs nowhere. */
export class ShuffleKeyError extends HeddleError {
  static {
    ShuffleKeyError.prototype.name = 'ShuffleKeyError'
  }
}

/** A shuffle could not be brought to its end: a disk is full, or workers cannot reach each other. */
export class ShuffleError extends HeddleError {
  static {
    ShuffleError.prototype.name = 'ShuffleError'
  }
}

/** A run of a shuffle is over, or has lost a part: what still works for it is in vain, and is done again in the next run. */
export class ShuffleRunEnded extends HeddleError {
  static {
    ShuffleRunEnded.prototype.name = 'ShuffleRunEnded'
  }

  constructor(run: number) {
    super(`the run ${run} of the shuffle is over: it has lost a part, and is done again`)
  }
}
