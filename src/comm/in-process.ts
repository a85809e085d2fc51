import { asError } from '../base/index.js'
import { config } from '../config/index.js'
import type { Comm, CommEvents, ConnectOptions, ListenOptions, Listener } from './comm.js'
import { AddressInUse, ConnectError, ConnectionRejected } from './errors.js'
import { FramedComm } from './framed-comm.js'
import { pipePair } from './in-process-pipe.js'

const listeners = new Map<string, ListenOptions>()
const NOTHING = new Uint8Array(0)
let connections = 0

/** Listens for connections from within this process (and thread), which need no proof. */
export function listenInProcess(name: string, options: ListenOptions): Listener {
  const address = `inproc://${name}`
  if (listeners.has(name)) throw new AddressInUse(`${address} is in use within this process: choose another name`)
  listeners.set(name, options)
  return {
    address,
    close() {
      if (listeners.get(name) === options) listeners.delete(name)
      return Promise.resolve()
    },
  }
}

export function connectInProcess(name: string, options: ConnectOptions): Comm {
  const address = `inproc://${name}`
  const listener = listeners.get(name)
  if (listener === undefined)
    throw new ConnectError(`nobody listens at ${address}: such names are known within one thread of one process only`)
  const settings = config.get('comm')
  const nearMaximum = options.maximumFrame ?? settings.maximumFrame
  const farMaximum = listener.maximumFrame ?? settings.maximumFrame
  const [nearPipe, farPipe] = pipePair(`${address}/${++connections}`, address)
  const near = new FramedComm(nearPipe, { ...settings, maximumFrame: nearMaximum, peerMaximum: farMaximum })
  const far = new FramedComm(farPipe, { ...settings, maximumFrame: farMaximum, peerMaximum: nearMaximum })
  let events: CommEvents
  try {
    events = listener.accept(far, options.role)
  } catch (error) {
    nearPipe.destroy()
    farPipe.destroy()
    listener.refused?.(asError(error), nearPipe.local)
    throw new ConnectionRejected(`${address} turned this ${options.role} away: ${asError(error).message}`, { cause: error })
  }
  setImmediate(() => {
    far.start(events, NOTHING)
    near.start(options.events, NOTHING)
  })
  return near
}
