import { once } from 'node:events'
import { type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A gate that tasks wait at, wherever they run, until the test opens it. */
export class Gate {
  readonly #server: Server
  readonly #waiting: ServerResponse[] = []
  #open = false
  #arrivals = 0
  #changed: (() => void)[] = []

  private constructor() {
    this.#server = createServer((_request, response) => {
      this.#arrivals++
      for (const changed of this.#changed.splice(0)) changed()
      if (this.#open) response.end()
      else this.#waiting.push(response)
    })
  }

  static async start(): Promise<Gate> {
    const gate = new Gate()
    gate.#server.listen(0, '127.0.0.1')
    await once(gate.#server, 'listening')
    return gate
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves when so many have come to the gate, in all. */
  async arrived(count = 1): Promise<void> {
    while (this.#arrivals < count) await new Promise<void>((resolve) => this.#changed.push(resolve))
  }

  open(): void {
    this.#open = true
    for (const response of this.#waiting.splice(0)) response.end()
  }

  /** Those who come from now on wait again. */
  shut(): void {
    this.#open = false
  }

  close(): void {
    this.open()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** Runs as a task: gives the value when the gate is open. */
export async function pass<T>(url: string, value: T): Promise<T> {
  await fetch(url).then((response) => response.text())
  return value
}
