import { type Digest, decodeDigest } from '../../model/index.js'

/** What the server says first. */
export interface Greeting {
  readonly id: string
  readonly title: string
  /** seconds to be added to a time of a digest to get seconds since 1970 */
  readonly wallOffset: number
  readonly heddle: string
}

export interface Listener {
  greeted(greeting: Greeting): void
  digest(digest: Digest): void
  /** `ended`: nothing more will come */
  state(state: 'open' | 'broken' | 'ended'): void
}

/** Where the page has its data from: a server, or a file that it stands in. */
export interface Connection {
  readonly live: boolean
  ask(question: string, args?: unknown): Promise<unknown>
}

/** Milliseconds between two tries to connect, at first and at most. */
const SHORTEST_WAIT = 250
const LONGEST_WAIT = 5000

/** The server that this page came from. When the connection breaks, it is made again. */
export class Server implements Connection {
  readonly live = true
  readonly #listener: Listener
  readonly #asking = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>()
  #socket: WebSocket | undefined
  #wait = SHORTEST_WAIT
  #next = 1

  constructor(listener: Listener) {
    this.#listener = listener
    this.#connect()
  }

  ask(question: string, args?: unknown): Promise<unknown> {
    const socket = this.#socket
    if (!socket || socket.readyState !== WebSocket.OPEN)
      return Promise.reject(new Error('There is no connection to the scheduler now.'))
    return new Promise((resolve, reject) => {
      const id = this.#next++
      this.#asking.set(id, { resolve, reject })
      socket.send(JSON.stringify({ id, ask: question, args }))
    })
  }

  #connect(): void {
    const socket = new WebSocket(new URL('feed', location.href.replace(/^http/, 'ws').replace(/#.*$/, '')))
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.addEventListener('open', () => {
      this.#wait = SHORTEST_WAIT
      this.#listener.state('open')
    })
    socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === 'string') this.#take(data)
      else this.#listener.digest(decodeDigest(new Uint8Array(data)))
    })
    socket.addEventListener('close', () => {
      for (const { reject } of this.#asking.values()) reject(new Error('The connection to the scheduler broke.'))
      this.#asking.clear()
      this.#listener.state('broken')
      setTimeout(() => this.#connect(), this.#wait)
      this.#wait = Math.min(LONGEST_WAIT, this.#wait * 2)
    })
  }

  #take(text: string): void {
    const message = JSON.parse(text) as { hello?: Greeting; id?: number; answer?: unknown; error?: string }
    if (message.hello) this.#listener.greeted(message.hello)
    else if (message.id !== undefined) {
      const asking = this.#asking.get(message.id)
      this.#asking.delete(message.id)
      if (message.error === undefined) asking?.resolve(message.answer)
      else asking?.reject(new Error(message.error))
    }
  }
}

/** What a report has in it. */
export interface Recording {
  readonly greeting: Greeting
  /** by question */
  readonly answers: Readonly<Record<string, unknown>>
  /** the length of each digest, and their bytes in base64 */
  readonly lengths: readonly number[]
  readonly digests: string
}

/** A report: all that there is, at once. */
export class Report implements Connection {
  readonly live = false
  readonly #answers: Readonly<Record<string, unknown>>

  constructor({ greeting, answers, lengths, digests }: Recording, listener: Listener) {
    this.#answers = answers
    listener.greeted(greeting)
    const all = Uint8Array.from(atob(digests), (c) => c.charCodeAt(0))
    let at = 0
    for (const length of lengths) {
      listener.digest(decodeDigest(all.slice(at, at + length)))
      at += length
    }
    listener.state('ended')
  }

  ask(question: string): Promise<unknown> {
    const answer = this.#answers[question]
    return answer === undefined
      ? Promise.reject(new Error('This is a report of what has been: it has no answer to that.'))
      : Promise.resolve(answer)
  }
}
