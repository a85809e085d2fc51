import { superviseMe } from '../nanny/index.js'
import { SchedulerServer, type SchedulerServerOptions } from './scheduler-server.js'

// The program of a scheduler process that another process starts: a cluster of a user's program, say.
const parent = await superviseMe<SchedulerServerOptions>()
process.on('SIGINT', () => undefined)
const scheduler = await SchedulerServer.start(parent.options).catch(parent.failed)
const stop = async (): Promise<void> => {
  await scheduler.close()
}
process.once('SIGTERM', () => void stop())
parent.ready({ id: scheduler.id, addresses: scheduler.addresses })
await scheduler.ended
await parent.closing()
process.exit(0)
