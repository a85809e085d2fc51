import { SchedulerServer, superviseMe } from '../cluster/schedulers.js'
import { config } from '../config/index.js'
import { serveScheduler } from '../dashboard/index.js'
import { recordHistory } from '../history/index.js'
import type { SchedulerProcessOptions } from './entries.js'

// The program of a scheduler process that another process starts: a cluster of a user's program, say.
const parent = await superviseMe<SchedulerProcessOptions>()
process.on('SIGINT', () => undefined)
const { dashboard: page, history, metrics, ...options } = parent.options
config.set({ dashboard: page, history, metrics })
const scheduler = await SchedulerServer.start(options).catch(parent.failed)
await recordHistory(scheduler).catch(parent.failed)
const dashboard = await serveScheduler(scheduler, options.credentials).catch(parent.failed)
const stop = async (): Promise<void> => {
  await scheduler.close()
}
// A batch system tells all processes of a job, and then the parent tells this one again.
process.on('SIGTERM', () => void stop())
parent.ready({ id: scheduler.id, addresses: scheduler.addresses, dashboard: dashboard?.address })
await scheduler.ended
await parent.closing()
process.exit(0)
