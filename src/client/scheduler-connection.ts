import { randomUUID } from 'node:crypto'
import { asError } from '../base/index.js'
import { AuthenticationError, type Comm, type Credentials, VersionMismatch, connect } from '../comm/index.js'
import { config } from '../config/index.js'
import { type Answers, ControlChannel, Frame, RemoteError, Session } from '../protocol/index.js'
import { aboutProgram } from './about-program.js'
import { SchedulerLost } from './errors.js'

/** Milliseconds that a client which leaves tries to connect once more, to say so. */
const LEAVING = 2000

/** After these, to try again is of no use. */
const final = [SchedulerLost, AuthenticationError, VersionMismatch, RemoteError]

interface Welcome {
  readonly scheduler: string
  readonly received: number
  readonly dashboard: string | undefined
}

export interface SchedulerConnectionOptions {
  readonly address: string
  readonly credentials: Credentials
  readonly name: string
  readonly answers: Answers
  records(body: Uint8Array): void
  /** Something has happened to its graphs. */
  happened(body: Uint8Array): void
  /** It is gone for good. */
  lost(error: Error): void
  readonly signal?: AbortSignal | undefined
  readonly timeout?: number | undefined
}

/** A client's conversation with its scheduler, which goes on over a new connection when one breaks. */
export class SchedulerConnection {
  readonly address: string
  readonly session: Session
  readonly control: ControlChannel
  /** where the scheduler shows what goes on; undefined: nowhere */
  dashboard: string | undefined
  readonly #options: SchedulerConnectionOptions
  readonly #id = randomUUID()
  #scheduler: string | undefined
  #closed = false
  #referenced = false
  #acknowledging: NodeJS.Timeout | undefined
  /** until it tries again to connect */
  #pause: NodeJS.Timeout | undefined
  /** it is leaving, and from then on does not try again */
  #giveUpAt: number | undefined

  constructor(options: SchedulerConnectionOptions) {
    this.#options = options
    this.address = options.address
    this.session = new Session(options.address)
    this.control = new ControlChannel(this.session, options.answers)
  }

  /** Connects for the first time. */
  async open(): Promise<void> {
    await this.#connect(this.#options.timeout)
    this.#acknowledging = setInterval(() => this.session.beat(config.get('comm.silenceTimeout')), 1000)
    this.#acknowledging.unref()
  }

  /** Lets the connection keep the process alive, or not. */
  reference(on: boolean): void {
    this.#referenced = on
    if (on) {
      this.session.comm?.ref()
      this.#pause?.ref()
    } else {
      this.session.comm?.unref()
      this.#pause?.unref()
    }
  }

  /** Leaves the scheduler: it drops what this client wanted. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#giveUpAt ??= performance.now() + LEAVING
      // What was sent must have arrived: whoever closes first may have released a lot.
      await this.control.ask('leave').catch(() => undefined)
    }
    await this.end()
  }

  /** Closes the connection, without a word. */
  async end(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#acknowledging)
    const { comm } = this.session
    this.control.closed(new SchedulerLost('the client was closed'))
    this.session.end()
    await comm?.close()
  }

  async #connect(timeout: number | undefined): Promise<void> {
    const { address, credentials, happened, records, name, signal } = this.#options
    // Frames may come, and the connection may break, before `connect` has resolved.
    const made: { comm?: Comm; greeter?: ControlChannel } = {}
    let greeted = false
    const connected = await connect(address, {
      credentials,
      role: 'client',
      signal,
      timeout,
      events: {
        frame: (kind, body) => {
          if (!greeted) {
            // What follows the answer is the session's, and may come in the same tick.
            greeted = kind === Frame.reply
            made.greeter?.receive(kind, body)
          } else if (this.session.take(kind, body)) {
            if (kind === Frame.records) records(body)
            else if (kind === Frame.events) happened(body)
            else this.control.receive(kind, body)
          }
        },
        closed: (error) => {
          made.greeter?.closed(error ?? new SchedulerLost(`the scheduler at ${address} has closed the connection`))
          if (greeted && made.comm !== undefined && this.session.comm === made.comm) this.#broken(error)
        },
      },
    })
    made.comm = connected
    const greeter = new ControlChannel(connected, {})
    made.greeter = greeter
    const hello = { id: this.#id, name, scheduler: this.#scheduler, received: this.session.received }
    const asked = greeter.ask('hello', { ...hello, about: aboutProgram() })
    const { scheduler, received, dashboard } = (await asked.catch((error: unknown) => {
      connected.abort(asError(error))
      throw error
    })) as Welcome
    if (this.#scheduler !== undefined && this.#scheduler !== scheduler) {
      connected.abort(new SchedulerLost('another scheduler'))
      throw new SchedulerLost(
        `at ${address} there is another scheduler now: the one that held the results has ended. Compute them again.`,
      )
    }
    this.#scheduler = scheduler
    this.dashboard = dashboard
    this.session.attach(connected, received)
    if (!this.#referenced) connected.unref()
    // It broke again before anybody had a look.
    if (connected.closed) this.#broken(undefined)
  }

  #broken(error: Error | undefined): void {
    this.session.detach()
    if (this.#closed) {
      this.control.closed(error ?? new SchedulerLost(`the scheduler at ${this.address} has closed the connection`))
      return
    }
    void this.#reconnect(error)
  }

  /** Tries to connect again until the setting `client.timeout` has passed. */
  async #reconnect(cause: Error | undefined): Promise<void> {
    const timeout = config.get('client.timeout')
    const end = performance.now() + timeout
    let wait = 50
    let last: Error | undefined = cause
    while (!this.#closed && performance.now() < Math.min(end, this.#giveUpAt ?? Infinity)) {
      try {
        await this.#connect(Math.max(1000, Math.min(end, this.#giveUpAt ?? Infinity) - performance.now()))
        return
      } catch (error) {
        last = asError(error)
        if (final.some((kind) => last instanceof kind)) break
      }
      await new Promise<void>((resolve) => {
        this.#pause = setTimeout(resolve, wait)
        if (!this.#referenced) this.#pause.unref()
      })
      wait = Math.min(wait * 2, 2000)
    }
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#acknowledging)
    const lost =
      last instanceof SchedulerLost
        ? last
        : new SchedulerLost(
            `the connection to the scheduler at ${this.address} is lost, and could not be made again within ${timeout / 1000} s ` +
              `(client.timeout)${last ? `: ${last.message}` : ''}`,
            last && { cause: last },
          )
    this.control.closed(lost)
    this.session.end()
    if (this.#giveUpAt === undefined) this.#options.lost(lost)
  }
}
