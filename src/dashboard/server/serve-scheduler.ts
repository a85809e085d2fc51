import type { SchedulerServer } from '../../cluster/index.js'
import type { Credentials } from '../../comm/index.js'
import { config } from '../../config/index.js'
import { EXPOSITION_TYPE, formatMetrics, processMetrics } from '../../metrics/index.js'
import { DashboardServer, type RouteAnswer } from './dashboard-server.js'
import { schedulerSource } from './scheduler-source.js'

/** See the folder's face. It ends with the scheduler. */
export async function serveScheduler(server: SchedulerServer, credentials: Credentials): Promise<DashboardServer | undefined> {
  if (!config.get('dashboard.enabled')) return undefined
  const routes = { '/metrics': () => Promise.resolve(metricsOf(server)) }
  const dashboard = await DashboardServer.start({ source: schedulerSource(server), credentials, unreferenced: true, routes })
  server.dashboard = dashboard.address
  void server.ended.then(() => dashboard.close())
  return dashboard
}

function metricsOf(server: SchedulerServer): RouteAnswer {
  return { type: EXPOSITION_TYPE, body: formatMetrics([...server.metrics(), ...processMetrics()]) }
}
