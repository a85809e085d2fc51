import { setMaxListeners } from 'node:events'
import { config } from '../config/index.js'
import { type Comm, ConnectionLost, type Credentials, connect } from '../comm/index.js'
import { ProtocolError } from './errors.js'
import { Frame } from './frames.js'
import { type PutKey, readStored, writePut } from './put-message.js'
import {
  type ShuffleAnswer,
  type ShuffleQuestion,
  readShuffleAnswer,
  shuffleAnswerId,
  writeShuffleQuestion,
} from './shuffle-message.js'
import { type ReceivedValues, readValues, writeGet } from './value-message.js'

/** Values asked for in one message, at most. */
const MOST_NAMES = 1024

/** Milliseconds that a worker which could not be reached is not tried again. */
const UNREACHABLE = 3000

/** Takes the value that stands from here to there in a message, or hears that it could not be had (undefined). */
export type Receive = (index: number, body: Uint8Array | undefined, from: number, to: number) => void

/** Names, and who wants the value of each. */
class Requests {
  /** graph, task and attempt of each */
  readonly names: number[] = []
  readonly receivers: Receive[] = []
  /** what its receiver knows it by */
  readonly indexes: number[] = []
}

interface Question {
  readonly names: Int32Array
  /** when, as `performance.now` counts */
  readonly asked: number
  readonly receivers: readonly Receive[]
  readonly indexes: readonly number[]
  answered: number
}

/** A value on its way to a worker. */
interface Put {
  /** when, as `performance.now` counts */
  readonly asked: number
  readonly parts: readonly Uint8Array[]
  resolve(): void
  reject(error: Error): void
}

/** A question of a shuffle. */
interface Shuffle {
  readonly parts: readonly Uint8Array[]
  resolve(answer: ShuffleAnswer): void
  reject(error: Error): void
}

/** A connection to a worker, to get values from it or to put them there. */
interface Peer {
  comm: Comm | undefined
  readonly questions: Map<number, Question>
  readonly puts: Map<number, Put>
  readonly shuffles: Map<number, Shuffle>
  /** what has not been asked for */
  waiting: Requests
  scheduled: boolean
  /** bytes that had not been sent at the last look, and when there were more of them */
  pending: number
  sentAt: number
  /** where an answer is being written */
  arriving: Uint8Array | undefined
}

export interface PeerValuesOptions {
  readonly credentials: Credentials
  /** where the body of a large answer is to be written */
  allocate?(length: number): Uint8Array | undefined
  /** All of an answer that was written there is dealt with, or the rest of it will not come. */
  settled?(memory: Uint8Array): void
  /** a connection broke or could not be made */
  failed?(address: string, error: Error): void
}

/** Gets values from workers, over one connection for each, in batches. */
export class PeerValues {
  readonly #options: PeerValuesOptions
  readonly #peers = new Map<string, Peer>()
  readonly #closing = new AbortController()
  /** until when it is of no use to try again to connect, as `performance.now` counts */
  readonly #unreachable = new Map<string, number>()
  readonly #watch: NodeJS.Timeout
  #next = 1

