import { request } from 'node:http'
import { WebSocket } from 'ws'
import { RunModel, decodeDigest } from '../../src/model/index.js'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Asks as it is told, also what no browser would let one ask. */
export function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** What a page does: it takes the cookie for the key, and follows. */
export class Visitor {
  readonly model = new RunModel()
  hello: { id: string; title: string } | undefined
  readonly #socket: WebSocket
  readonly #waiting = new Set<() => void>()
  readonly #answers = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  #next = 1

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.model.apply(decodeDigest(new Uint8Array(data)))
      else this.#take(JSON.parse(data.toString('utf8')) as { id?: number; hello?: { id: string; title: string } })
      for (const look of this.#waiting) look()
    })
  }

  static async open(link: string): Promise<Visitor> {
    const { origin, host } = new URL(link)
    const cookie = String((await get(link)).headers['set-cookie']).split(';')[0]!
    const socket = new WebSocket(`ws://${host}/feed`, { headers: { cookie, origin } })
    const visitor = new Visitor(socket)
    await new Promise((resolve, reject) => {
      socket.on('open', resolve)
      socket.on('error', reject)
    })
    return visitor
  }

  /** Waits until something is so. */
  until(holds: (model: RunModel) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds(this.model)) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  ask(question: string, args?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#next++
      this.#answers.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ id, ask: question, args }))
    })
  }

  send(text: string | Buffer): void {
    this.#socket.send(text)
  }

  get closed(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.on('close', () => resolve())
    })
  }

  close(): void {
    this.#socket.close()
  }

  #take(message: { id?: number; hello?: { id: string; title: string }; answer?: unknown; error?: string }): void {
    if (message.hello) this.hello = message.hello
    const waiting = message.id === undefined ? undefined : this.#answers.get(message.id)
    if (message.error === undefined) waiting?.resolve(message.answer)
    else waiting?.reject(new Error(message.error))
  }
}
