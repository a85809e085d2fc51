import { type Client, askScheduler } from '../client/index.js'
import type { Accounts } from '../events/index.js'
import { SpanProfile } from './span-profile.js'

/** See `clusterSpans`. */
export async function askForSpans(client: Client, all: boolean): Promise<SpanProfile> {
  return new SpanProfile((await askScheduler(client, 'clusterSpans', 'accounts', { all })) as Accounts)
}
