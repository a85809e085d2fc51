import { ArgumentError, describe, loadNow } from '../base/index.js'
import type { ClientDetail } from '../events/index.js'
import type { Executor } from '../executor/index.js'
import type { Client } from './client.js'
import type { ClientCore } from './core.js'
import type { Future } from './future.js'

const cores = new WeakMap<Executor, ClientCore>()
const owners = new WeakSet<object>()

/** The values that this executor holds are those of this client. */
export function setCore(executor: Executor, core: ClientCore): void {
  cores.set(executor, core)
  owners.add(core)
}

/** The client that an executor is, if it is one. */
export function coreOfExecutor(executor: Executor): ClientCore | undefined {
  return cores.get(executor)
}

/** The client that a future belongs to. */
export function coreOf(future: Future<unknown>): ClientCore {
  const { owner } = future
  if (owners.has(owner)) return owner as ClientCore
  throw new ArgumentError(`the future ${future.key} belongs to no client`)
}

/** Asks the scheduler of a client. @throws ArgumentError for what is no client, in the name of `who` */
export async function askScheduler(client: Client, who: string, question: string, args?: unknown): Promise<unknown> {
  const core = cores.get(client)
  if (!core) throw new ArgumentError(`${who}: a client is needed, not ${describe(client)}`)
  return core.ask(question, args)
}

/** Whose program this is, and which: what the history has of it. */
export function aboutProgram(): Omit<ClientDetail, 'name'> {
  return (loadNow(import.meta.url, './about-program.js') as typeof import('./about-program.js')).aboutProgram()
}
