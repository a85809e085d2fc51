import { ActorLost, asError } from '../base/index.js'
import { type Comm, ConnectionLost, connect } from '../comm/index.js'
import { config } from '../config/index.js'
import { Frame } from '../protocol/index.js'
import { decode, prepare } from '../transfer/index.js'
import { type Caller, whenEnded } from './callers.js'
import { CallKind, CallStatus, readAnswer, writeCall } from './messages.js'
import type { ActorPlace, Known } from './reference.js'

/** How often it is looked whether workers that owe answers live, in milliseconds. */
const LOOK = 1000

/** A call that was not answered yet. What it is about is kept alive by it. */
interface Asked {
  readonly about: Known
  resolve(value: unknown): void
  reject(error: Error): void
}

const lines = new Map<string, Line>()

/** The connection of this thread to the actors of a worker. */
export function lineTo(address: string, caller: Caller): Line {
  let line = lines.get(address)
  if (!line) {
    const made = new Line(address, caller, () => {
      if (lines.get(address) === made) lines.delete(address)
    })
    lines.set(address, (line = made))
  }
  return line
}

/** A connection to a worker, for calls of its actors. While it has some to be answered it keeps the process alive. */
export class Line {
  /** by actor, settled when the calls before have been sent; see `inTurn` */
  readonly turns = new Map<number, Promise<unknown>>()
  readonly #address: string
  readonly #ended: () => void
  readonly #stopWaiting: () => void
  readonly #asked = new Map<number, Asked>()
  readonly #closing = new AbortController()
  #comm: Comm | undefined
  #unsent: Uint8Array[][] = []
  #next = 1
  #end: string | undefined
  /** since when answers are owed, as `performance.now` counts */
  #since = 0
  /** when the worker was asked whether it lives, and has said nothing since; Infinity: it was not asked */
  #probed = Infinity
  #watch: NodeJS.Timeout | undefined

  constructor(address: string, caller: Caller, ended: () => void) {
    this.#address = address
    this.#ended = ended
    this.#stopWaiting = whenEnded(caller, () => this.#close('the client was closed'))
    void this.#connect(caller)
  }

  ask(about: Known, kind: number, member: string, args: Uint8Array): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // It may have ended while the arguments were waited for.
      if (this.#end !== undefined) {
        reject(lost(about.place, this.#end))
        return
      }
      const id = this.#next++
      if (this.#asked.size === 0) this.#refer(true)
      this.#asked.set(id, { about, resolve, reject })
      this.#send(writeCall({ id, actor: about.place.id, kind, member, args }))
    })
  }

  #send(frame: Uint8Array[]): void {
    if (this.#comm) this.#comm.send(Frame.call, frame)
    else this.#unsent.push(frame)
  }

  /** Something is waited for, or nothing any more. */
  #refer(on: boolean): void {
    this.#since = performance.now()
    if (on) this.#comm?.ref()
    else this.#comm?.unref()
  }

  async #connect({ credentials }: Caller): Promise<void> {
    try {
      const comm = await connect(this.#address, {
        credentials,
        role: 'peer',
        signal: this.#closing.signal,
        events: {
          frame: (kind, body) => {
            if (kind === Frame.called) this.#take(body)
          },
          closed: (error) => this.#close(error?.message ?? `the worker at ${this.#address} has closed the connection`),
        },
      })
      if (this.#end !== undefined) {
        comm.abort(new ConnectionLost(this.#end))
        return
      }
      this.#comm = comm
      this.#refer(this.#asked.size > 0)
      for (const frame of this.#unsent.splice(0)) comm.send(Frame.call, frame)
      this.#watch = setInterval(() => this.#look(comm), LOOK)
      this.#watch.unref()
    } catch (error) {
      this.#close(asError(error).message)
    }
  }

  #take(frame: Uint8Array): void {
    const { id, status, body } = readAnswer(frame)
    const asked = this.#asked.get(id)
    if (!asked) return
    this.#asked.delete(id)
    if (this.#asked.size === 0) this.#refer(false)
    // What came with memory of its own is nobody else's.
    const views = frame.byteLength === frame.buffer.byteLength
    const settle = (): void => {
      const value = decode(body, { views })
      if (status === CallStatus.value) asked.resolve(value)
      else asked.reject(status === CallStatus.thrown ? (value as Error) : lost(asked.about.place, value as string))
    }
    try {
      const imported = prepare(body)
      if (imported) imported.then(settle).catch((error: unknown) => asked.reject(asError(error)))
      else settle()
    } catch (error) {
      asked.reject(asError(error))
    }
  }

  /** A method may take as long as it likes; but the worker must live, and say so when it is asked. */
  #look(comm: Comm): void {
    const now = performance.now()
    if (this.#asked.size === 0 || comm.lastHeard > this.#probed) this.#probed = Infinity
    if (this.#asked.size === 0) return
    const silence = config.get('comm.silenceTimeout')
    if (now - this.#probed > silence / 2) {
      const silent = Math.round((now - Math.max(comm.lastHeard, this.#since)) / 1000)
      comm.abort(new ConnectionLost(`nothing was heard of it for ${silent} s (comm.silenceTimeout)`))
    } else if (this.#probed === Infinity && now - Math.max(comm.lastHeard, this.#since) > silence / 2) {
      this.#probed = now
      this.#send(writeCall({ id: 0, actor: 0, kind: CallKind.alive, member: '', args: new Uint8Array(0) }))
    }
  }

  #close(reason: string): void {
    if (this.#end !== undefined) return
    this.#end = reason
    this.#ended()
    this.#stopWaiting()
    clearInterval(this.#watch)
    this.#closing.abort(new Error(reason))
    this.#comm?.abort(new ConnectionLost(reason))
    for (const { about, reject } of this.#asked.values()) reject(lost(about.place, reason))
    this.#asked.clear()
  }
}

function lost({ type, worker, address }: ActorPlace, reason: string): ActorLost {
  return new ActorLost(`the actor ${type} on the worker ${worker} (${address}) is lost: ${reason}`)
}