  constructor(options: PeerValuesOptions) {
    this.#options = options
    // As many connections as there are workers may be on their way.
    setMaxListeners(0, this.#closing.signal)
    this.#watch = setInterval(() => this.#look(), 1000)
    this.#watch.unref()
  }

  /** Asks a worker for a value; `done` is called with it, a view of what came, or without when it could not be had. */
  get(address: string, graph: number, task: number, attempt: number, done: (value: Uint8Array | undefined) => void): void {
    this.getEach(address, graph, task, attempt, 0, (_, body, from, to) => done(body?.subarray(from, to)))
  }

  /** As `get`, for one of many values with the same receiver, which is told the index. */
  getEach(address: string, graph: number, task: number, attempt: number, index: number, receive: Receive): void {
    const until = this.#unreachable.get(address)
    if (until !== undefined) {
      // Somebody else may reach it: better to hear so at once than to wait for another attempt to time out.
      if (performance.now() < until) {
        queueMicrotask(() => receive(index, undefined, 0, 0))
        return
      }
      this.#unreachable.delete(address)
    }
    const peer = this.#peer(address)
    peer.waiting.names.push(graph, task, attempt)
    peer.waiting.receivers.push(receive)
    peer.waiting.indexes.push(index)
    if (peer.scheduled || !peer.comm) return
    peer.scheduled = true
    queueMicrotask(() => {
      peer.scheduled = false
      this.#ask(peer)
    })
  }

  /** Puts a value on a worker; resolves when it is there. Its bytes must not change until then. */
  put(address: string, key: PutKey, value: Uint8Array): Promise<void> {
    const peer = this.#peer(address)
    return new Promise((resolve, reject) => {
      const id = this.#next++
      const parts = writePut(id, key, value)
      peer.puts.set(id, { asked: performance.now(), parts, resolve, reject })
      peer.comm?.send(Frame.put, parts)
    })
  }

  /** Asks a worker something for a shuffle. Rejects when it cannot be reached. */
  shuffle(address: string, question: ShuffleQuestion): Promise<ShuffleAnswer> {
    const until = this.#unreachable.get(address)
    if (until !== undefined && performance.now() < until)
      return Promise.reject(new ConnectionLost(`${address} could not be reached a moment ago`))
    const peer = this.#peer(address)
    return new Promise((resolve, reject) => {
      const id = this.#next++
      const parts = writeShuffleQuestion(id, question)
      peer.shuffles.set(id, { parts, resolve, reject })
      peer.comm?.send(Frame.shuffle, parts)
    })
  }

  close(): void {
    clearInterval(this.#watch)
    this.#closing.abort(new Error('closing'))
    for (const { comm } of this.#peers.values()) comm?.abort(new Error('closing'))
  }

  #peer(address: string): Peer {
    let peer = this.#peers.get(address)
    if (!peer) {
      peer = {
        comm: undefined,
        questions: new Map(),
        puts: new Map(),
        shuffles: new Map(),
        waiting: new Requests(),
        scheduled: false,
        pending: 0,
        sentAt: 0,
        arriving: undefined,
      }
      this.#peers.set(address, peer)
      void this.#connect(address, peer)
    }
    return peer
  }

  async #connect(address: string, peer: Peer): Promise<void> {
    const { credentials, failed } = this.#options
    try {
      const comm = await connect(address, {
        credentials,
        role: 'peer',
        signal: this.#closing.signal,
        events: {
          frame: (kind, body) => {
            if (kind === Frame.stored) {
              const id = readStored(body)
              peer.puts.get(id)?.resolve()
              peer.puts.delete(id)
            }
            if (kind === Frame.shuffled) {
              const id = shuffleAnswerId(body)
              peer.shuffles.get(id)?.resolve(readShuffleAnswer(body))
              peer.shuffles.delete(id)
            }
            if (kind !== Frame.values) return
            const values = readValues(body)
            const question = peer.questions.get(values.id)
            // A long answer comes in pieces.
            if (question && answer(question, body, values)) peer.questions.delete(values.id)
            this.#settle(peer)
          },
          closed: (error) => this.#lost(address, peer, error),
          allocate: (kind, length) => {
            if (kind !== Frame.values) return undefined
            peer.arriving = this.#options.allocate?.(length)
            return peer.arriving
          },
        },
      })
      // Whoever waits for a value keeps the process alive, if he wants to.
      comm.unref()
      peer.comm = comm
      this.#ask(peer)
      for (const { parts } of peer.puts.values()) comm.send(Frame.put, parts)
      for (const { parts } of peer.shuffles.values()) comm.send(Frame.shuffle, parts)
    } catch (error) {
      this.#unreachable.set(address, performance.now() + UNREACHABLE)
      failed?.(address, error as Error)
      this.#lost(address, peer, undefined, error as Error)
    }
  }

  #ask(peer: Peer): void {
    const { names, receivers, indexes } = peer.waiting
    if (names.length === 0 || !peer.comm) return
    peer.waiting = new Requests()
    for (let from = 0; from < receivers.length; from += MOST_NAMES) {
      const to = from + MOST_NAMES
      const words = Int32Array.from(names.slice(from * 3, to * 3))
      const id = this.#next++
      peer.questions.set(id, {
        names: words,
        asked: performance.now(),
        receivers: receivers.slice(from, to),
        indexes: indexes.slice(from, to),
        answered: 0,
      })
      peer.comm.send(Frame.get, [writeGet(id, words)])
    }
  }

  /** A network that swallows everything tells nobody: who owes an answer and sends nothing for long is given up. */
  #look(): void {
    const silence = config.get('comm.silenceTimeout')
    const now = performance.now()
    for (const [address, peer] of this.#peers) {
      const { comm, questions, puts, shuffles } = peer
      // What a shuffle asks may rightly wait for room: whether there is still somebody, a question for nothing tells.
      if (comm && shuffles.size > 0 && questions.size === 0 && now - comm.lastHeard > silence / 2)
        this.get(address, -1, -1, -1, () => undefined)
      if (!comm || (questions.size === 0 && puts.size === 0)) continue
      // A value that is put there is answered when all of it has arrived: as long as it goes out nothing need come in.
      if (comm.pending < peer.pending) peer.sentAt = now
      peer.pending = comm.pending
      const [question] = questions.values()
      const [put] = puts.values()
      const asked = Math.min(question?.asked ?? Infinity, put?.asked ?? Infinity)
      const silent = now - Math.max(comm.lastHeard, peer.sentAt, asked)
      if (silent < silence) continue
      const what = question ? 'asked for values' : 'given a value'
      comm.abort(
        new ConnectionLost(
          `${comm.peer} was ${what} and has sent nothing for ${Math.round(silent / 1000)} s (comm.silenceTimeout)`,
        ),
      )
    }
  }

  #settle(peer: Peer): void {
    const { arriving } = peer
    peer.arriving = undefined
    if (arriving) this.#options.settled?.(arriving)
  }

  #lost(address: string, peer: Peer, error: Error | undefined, cause = error): void {
    if (this.#peers.get(address) === peer) this.#peers.delete(address)
    if (error) this.#options.failed?.(address, error)
    this.#settle(peer)
    const questions = [...peer.questions.values()]
    peer.questions.clear()
    const { receivers, indexes } = peer.waiting
    peer.waiting = new Requests()
    for (const { receivers: asked, indexes: of, answered } of questions)
      for (let i = answered; i < asked.length; i++) asked[i]!(of[i]!, undefined, 0, 0)
    for (const { reject } of peer.puts.values()) reject(cause ?? new ProtocolError(`${address} has closed the connection`))
    peer.puts.clear()
    for (const { reject } of peer.shuffles.values()) reject(cause ?? new ProtocolError(`${address} has closed the connection`))
    peer.shuffles.clear()
    receivers.forEach((receive, i) => receive(indexes[i]!, undefined, 0, 0))
  }
}

/** Hands out the next values of an answer. True when it is complete. */
function answer(question: Question, body: Uint8Array, { count, places }: ReceivedValues): boolean {
  const { receivers, indexes } = question
  for (let i = 0; i < count && question.answered < receivers.length; i++) {
    const next = question.answered++
    const from = places[2 * i]!
    receivers[next]!(indexes[next]!, from < 0 ? undefined : body, from, places[2 * i + 1]!)
  }
  return question.answered === receivers.length
}
