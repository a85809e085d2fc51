import type { TaskContext } from '../graph/index.js'
import { type Partitioner, type ShardSender, type Transferred, movers } from '../shuffle/index.js'
import { encode } from '../transfer/index.js'

/** What a shard encodes: items of one output partition and their keys. */
export interface Chunk {
  readonly keys: readonly unknown[]
  readonly items: readonly unknown[]
}

/** Items are encoded when they are expected to take so many bytes in all. */
const ENCODE_BYTES = 4 * 2 ** 20
/** Items are encoded at least, and at most, so many at a time; of large items few, of small ones many. */
const FEWEST_ITEMS = 256
const MOST_ITEMS = 2 ** 18

/** Deals the items of one partition out to the output partitions of a shuffle, with bounded memory. */
export class ItemScatter {
  readonly #sender: ShardSender
  readonly #partitioner: Partitioner
  #keys: unknown[][]
  #items: unknown[][]
  #held = 0
  #limit = FEWEST_ITEMS
  #number = 0

  constructor(context: TaskContext, outputs: number, partitioner: Partitioner) {
    this.#sender = new movers.code.ShardSender(context, outputs)
    this.#partitioner = partitioner
    this.#keys = Array.from({ length: outputs }, () => [])
    this.#items = Array.from({ length: outputs }, () => [])
  }

  /** Resolves when items may be added. */
  get joined(): Promise<void> {
    return this.#sender.joined
  }

  /** The place of the last item in the partition, from 0 on. */
  get number(): number {
    return this.#number - 1
  }

  /** Adds an item. True: nothing should be added before `room`. */
  add(key: unknown, item: unknown): boolean {
    this.#number++
    const output = this.#partitioner(key)
    this.#keys[output]!.push(key)
    this.#items[output]!.push(item)
    // One item may become many before anybody waits.
    if (++this.#held < this.#limit || !this.#sender.hasJoined) return false
    this.#encode()
    return this.#sender.isFull
  }

  room(): Promise<void> {
    return this.#sender.room()
  }

  async finish(): Promise<Transferred> {
    await this.#sender.joined
    this.#encode()
    return await this.#sender.finish()
  }

  #encode(): void {
    if (this.#held === 0) return
    let bytes = 0
    this.#keys.forEach((keys, output) => {
      if (keys.length === 0) return
      const chunk: Chunk = { keys, items: this.#items[output]! }
      this.#keys[output] = []
      this.#items[output] = []
      this.#sender.add(output, keys.length, (allocate) => {
        encode(chunk, {
          subject: 'items of a shuffle',
          allocate: (length) => {
            bytes += length
            return allocate(length)
          },
        })
      })
    })
    this.#limit = Math.min(MOST_ITEMS, Math.max(FEWEST_ITEMS, Math.floor(ENCODE_BYTES / (bytes / this.#held))))
    this.#held = 0
  }
}
