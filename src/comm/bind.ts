import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { type Server, connect } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { type SocketAddress, networkAddress } from './address.js'
import { AddressInUse, ListenError } from './errors.js'

const BACKLOG = 1024

/** Has a server listen at an address, on the first port of its range that is free; gives the address that it has. */
export async function bind(server: Server, address: SocketAddress, text: string): Promise<string> {
  if (address.scheme === 'unix') {
    await bindPath(server, address.path, text)
    return text
  }
  const { scheme, host, firstPort, lastPort } = address
  for (let port = firstPort; ; port++) {
    const error = await listening(server, { host, port, backlog: BACKLOG })
    if (error === undefined) {
      const bound = server.address() as { port: number }
      return networkAddress(scheme, host, bound.port)
    }
    if (error.code !== 'EADDRINUSE') throw listenError(error, text)
    if (port < lastPort) continue
    const which = firstPort === lastPort ? `port ${port}` : `every port of ${firstPort}-${lastPort}`
    throw new AddressInUse(
      `${text} cannot be listened at: ${which} is in use, perhaps by another scheduler or worker, also of another user, on this ` +
        `machine (ss -ltnp shows by what). Choose another port, a range such as ${firstPort}-${firstPort + 10}, or 0 for any that is free`,
      { cause: error },
    )
  }
}

async function bindPath(server: Server, path: string, text: string): Promise<void> {
  // Only its owner may connect from the first moment on; threads cannot set the mask, so there the mode follows at once.
  const restricted = async () => {
    const mask = isMainThread ? process.umask(0o177) : undefined
    const bound = listening(server, { path, backlog: BACKLOG })
    if (mask !== undefined) process.umask(mask)
    return bound
  }
  let error = await restricted()
  if (error?.code === 'EADDRINUSE' && (await isStale(path))) {
    unlinkSync(path)
    error = await restricted()
  }
  if (error?.code === 'EADDRINUSE')
    throw new AddressInUse(
      `${text} cannot be listened at: another process listens there, or it is not a socket. Choose another path, or remove it`,
      { cause: error },
    )
  if (error) throw listenError(error, text)
  chmodSync(path, 0o600)
}

/** Whether a path is a socket that nobody listens at: what a process that was killed leaves behind. */
async function isStale(path: string): Promise<boolean> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return false
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}

function listening(
  server: Server,
  where: { host?: string; port?: number; path?: string; backlog: number },
): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const done = () => {
      server.off('error', failed)
      resolve(undefined)
    }
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', done)
      resolve(error)
    }
    server.once('listening', done)
    server.once('error', failed)
    // exclusive: within node:cluster, too, the port is this process's own.
    server.listen({ ...where, exclusive: true })
  })
}

function listenError(error: NodeJS.ErrnoException, text: string): ListenError {
  const advice: Record<string, string> = {
    EACCES: 'this user may not: ports below 1024 and folders of others need rights; choose another',
    EADDRNOTAVAIL: 'no network interface of this machine has that address; 0.0.0.0 stands for all of them',
    ENOTFOUND: 'the host has no address; give one of this machine, or 0.0.0.0 for all',
    ENOENT: 'the folder of the socket does not exist; make it first',
  }
  return new ListenError(`${text} cannot be listened at: ${advice[error.code ?? ''] ?? error.message}`, { cause: error })
}
