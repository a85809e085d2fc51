import { HeddleError } from '../base/index.js'

/** Tasks that need each other in a circle, so that none of them can be the first to run. */
export class CycleError extends HeddleError {
  static {
    CycleError.prototype.name = 'CycleError'
  }
  /** the keys along the circle; the first stands at the end again */
  readonly path: readonly string[]
  constructor(path: readonly string[]) {
    const shown = path.length <= 12 ? path : [...path.slice(0, 6), `(${path.length - 11} more)`, ...path.slice(-5)]
    super(`these tasks depend on each other in a circle: ${shown.join(' → ')}. Take one of these dependencies away`)
    this.path = path
  }
}

/** A task depends on a key that no task has. */
export class UnknownTaskError extends HeddleError {
  static {
    UnknownTaskError.prototype.name = 'UnknownTaskError'
  }
  readonly key: string
  constructor(user: string, key: string, nearest: string | undefined) {
    const hint = nearest === undefined ? 'Add a task with that key' : `Did you mean ${JSON.stringify(nearest)}?`
    super(`task ${JSON.stringify(user)} depends on ${JSON.stringify(key)}, which is not among the tasks given. ${hint}`)
    this.key = key
  }
}
