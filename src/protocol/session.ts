import { type Comm, ConnectionLost } from '../comm/index.js'
import { Frame } from './frames.js'

/** Frames between two acknowledgements. */
const ACKNOWLEDGE_EVERY = 32

/**
 * A conversation that outlives its connections: what was sent and has not been acknowledged is sent again on the next one,
 * so that each frame arrives exactly once and in order. Both ends have one. Frames need no numbers of their own: both ends
 * count them.
 */
export class Session {
  /** frames that have come in */
  received = 0
  readonly #unacknowledged: { kind: number; parts: readonly Uint8Array[] }[] = []
  /** frames that the other end has, as far as we know */
  #acknowledged = 0
  /** frames of theirs that we have told them we have */
  #told = 0
  #comm: Comm | undefined
  #ended = false
  readonly #peer: string

  constructor(peer: string) {
    this.#peer = peer
  }

  get peer(): string {
    return this.#comm?.peer ?? this.#peer
  }

  get closed(): boolean {
    return this.#ended
  }

  get comm(): Comm | undefined {
    return this.#comm
  }

  /** Sends a frame now, or when there is a connection again. Its bytes must not change. */
  send(kind: number, parts: readonly Uint8Array[]): void {
    if (this.#ended) return
    this.#unacknowledged.push({ kind, parts })
    this.#comm?.send(kind, parts)
  }

  /** There is a connection (again), whose other end has so many of our frames: the others are sent once more. */
  attach(comm: Comm, theyReceived: number): void {
    this.#comm = comm
    // What we have was told when the connection was made.
    this.#told = this.received
    this.#acknowledge(theyReceived)
    for (const { kind, parts } of this.#unacknowledged) comm.send(kind, parts)
  }

  detach(): void {
    this.#comm = undefined
  }

  /** A frame has come. False when it is the session's own business. */
  take(kind: number, body: Uint8Array): boolean {
    if (kind === Frame.acknowledge) {
      this.#acknowledge(new Float64Array(body.buffer, body.byteOffset, 1)[0]!)
      return false
    }
    if (++this.received - this.#told >= ACKNOWLEDGE_EVERY) this.acknowledge()
    return true
  }

  /**
   * Tells the other end how many frames have come, if it does not know: to be called now and then, so that it does not keep
   * what it need not.
   */
  acknowledge(): void {
    if (this.received === this.#told) return
    this.#told = this.received
    this.#comm?.send(Frame.acknowledge, [new Uint8Array(Float64Array.of(this.received).buffer)])
  }

  /**
   * To be called every second or so: shows the other end that this one lives, and takes the connection to be broken when the
   * other end has shown nothing for that many milliseconds.
   */
  beat(silence: number): void {
    const comm = this.#comm
    if (!comm) return
    const silent = performance.now() - comm.lastHeard
    if (silent > silence) {
      comm.abort(new ConnectionLost(`nothing was heard of ${comm.peer} for ${Math.round(silent / 1000)} s (comm.silenceTimeout)`))
      return
    }
    this.#told = -1
    this.acknowledge()
  }

  /** Nothing is sent any more. */
  end(): void {
    this.#ended = true
    this.#unacknowledged.length = 0
    this.#comm = undefined
  }

  #acknowledge(count: number): void {
    this.#unacknowledged.splice(0, count - this.#acknowledged)
    this.#acknowledged = Math.max(this.#acknowledged, count)
  }
}
