import type { SchedulerServer } from '../cluster/index.js'
import type { Credentials } from '../comm/index.js'
import type { DashboardServer } from './server/dashboard-server.js'

export type { DashboardOptions, DashboardServer, RouteAnswer } from './server/dashboard-server.js'
export type { DashboardSource } from './server/source.js'

/**
 * Serves the page that shows what a scheduler of this process does, as the settings `dashboard` say; undefined: they say
 * that there is to be none. It does not keep the program alive.
 *
 * @throws AddressInUse, ListenError
 */
export async function serveScheduler(server: SchedulerServer, credentials: Credentials): Promise<DashboardServer | undefined> {
  return (await import('./server/serve-scheduler.js')).serveScheduler(server, credentials)
}
