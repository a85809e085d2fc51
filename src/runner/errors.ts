import { HeddleError } from '../base/index.js'

/** Ranks of one program could not become a cluster. */
export class RunnerError extends HeddleError {
  static {
    RunnerError.prototype.name = 'RunnerError'
  }
}

/** This process is no rank of anything: it was started as any program is. */
export class NoWorld extends RunnerError {
  static {
    NoWorld.prototype.name = 'NoWorld'
  }
}

/** There are not enough ranks for a scheduler, a client and a worker. */
export class WorldTooSmall extends RunnerError {
  static {
    WorldTooSmall.prototype.name = 'WorldTooSmall'
  }
}
