import { randomUUID } from 'node:crypto'
import { asError } from '../base/index.js'
import { type Comm, ConnectError, ConnectTimeout, type Credentials, connect } from '../comm/index.js'
import { config } from '../config/index.js'
import { ControlChannel, Frame, ProtocolError, Session } from '../protocol/index.js'

interface Open {
  readonly comm: Comm
  readonly session: Session
  readonly control: ControlChannel
}

/**
 * A cluster's own connection to its scheduler, to know its workers and to have some leave. It does not keep the program
 * alive; when it breaks, the next question makes another.
 */
export class SchedulerLink {
  readonly #addresses: readonly string[]
  readonly #credentials: Credentials
  #address: string | undefined
  #open: Promise<Open> | undefined
  #closed = false
  #asking = 0
  /** called when workers have come or gone */
  onWorkers: (() => void) | undefined

  constructor(addresses: readonly string[], credentials: Credentials) {
    this.#addresses = addresses
    this.#credentials = credentials
  }

  /** The address at which the scheduler can be reached from here. */
  async reach(): Promise<string> {
    await this.#opened()
    return this.#address!
  }

  /** The names of the workers that there are. */
  async workers(): Promise<string[]> {
    return ((await this.#ask('workers')) as { info: { name: string } }[]).map(({ info }) => info.name)
  }

  /** Has workers move what they hold to others and leave. */
  async retire(names: readonly string[]): Promise<void> {
    await this.#ask('retire', { workers: names })
  }

  async close(): Promise<void> {
    this.#closed = true
    const open = await this.#open?.catch(() => undefined)
    if (!open) return
    open.comm.ref()
    await open.control.ask('leave').catch(() => undefined)
    open.session.end()
    await open.comm.close()
  }

  /** The program stays until there is an answer, and not for anything else. */
  async #ask(name: string, args?: unknown): Promise<unknown> {
    const { comm, session, control } = await this.#opened()
    session.beat(config.get('comm.silenceTimeout'))
    this.#asking++
    comm.ref()
    try {
      return await control.ask(name, args)
    } finally {
      if (--this.#asking === 0) comm.unref()
    }
  }

  #opened(): Promise<Open> {
    if (this.#closed) return Promise.reject(new ProtocolError('the cluster is closed'))
    this.#open ??= this.#connectToAny().catch((error: unknown) => {
      this.#open = undefined
      throw error
    })
    return this.#open
  }

  async #connectToAny(): Promise<Open> {
    let last: Error | undefined
    const addresses = this.#address === undefined ? this.#addresses : [this.#address]
    for (const address of addresses) {
      try {
        const open = await this.#connect(address)
        this.#address = address
        return open
      } catch (error) {
        last = asError(error)
        if (!(last instanceof ConnectError || last instanceof ConnectTimeout)) throw last
      }
    }
    throw last!
  }

  async #connect(address: string): Promise<Open> {
    const session = new Session('the cluster')
    const ignore = (): void => undefined
    const control = new ControlChannel(session, {
      workers: () => this.onWorkers?.(),
      closing: ignore,
      cancelled: ignore,
      restarted: ignore,
    })
    // The connection may break before `connect` has resolved.
    const made: { greeter?: ControlChannel } = {}
    let greeted = false
    const comm = await connect(address, {
      credentials: this.#credentials,
      role: 'client',
      events: {
        frame: (kind, body) => {
          if (greeted) {
            if (session.take(kind, body)) control.receive(kind, body)
            return
          }
          greeted = kind === Frame.reply
          made.greeter?.receive(kind, body)
        },
        closed: (error) => {
          const reason = error ?? new ProtocolError(`the scheduler at ${address} has closed the connection`)
          made.greeter?.closed(reason)
          control.closed(reason)
          this.#open = undefined
        },
      },
    })
    const greeter = new ControlChannel(comm, {})
    made.greeter = greeter
    const hello = { id: randomUUID(), name: 'the cluster', scheduler: undefined, received: 0 }
    const { received } = (await greeter.ask('hello', hello)) as { received: number }
    session.attach(comm, received)
    comm.unref()
    return { comm, session, control }
  }
}
