import { basename } from 'node:path'
import { ArgumentError } from '../base/index.js'
import { generateToken, linkWithKey } from '../comm/index.js'
import { observeRuns } from '../executor/index.js'
import type { Dashboard, OpenDashboardOptions } from './index.js'
import { DashboardServer } from './server/dashboard-server.js'
import { LocalSource } from './server/local-source.js'

/** See `openDashboard`. */
export async function openDashboard({ port, host }: OpenDashboardOptions): Promise<Dashboard> {
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536))
    throw new ArgumentError(`openDashboard: ${port} is no port: it must be a whole number below 65536`)
  const source = new LocalSource(basename(process.argv[1] ?? 'this program'))
  const credentials = { token: generateToken() }
  const server = await DashboardServer.start({
    source,
    credentials,
    unreferenced: true,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  })
  const stopObserving = observeRuns(source.observe)
  const close = async (): Promise<void> => {
    stopObserving()
    source.close()
    await server.close()
  }
  return { link: linkWithKey(server.address, credentials), close, [Symbol.asyncDispose]: close }
}
