import { NumberList } from '../base/index.js'
import { padded } from './shards.js'

/** Where the shards of a partition are, by shard. */
export interface Places {
  /** what it is a part of, in memory; undefined: the file */
  readonly memory: (Uint8Array | undefined)[]
  /** where it begins there */
  readonly at: number[]
  readonly length: number[]
  readonly count: number[]
}

/** Numbers for each shard: transfer, records, length, place in the file or in what it is a part of. */
const WORDS = 4

/** Shards in memory: many are small, so that objects of their own would cost more than they do. */
class Held {
  /** by shard, what it came with */
  readonly pieces: Uint8Array[] = []
  readonly words = new NumberList(4 * WORDS)
}

/** What has come of one output partition: shards in memory, and before those, in the order of arrival, shards in a file. */
export class Partition {
  #disk: NumberList | undefined
  #writing: Held | undefined
  #held = new Held()
  /** bytes of shards in memory that are not being written */
  bytes = 0
  /** bytes of the file */
  fileBytes = 0

  /** Takes a shard in: so many bytes of a piece, from there on. */
  add(transfer: number, count: number, piece: Uint8Array, at: number, length: number): void {
    const { pieces, words } = this.#held
    pieces.push(piece)
    words.push(transfer)
    words.push(count)
    words.push(length)
    words.push(at)
    this.bytes += length
  }

  get isWriting(): boolean {
    return this.#writing !== undefined
  }

  /** The shards in memory, which are to be written to the end of the file, each filled up to a multiple of eight bytes. */
  beginWriting(): Uint8Array[] {
    const writing = this.#held
    this.#writing = writing
    this.#held = new Held()
    this.bytes = 0
    const parts: Uint8Array[] = []
    writing.pieces.forEach((piece, i) => {
      const length = writing.words.items[i * WORDS + 2]!
      const at = writing.words.items[i * WORDS + 3]!
      parts.push(piece.subarray(at, at + length))
      const rest = padded(length) - length
      if (rest > 0) parts.push(new Uint8Array(rest))
    })
    return parts
  }

  /** They are written. */
  written(): void {
    const disk = (this.#disk ??= new NumberList(64))
    const { items, length } = this.#writing!.words
    for (let i = 0; i < length; i += WORDS) {
      for (let word = 0; word < 3; word++) disk.push(items[i + word]!)
      disk.push(this.fileBytes)
      this.fileBytes += padded(items[i + 2]!)
    }
    this.#writing = undefined
  }

  /**
   * The shards of the transfers that count: in their order, and of each in the order in which they came. `ranks`: by number
   * of the transfer its place in that order, and -1 for those that do not count.
   */
  inOrder(ranks: Int32Array): Places {
    const lists = [
      { words: this.#disk, pieces: undefined },
      { words: this.#writing?.words, pieces: this.#writing?.pieces },
      { words: this.#held.words, pieces: this.#held.pieces },
    ]
    const found: number[] = []
    const memory: (Uint8Array | undefined)[] = []
    const words: number[] = []
    for (const { words: list, pieces } of lists) {
      for (let i = 0; list && i < list.length; i += WORDS) {
        const { items } = list
        const rank = ranks[items[i]!] ?? -1
        if (rank < 0) continue
        // In a number both what to sort by and where it is: there are fewer than 2^26 of either.
        found.push(rank * 2 ** 26 + memory.length)
        memory.push(pieces?.[i / WORDS])
        words.push(items[i + 1]!, items[i + 2]!, items[i + 3]!)
      }
    }
    const places: Places = { memory: [], at: [], length: [], count: [] }
    for (const key of Float64Array.from(found).sort()) {
      const shard = key % 2 ** 26
      places.memory.push(memory[shard])
      places.count.push(words[shard * 3]!)
      places.length.push(words[shard * 3 + 1]!)
      places.at.push(words[shard * 3 + 2]!)
    }
    return places
  }
}
