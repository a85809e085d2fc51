import { deserialize, serialize } from 'node:v8'
import type { Comm } from '../comm/index.js'
import { asError } from '../base/index.js'
import { ProtocolError, RemoteError } from './errors.js'
import { Frame } from './frames.js'

/*
 * Rare messages, as objects: a question has a name and arguments. They travel in V8's format, in which Node's versions
 * agree; those who speak have proved before that they belong to the cluster.
 */

/** The questions that one end answers: by name, from arguments to the answer, or a promise of it. */
export type Answers = Readonly<Record<string, (args: never) => unknown>>

interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string | undefined }
}

interface Asking {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** The questions and notices of one connection, in both directions. */
export class ControlChannel {
  readonly #comm: Pick<Comm, 'send' | 'closed' | 'peer'>
  readonly #answers: Answers
  readonly #asking = new Map<number, Asking>()
  #next = 1

  constructor(comm: Pick<Comm, 'send' | 'closed' | 'peer'>, answers: Answers) {
    this.#comm = comm
    this.#answers = answers
  }

  /** Asks the other end. Rejects with a `RemoteError` that says what it could not do, or when the connection ends. */
  ask(name: string, args?: unknown): Promise<unknown> {
    if (this.#comm.closed) return Promise.reject(new ProtocolError(`${name}: the connection to ${this.#comm.peer} is closed`))
    return new Promise((resolve, reject) => {
      const id = this.#next++
      this.#asking.set(id, { resolve, reject })
      this.#comm.send(Frame.request, [serialize({ id, name, args })])
    })
  }

  /** Tells the other end something. */
  tell(name: string, args?: unknown): void {
    this.#comm.send(Frame.notice, [serialize({ name, args })])
  }

  /** Takes a frame in. False when it is none of these kinds. */
  receive(kind: number, body: Uint8Array): boolean {
    switch (kind) {
      case Frame.request: {
        const { id, name, args } = deserialize(body) as { id: number; name: string; args: unknown }
        void this.#answer(id, name, args)
        return true
      }
      case Frame.notice: {
        const { name, args } = deserialize(body) as { name: string; args: unknown }
        this.#call(name, args)
        return true
      }
      case Frame.reply: {
        const { id, value, error } = deserialize(body) as Reply
        const asking = this.#asking.get(id)
        this.#asking.delete(id)
        if (error) {
          const remote = new RemoteError(error.message)
          remote.name = error.name
          if (error.stack !== undefined) remote.cause = Object.assign(new Error(error.message), { stack: error.stack })
          asking?.reject(remote)
        } else asking?.resolve(value)
        return true
      }
      default:
        return false
    }
  }

  /** The connection has ended: so do the questions. */
  closed(error: Error): void {
    const asking = [...this.#asking.values()]
    this.#asking.clear()
    for (const { reject } of asking) reject(error)
  }

  async #answer(id: number, name: string, args: unknown): Promise<void> {
    let reply: Reply
    try {
      reply = { id, value: await this.#call(name, args) }
    } catch (thrown) {
      reply = { id, error: described(thrown) }
    }
    let body: Uint8Array
    try {
      body = serialize(reply)
    } catch (thrown) {
      body = serialize({ id, error: described(thrown) } satisfies Reply)
    }
    this.#comm.send(Frame.reply, [body])
  }

  #call(name: string, args: unknown): unknown {
    const answer = Object.hasOwn(this.#answers, name) ? this.#answers[name] : undefined
    if (!answer) throw new ProtocolError(`${this.#comm.peer} asks for ${name}, which is not known here`)
    return answer(args as never)
  }
}

function described(thrown: unknown): Reply['error'] & object {
  const { name, message, stack } = asError(thrown)
  return { name, message, stack }
}
