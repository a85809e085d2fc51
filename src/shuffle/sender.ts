import { InvariantError } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { ShuffleError } from './errors.js'
import { type Joined, type Send, type Transferred, questions } from './questions.js'
import { type Packed, ShardPacker, padded } from './shards.js'

/** Packed bytes that are sent together. */
const SEND_BYTES = 4 * 2 ** 20
/** Bytes that were sent and not taken, above which a transfer waits. */
const MOST_UNDER_WAY = 8 * 2 ** 20

/**
 * Sends the shards of one input partition to those who own the output partitions, with bounded memory. Shards are opaque:
 * bytes and a number of records.
 *
 * @example
 * const sender = new ShardSender(context, outputs)
 * await sender.joined
 * sender.add(output, records, (allocate) => encode(part, { allocate }))
 * if (sender.isFull) await sender.room()
 * return await sender.finish() // the value of the task
 */
export class ShardSender {
  readonly #context: TaskContext
  readonly #packers = new Map<number, ShardPacker>()
  #joined: Joined | undefined
  #packed = 0
  #underWay = 0
  readonly #sending = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined
  #look: (() => void) | undefined
  /** Resolves when shards may be added. */
  readonly joined: Promise<void>

  constructor(context: TaskContext, outputs: number) {
    this.#context = context
    this.joined = ask<Joined>(context, questions.join, { outputs }).then((joined) => {
      this.#joined = joined
    })
    // Whoever adds something has waited for it, or hears of it at the end.
    this.joined.catch(() => undefined)
  }

  /** Adds a shard for an output partition, which `write` writes into memory that it asks for once. */
  add(output: number, count: number, write: (allocate: (length: number) => Uint8Array) => void): void {
    const packer = this.#packerOf(output)
    const before = packer.bytes
    packer.add(output, count, write)
    this.#packed += packer.bytes - before
    if (this.#packed >= SEND_BYTES) this.#send()
  }

  /**
   * Adds a shard of that length, which is to be written at once into the memory of the packer, from `at` on: for many
   * small ones.
   */
  place(output: number, count: number, length: number): { readonly packer: ShardPacker; readonly at: number } {
    if (this.#packed >= SEND_BYTES) this.#send()
    const packer = this.#packerOf(output)
    this.#packed += padded(length)
    return { packer, at: packer.place(output, count, length) }
  }

  /** Whether shards may be added. */
  get hasJoined(): boolean {
    return this.#joined !== undefined
  }

  /** Nothing should be added before `room`. */
  get isFull(): boolean {
    return this.#underWay > MOST_UNDER_WAY || this.#failure !== undefined
  }

  /** Resolves when more may be added; rejects when something could not be sent. */
  async room(): Promise<void> {
    while (this.isFull) {
      if (this.#failure) throw this.#failure.error
      await new Promise<void>((resolve) => (this.#look = resolve))
    }
  }

  /** Sends the rest. Resolves when all that was sent is taken. */
  async finish(): Promise<Transferred> {
    await this.joined
    this.#send()
    await Promise.all(this.#sending)
    if (this.#failure) throw this.#failure.error
    const { run, transfer } = this.#known
    return [run, transfer]
  }

  get #known(): Joined {
    if (!this.#joined) throw new InvariantError(`${this.#context.key} sends shards of a shuffle that it has not joined`)
    return this.#joined
  }

  #packerOf(output: number): ShardPacker {
    const owner = this.#known.owners[output]!
    let packer = this.#packers.get(owner)
    if (!packer) this.#packers.set(owner, (packer = new ShardPacker()))
    return packer
  }

  #send(): void {
    this.#packed = 0
    for (const [owner, packer] of this.#packers) {
      const packed = packer.take()
      if (!packed) continue
      const sending = this.#sendTo(owner, packed)
      this.#sending.add(sending)
      void sending.finally(() => this.#sending.delete(sending))
    }
  }

  async #sendTo(owner: number, { directory, bytes }: Packed): Promise<void> {
    const { run, transfer } = this.#known
    const length = bytes.byteLength
    this.#underWay += length
    try {
      await ask(this.#context, questions.send, { run, transfer, owner, directory, bytes } satisfies Send, [bytes.buffer])
    } catch (error) {
      this.#failure ??= { error }
    }
    this.#underWay -= length
    this.#look?.()
  }
}

/** Asks the process around the task. */
export async function ask<T>(
  context: TaskContext,
  name: string,
  args: object,
  transfer: readonly ArrayBuffer[] = [],
): Promise<T> {
  if (!context.ask) throw new InvariantError(`${context.key} is part of a shuffle, of which nothing is known where it runs`)
  try {
    return (await context.ask(name, args, transfer)) as T
  } catch (error) {
    // Of an error that comes from another thread only the name and the text are left.
    if ((error as Error).name !== 'ShuffleError' || error instanceof ShuffleError) throw error
    throw new ShuffleError((error as Error).message, { cause: error })
  }
}
