import { ArgumentError } from '../base/index.js'
import type { ClusterDump } from '../client/index.js'
import { generateToken, linkWithKey } from '../comm/index.js'
import type { Replay, ReplayOptions } from './index.js'
import { DashboardServer } from './server/dashboard-server.js'
import { ReplaySource } from './server/replay-source.js'

/** See `serveDump`. */
export async function serveReplay(dump: ClusterDump, { port, host, speed = Infinity }: ReplayOptions): Promise<Replay> {
  if (!(speed > 0)) throw new ArgumentError(`serveDump: speed must be a positive number, not ${speed}`)
  const source = new ReplaySource(dump, speed)
  const credentials = { token: generateToken() }
  const server = await DashboardServer.start({
    source,
    credentials,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  })
  const close = async (): Promise<void> => {
    source.close()
    await server.close()
  }
  return { link: linkWithKey(server.address, credentials), accounts: source.accounts(), close, [Symbol.asyncDispose]: close }
}
