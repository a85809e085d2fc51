import { IntList } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { type Partitioner, type ShardPacker, type ShardSender, type Transferred, movers } from '../shuffle/index.js'
import { type RowBatch, type RowMemory, encode, rows } from '../transfer/index.js'

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
  /** what is held: by item its key and where it goes, and by output partition how many go there */
  #keys: unknown[] = []
  #items: unknown[] = []
  readonly #outputs = new IntList(FEWEST_ITEMS)
  readonly #counts: Int32Array
  #limit = FEWEST_ITEMS
  #number = 0
  /** the memory that small shards are written into now, by packer */
  readonly #memories = new Map<ShardPacker, RowMemory>()

  constructor(context: TaskContext, outputs: number, partitioner: Partitioner) {
    this.#sender = new movers.code.ShardSender(context, outputs)
    this.#partitioner = partitioner
    this.#counts = new Int32Array(outputs)
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
    this.#keys.push(key)
    this.#items.push(item)
    this.#outputs.push(output)
    this.#counts[output]!++
    // One item may become many before anybody waits.
    if (this.#keys.length < this.#limit || !this.#sender.hasJoined) return false
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
    const keys = this.#keys
    const items = this.#items
    const held = keys.length
    if (held === 0) return
    const order = this.#inOrder()
    this.#keys = []
    this.#items = []
    const batch = rows().RowBatch.of(keys, items)
    let bytes = 0
    for (let output = 0, from = 0; from < held; output++) {
      const to = from + this.#counts[output]!
      if (to > from)
        bytes += this.#addRows(batch, output, order, from, to) ?? this.#addChunk(output, keys, items, order.subarray(from, to))
      from = to
    }
    this.#counts.fill(0)
    this.#limit = Math.min(MOST_ITEMS, Math.max(FEWEST_ITEMS, Math.floor(ENCODE_BYTES / (bytes / held))))
  }

  /** The numbers of what is held, by output partition, and of each in order. */
  #inOrder(): Int32Array {
    const { items: outputs, length } = this.#outputs
    const next = new Int32Array(this.#counts.length)
    for (let output = 1; output < next.length; output++) next[output] = next[output - 1]! + this.#counts[output - 1]!
    const order = new Int32Array(length)
    for (let i = 0; i < length; i++) order[next[outputs[i]!]!++] = i
    this.#outputs.clear()
    return order
  }

  /** Adds a shard of plain rows. Gives its bytes; undefined when it is to go through the codec. */
  #addRows(batch: RowBatch | undefined, output: number, order: Int32Array, from: number, to: number): number | undefined {
    const length = batch?.measure(order, from, to) ?? -1
    if (length < 0) return undefined
    const { packer, at } = this.#sender.place(output, to - from, length)
    let memory = this.#memories.get(packer)
    if (memory?.bytes !== packer.memory) this.#memories.set(packer, (memory = new (rows().RowMemory)(packer.memory)))
    batch!.write(order, from, to, memory, at)
    return length
  }

  #addChunk(output: number, keys: readonly unknown[], items: readonly unknown[], order: Int32Array): number {
    const chunk: Chunk = { keys: Array.from(order, (i) => keys[i]), items: Array.from(order, (i) => items[i]) }
    let bytes = 0
    this.#sender.add(output, order.length, (allocate) => {
      const options = { subject: 'items of a shuffle', allocate: (length: number) => allocate((bytes = length)) }
      encode(chunk, options)
    })
    return bytes
  }
}
