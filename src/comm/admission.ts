import type { Socket } from 'node:net'
import { formatDuration } from '../base/index.js'
import { CommError, ConnectTimeout, ProtocolError } from './errors.js'
import { networkAddress } from './address.js'

/** More than any first message of a Heddle, a TLS client or a WebSocket client; what waits in memory is bounded by it. */
const MOST_FIRST_BYTES = 16 * 1024
/** How long a handshake counts as one of the concurrent ones: longer ones wait for the network, not for this process … */
const PATIENCE = 100
/** … unless this process has been busy for more than this share of the time: then they wait for it, and count on, so many times. */
const BUSY = 0.5
const MOST_PATIENCE = 10

export interface AdmissionSettings {
  readonly maximumUnproved: number
  readonly concurrentHandshakes: number
  /** milliseconds */
  readonly handshakeTimeout: number
}

/** A connection that came in and has not proved itself yet. */
export interface Candidate {
  readonly socket: Socket
  readonly peer: string
  /** its first bytes, which are still to be read from the socket */
  readonly first: Uint8Array
  /** aborts at the deadline, when the other end goes away, and when the listener closes */
  readonly signal: AbortSignal
}

/**
 * Lets connections prove themselves, a few at a time: a thousand that come at once must not keep those waiting that are
 * there already. One that has not said anything costs a socket and nothing else.
 */
export class Admission {
  readonly #settings: AdmissionSettings
  readonly #prove: (candidate: Candidate) => Promise<void>
  readonly #refused: (error: Error, peer: string) => void
  readonly #unproved = new Map<Socket, AbortController>()
  /** those that have not sent anything, oldest first: the first to go when there are too many */
  readonly #silent = new Set<Socket>()
  readonly #queue: (() => void)[] = []
  #running = 0
  #scheduled = false
  #closed = false

  /** `prove` resolves when the connection has become a comm; `refused` is told of those that did not. */
  constructor(
    settings: AdmissionSettings,
    prove: (candidate: Candidate) => Promise<void>,
    refused: (error: Error, peer: string) => void,
  ) {
    this.#settings = settings
    this.#prove = prove
    this.#refused = refused
  }

  /** Takes a socket that was just accepted. `name`: what to call the other end where it has no address. */
  take(socket: Socket, scheme: string, name?: string): void {
    const peer = name ?? networkAddress(scheme, socket.remoteAddress, socket.remotePort)
    const tooMany = this.#closed || this.#unproved.size >= this.#settings.maximumUnproved
    if (tooMany && !this.#dropSilent()) {
      socket.on('error', () => socket.destroy())
      socket.destroy()
      this.#refused(new CommError(`${peer} was turned away: too many connections have not proved themselves yet`), peer)
      return
    }
    const controller = new AbortController()
    const { handshakeTimeout } = this.#settings
    const limit = () =>
      setTimeout(() => {
        const within = formatDuration(handshakeTimeout)
        controller.abort(new ConnectTimeout(`${peer} connected and did not prove itself within ${within}`))
      }, handshakeTimeout)
    let late = limit()
    let first: Buffer | undefined
    const leave = () => controller.abort(new CommError(`${peer} went away before it had proved itself`))
    const failed = (error: Error) => controller.abort(new CommError(`${peer}: ${error.message}`, { cause: error }))
    const settle = (error?: Error) => {
      if (!this.#unproved.delete(socket)) return
      this.#silent.delete(socket)
      clearTimeout(late)
      socket.off('close', leave)
      if (error === undefined) socket.off('error', failed)
      else this.#refused(error, peer)
    }
    controller.signal.addEventListener(
      'abort',
      () => {
        settle(controller.signal.reason as Error)
        socket.destroy()
      },
      { once: true },
    )
    this.#unproved.set(socket, controller)
    this.#silent.add(socket)
    socket.on('close', leave)
    socket.on('error', failed)
    socket.once('data', (chunk: Buffer) => {
      socket.pause()
      this.#silent.delete(socket)
      // That it waits from here on is not its fault.
      clearTimeout(late)
      if (chunk.length > MOST_FIRST_BYTES) {
        controller.abort(new ProtocolError(`${peer} connected and sent something that Heddle does not speak`))
        return
      }
      first = chunk
      socket.unshift(chunk)
      this.#queue.push(() => {
        if (controller.signal.aborted) return
        late = limit()
        void this.#run({ socket, peer, first: first!, signal: controller.signal }, settle)
      })
      this.#schedule()
    })
  }

  /** Ends all that have not proved themselves. */
  close(): void {
    this.#closed = true
    for (const controller of this.#unproved.values()) controller.abort(new CommError('the listener was closed'))
  }

  async #run(candidate: Candidate, settle: (error?: Error) => void): Promise<void> {
    this.#running++
    let counted = true
    const release = () => {
      if (!counted) return
      counted = false
      this.#running--
      this.#schedule()
    }
    let waits = 1
    let before = performance.eventLoopUtilization()
    const look = () => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      if (utilization < BUSY || waits++ === MOST_PATIENCE) release()
      else {
        before = now
        patience = setTimeout(look, PATIENCE)
      }
    }
    let patience = setTimeout(look, PATIENCE)
    try {
      await this.#prove(candidate)
      settle()
    } catch (error) {
      settle(error as Error)
      candidate.socket.destroySoon()
    } finally {
      clearTimeout(patience)
      release()
    }
  }

  /**
   * Starts the next in the next turn of the event loop, after what established connections have waiting: one a turn, since the
   * first step of TLS alone takes milliseconds. (What comes in is divided already: Node accepts one connection a turn.)
   */
  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0 || this.#running >= this.#settings.concurrentHandshakes) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#running < this.#settings.concurrentHandshakes) this.#queue.shift()!()
      this.#schedule()
    })
  }

  #dropSilent(): boolean {
    if (this.#closed) return false
    for (const socket of this.#silent) {
      this.#unproved
        .get(socket)!
        .abort(new CommError('it had not said anything, and too many connections have not proved themselves yet'))
      return true
    }
    return false
  }
}
