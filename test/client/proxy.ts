import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'

/** Passes connections on to a port, and can cut them. */
export class Proxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** where connections go to; undefined: they are closed at once */
  target: number | undefined
  #accepted = 0
  #waiting: (() => void)[] = []

  private constructor(target: number) {
    this.target = target
    this.#server = createServer((socket) => {
      this.#accepted++
      for (const told of this.#waiting.splice(0)) told()
      if (this.target === undefined) {
        socket.destroy()
        return
      }
      const onward = connect(this.target, '127.0.0.1')
      for (const [from, to] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        this.#sockets.add(from)
        from.on('error', () => to.destroy())
        from.on('close', () => {
          this.#sockets.delete(from)
          to.destroy()
        })
        from.pipe(to)
      }
    })
  }

  static async start(target: number): Promise<Proxy> {
    const proxy = new Proxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get address(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Cuts all connections that there are. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Resolves when so many have come, in all. */
  async accepted(count: number): Promise<void> {
    while (this.#accepted < count) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  get connections(): number {
    return this.#accepted
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}
