import { createServer } from 'node:net'
import { config } from '../config/index.js'
import { parseAddress } from './address.js'
import { Admission, type Candidate } from './admission.js'
import { bind } from './bind.js'
import type { ListenOptions, Listener } from './comm.js'
import { FramedComm } from './framed-comm.js'
import { checkCredentials, proveAsListener, welcome } from './handshake.js'
import { listenInProcess } from './in-process.js'
import { type Incoming, incomingOf } from './incoming.js'

/** See on-demand.ts. */
export async function listen(address: string, options: ListenOptions): Promise<Listener> {
  const where = parseAddress(address)
  checkCredentials(options.credentials)
  if (where.scheme === 'inproc') return listenInProcess(where.name, options)
  const settings = config.get('comm')
  const maximumFrame = options.maximumFrame ?? settings.maximumFrame
  const incoming: Incoming = await incomingOf(where.scheme, options.credentials, address)

  const prove = async (candidate: Candidate) => {
    const { pipe, refusal } = await incoming.open(candidate, listener.address)
    const own = { token: options.credentials.token, maximumFrame, signal: candidate.signal, refusal }
    await proveAsListener(pipe, own, ({ role, peerMaximum, rest }) => {
      const comm = new FramedComm(pipe, { ...settings, maximumFrame, peerMaximum })
      const events = options.accept(comm, role)
      welcome(pipe)
      comm.start(events, rest())
    })
  }
  const admission = new Admission(settings, prove, (error, peer) => options.refused?.(error, peer))
  const server = createServer({ noDelay: true })
  const name = where.scheme === 'unix' ? address : undefined
  server.on('connection', (socket) => admission.take(socket, where.scheme, name))
  const listener: Listener = {
    address: await bind(server, where, address),
    close() {
      admission.close()
      // Node tells of the end only after the last connection is gone; that nobody can connect any more is so at once.
      server.close()
      return Promise.resolve()
    },
  }
  return listener
}
