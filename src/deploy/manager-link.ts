import { type Comm, type Credentials, connect } from '../comm/index.js'
import type { ClusterLoad } from '../protocol/index.js'
import { ControlChannel, ProtocolError } from '../protocol/index.js'

/** A connection to a scheduler for whoever starts and stops its workers. It keeps the program alive while it waits for an answer. */
export class ManagerLink {
  readonly #address: string
  readonly #credentials: Credentials
  #asking = 0
  #open: Promise<{ comm: Comm; control: ControlChannel }> | undefined

  constructor(address: string, credentials: Credentials) {
    this.#address = address
    this.#credentials = credentials
  }

  /** `resources`: what a worker would have that is yet to be started. */
  async load(resources: Readonly<Record<string, number>>): Promise<ClusterLoad> {
    this.#open ??= this.#connect()
    const { comm, control } = await this.#open
    this.#asking++
    comm.ref()
    try {
      return (await control.ask('load', { resources })) as ClusterLoad
    } finally {
      if (--this.#asking === 0) comm.unref()
    }
  }

  async close(): Promise<void> {
    const open = await this.#open?.catch(() => undefined)
    await open?.comm.close()
  }

  async #connect(): Promise<{ comm: Comm; control: ControlChannel }> {
    let control: ControlChannel | undefined
    const forget = (): void => {
      this.#open = undefined
    }
    try {
      const comm = await connect(this.#address, {
        credentials: this.#credentials,
        role: 'manager',
        events: {
          frame: (kind, body) => void control?.receive(kind, body),
          closed: (error) => {
            forget()
            control?.closed(error ?? new ProtocolError(`the scheduler at ${this.#address} has closed the connection`))
          },
        },
      })
      comm.unref()
      control = new ControlChannel(comm, {})
      return { comm, control }
    } catch (error) {
      forget()
      throw error
    }
  }
}
