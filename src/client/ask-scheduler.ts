import { ArgumentError, describe } from '../base/index.js'
import type { Client } from './client.js'
import { coreOfExecutor } from './owners.js'

/** Asks the scheduler of a client. @throws ArgumentError for what is no client, in the name of `who` */
export async function askScheduler(client: Client, who: string, question: string, args?: unknown): Promise<unknown> {
  const core = coreOfExecutor(client)
  if (!core) throw new ArgumentError(`${who}: a client is needed, not ${describe(client)}`)
  return core.ask(question, args)
}
