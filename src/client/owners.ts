import { ArgumentError } from '../base/index.js'
import type { Executor } from '../executor/index.js'
import { ClientCore } from './core.js'
import type { Future } from './future.js'

const cores = new WeakMap<Executor, ClientCore>()

/** The values that this executor holds are those of this client. */
export function setCore(executor: Executor, core: ClientCore): void {
  cores.set(executor, core)
}

/** The client that an executor is, if it is one. */
export function coreOfExecutor(executor: Executor): ClientCore | undefined {
  return cores.get(executor)
}

/** The client that a future belongs to. */
export function coreOf(future: Future<unknown>): ClientCore {
  const { owner } = future
  if (owner instanceof ClientCore) return owner
  throw new ArgumentError(`the future ${future.key} belongs to no client`)
}
