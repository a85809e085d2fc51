import { setTimeout as delay } from 'node:timers/promises'
import type { PeerValues, Receive } from '../protocol/index.js'
import { decode, decodePrimitiveAt, prepare } from '../transfer/index.js'
import type { ClientGraph } from './client-graph.js'
import type { ClientGraphs } from './client-graphs.js'
import { ResultUnreachable } from './errors.js'

/** Tries of getting a value from workers that turn out not to have it; between them it waits 5 ms, 10 ms, …, 1 s. */
const MOST_TRIES = 12

/** A result that is in memory. */
export interface Wanted {
  readonly graph: ClientGraph
  readonly task: number
}

/** Where a value is: what workers know it by, and the addresses of those that have it. */
export interface Located {
  readonly graph: number
  readonly task: number
  readonly holders: readonly string[]
}

export interface ValueGetterOptions {
  readonly peers: PeerValues
  readonly graphs: ClientGraphs
  /** asks the scheduler where a value is */
  locate(wanted: Wanted): Promise<Located>
  /** resolves when a result is in memory (again) */
  settled(wanted: Wanted, signal: AbortSignal | undefined): Promise<void>
  /** throws when the client has come to its end */
  check(): void
}

/** Gets values from the workers that have them. */
export class ValueGetter {
  readonly #options: ValueGetterOptions

  constructor(options: ValueGetterOptions) {
    this.#options = options
  }

  /** The values of results that are in memory, or were a moment ago. */
  async get(wanted: readonly Wanted[], signal: AbortSignal | undefined): Promise<unknown[]> {
    const { peers, graphs } = this.#options
    const values = new Array<unknown>(wanted.length)
    /** those that are more than a primitive, and where they go */
    const encoded: { readonly i: number; readonly bytes: Uint8Array }[] = []
    const missing: number[] = []
    const imports: Promise<void>[] = []
    const keep = (i: number, body: Uint8Array, from: number, to: number): void => {
      const value = decodePrimitiveAt(body, from, to, encoded)
      if (value !== encoded) {
        values[i] = value
        return
      }
      const bytes = body.subarray(from, to)
      encoded.push({ i, bytes })
      const imported = prepare(bytes)
      if (imported) imports.push(imported)
    }
    await new Promise<void>((resolve) => {
      let left = wanted.length
      if (left === 0) resolve()
      const receive: Receive = (i, body, from, to) => {
        if (body) keep(i, body, from, to)
        else missing.push(i)
        if (--left === 0) resolve()
      }
      for (let i = 0; i < wanted.length; i++) {
        const { graph, task } = wanted[i]!
        const address = graphs.addresses[graph.holderOf(task)]
        if (address === undefined) receive(i, undefined, 0, 0)
        else {
          const at = graph.addressOf(task)
          peers.getEach(address, at.graph, at.task, -1, i, receive)
        }
      }
    })
    for (const i of missing) {
      const bytes = await this.#find(wanted[i]!, signal)
      keep(i, bytes, 0, bytes.length)
    }
    if (imports.length > 0) await Promise.all(imports)
    for (const { i, bytes } of encoded) values[i] = decode(bytes)
    return values
  }

  /** Gets a value from where the scheduler says that it is now. */
  async #find(wanted: Wanted, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { peers, locate, settled, check } = this.#options
    for (let tries = 0; ; tries++) {
      signal?.throwIfAborted()
      check()
      const { graph, task, holders } = await locate(wanted)
      for (const address of holders) {
        const value = await new Promise<Uint8Array | undefined>((resolve) => peers.get(address, graph, task, -1, resolve))
        if (value) return value
      }
      if (tries >= MOST_TRIES) {
        throw new ResultUnreachable(
          `a result is on ${holders.join(', ') || 'no worker'}, but this client cannot get it there: can this host reach the worker?`,
        )
      }
      // It is being computed again, or was moved, or the scheduler has yet to find out that a worker is gone.
      await settled(wanted, signal)
      await delay(Math.min(1000, 5 * 2 ** tries), undefined, { signal })
    }
  }
}
