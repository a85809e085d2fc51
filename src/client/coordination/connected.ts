import { ArgumentError, asError } from '../../base/index.js'
import type { Client } from '../client.js'
import type { ClientCore } from '../core.js'
import { Cancelled } from '../errors.js'
import { getClient } from '../in-task.js'
import { coreOfExecutor } from '../owners.js'

export interface CoordinationOptions {
  /** whose cluster it belongs to; unless told, that of the task, or of the client that was connected last */
  readonly client?: Client | undefined
}

/** How long something is waited for. */
export interface WaitLimits {
  /** milliseconds; for ever unless told, 0: not at all */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** How a wait has ended, as the scheduler says it. */
type Ended<T> = { readonly got: T } | 'late' | 'gaveUp'

let lastWait = 0

/** Something of a cluster that is known by a name, and travels as that name. */
export class Connected {
  readonly name: string
  readonly #client: Client | undefined
  #core: ClientCore | undefined

  constructor(kind: string, name: string | undefined, { client }: CoordinationOptions) {
    if (name !== undefined && (typeof name !== 'string' || name === ''))
      throw new ArgumentError(`the name of a ${kind} is a text, and not empty`)
    this.name = name ?? `${kind}-${crypto.randomUUID()}`
    this.#client = client
  }

  /** The client that it is used through. */
  protected async core(): Promise<ClientCore> {
    if (this.#core && !this.#core.ended) return this.#core
    const core = coreOfExecutor(this.#client ?? (await getClient()))
    if (!core) throw new ArgumentError(`'${this.name}': the client must be a Client`)
    this.#core = core
    return core
  }

  protected async ask(question: string, args: unknown): Promise<unknown> {
    return answerOf((await this.core()).ask(question, args))
  }

  /** Asks something whose answer may be long in coming. Gives a box with it; undefined: it did not come in time. */
  protected async waitFor<T>(
    core: ClientCore,
    question: string,
    args: object,
    { timeout, signal }: WaitLimits,
  ): Promise<{ readonly got: T } | undefined> {
    if (timeout !== undefined && !(timeout >= 0))
      throw new ArgumentError(`'${this.name}': a timeout is a number of milliseconds, 0 or more`)
    signal?.throwIfAborted()
    const wait = ++lastWait
    const giveUp = (): void => {
      // When that cannot be asked the client has ended, and so has the wait.
      core.ask('giveUpWait', wait).catch(() => undefined)
    }
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      const asked = core.ask(question, { ...args, wait, timeout: timeout === Infinity ? undefined : timeout })
      const ended = (await answerOf(asked)) as Ended<T>
      if (ended === 'late') return undefined
      if (ended !== 'gaveUp') return ended
      signal?.throwIfAborted()
      throw new Cancelled(`'${this.name}': the client was closed while it waited`)
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }
}

/** What the scheduler says of the arguments is an error about arguments here too. */
async function answerOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked
  } catch (thrown) {
    const error = asError(thrown)
    if (error.name === 'ArgumentError' && !(error instanceof ArgumentError))
      throw new ArgumentError(error.message, { cause: error })
    throw error
  }
}
