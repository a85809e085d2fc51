import {
  AuthenticationError,
  ConnectError,
  ConnectTimeout,
  ConnectionRejected,
  VersionMismatch,
  preloadTransports,
} from '../../comm/index.js'
import { config } from '../../config/index.js'
import { preload } from '../../transfer/index.js'
import { takeWarnings } from '../json-warnings.js'
import { superviseMe } from '../nanny/child.js'
import { SCHEDULER_UNREACHABLE } from './exit-codes.js'
import { PrintedOutput } from './printed-output.js'
import { WorkerServer, type WorkerServerOptions } from './worker-server.js'

// The program of a worker process, which a nanny starts.
const output = new PrintedOutput()
output.watch()
const supervised = superviseMe<WorkerServerOptions>()
// Its options may have to wait for its scheduler.
await preloadTransports()
preload()
const nanny = await supervised
// A terminal sends it to all processes at once; the nanny sees to the worker.
process.on('SIGINT', () => undefined)
config.set({ progress: { show: false } })
if (config.get('log.format') === 'json') takeWarnings((line) => void process.stderr.write(`${line}\n`))

/** What keeps a worker from its scheduler, whoever starts it. */
const UNREACHABLE = [ConnectError, ConnectTimeout, ConnectionRejected, AuthenticationError, VersionMismatch]

let starting = true
if (process.platform !== 'win32') {
  // Close, without anything being moved.
  process.on('SIGUSR2', () => {
    if (starting) process.exit(1)
    void worker.close('it was interrupted')
  })
}
const world = { nannyPlugins: nanny.plugins.bind(nanny), printed: output }
const worker = await WorkerServer.start(nanny.options, world).catch((error: unknown) =>
  nanny.failed(error, UNREACHABLE.some((kind) => error instanceof kind) ? SCHEDULER_UNREACHABLE : 1),
)
starting = false
nanny.ready({ name: worker.name, address: worker.address })
let retiring = false
// A batch system tells all processes of a job, and then the nanny tells this one again: with `once` the second signal would
// end it if it came while there is no listener.
process.on('SIGTERM', () => {
  if (!retiring) void worker.retire()
  retiring = true
})
const { orderly, reason } = await worker.ended
if (!orderly) {
  console.error(`${worker.name}: ${reason}`)
  process.exit(1)
}
await nanny.closing()
process.exit(0)
