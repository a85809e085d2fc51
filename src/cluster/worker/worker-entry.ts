import { ConnectError, ConnectTimeout } from '../../comm/index.js'
import { config } from '../../config/index.js'
import { preload } from '../../transfer/index.js'
import { superviseMe } from '../nanny/index.js'
import { SCHEDULER_UNREACHABLE } from './exit-codes.js'
import { WorkerServer, type WorkerServerOptions } from './worker-server.js'

// The program of a worker process, which a nanny starts.
const nanny = await superviseMe<WorkerServerOptions>()
// A terminal sends it to all processes at once; the nanny sees to the worker.
process.on('SIGINT', () => undefined)
config.set({ progress: { show: false } })
preload()

const worker = await WorkerServer.start(nanny.options).catch((error: unknown) =>
  nanny.failed(error, error instanceof ConnectError || error instanceof ConnectTimeout ? SCHEDULER_UNREACHABLE : 1),
)
nanny.ready({ name: worker.name, address: worker.address })
process.once('SIGTERM', () => void worker.retire())
const { orderly, reason } = await worker.ended
if (!orderly) {
  console.error(`${worker.name}: ${reason}`)
  process.exit(1)
}
await nanny.closing()
process.exit(0)
