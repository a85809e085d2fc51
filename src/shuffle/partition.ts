import { NumberList } from '../base/index.js'
import { padded } from './shards.js'

/** A shard in memory. */
interface Held {
  readonly transfer: number
  readonly count: number
  readonly bytes: Uint8Array
}

/** Where a shard of a partition is: its bytes in memory, or a place in the file. */
export interface Place {
  readonly count: number
  readonly length: number
  readonly bytes: Uint8Array | undefined
  readonly offset: number
}

/** Numbers for each shard on disk: transfer, records, length, place in the file. */
const DISK_WORDS = 4

/** What has come of one output partition: shards in memory, and before those, in the order of arrival, shards in a file. */
export class Partition {
  #disk: NumberList | undefined
  #writing: readonly Held[] = []
  #held: Held[] = []
  /** bytes of shards in memory that are not being written */
  bytes = 0
  /** bytes of the file */
  fileBytes = 0

  /** Takes a shard in. Gives the bytes that it is counted as. */
  add(transfer: number, count: number, bytes: Uint8Array): number {
    this.#held.push({ transfer, count, bytes })
    this.bytes += bytes.byteLength
    return bytes.byteLength
  }

  get isWriting(): boolean {
    return this.#writing.length > 0
  }

  /** The shards in memory, which are to be written to the end of the file, each filled up to a multiple of eight bytes. */
  beginWriting(): Uint8Array[] {
    this.#writing = this.#held
    this.#held = []
    this.bytes = 0
    const parts: Uint8Array[] = []
    for (const { bytes } of this.#writing) {
      parts.push(bytes)
      const rest = padded(bytes.byteLength) - bytes.byteLength
      if (rest > 0) parts.push(new Uint8Array(rest))
    }
    return parts
  }

  /** They are written. */
  written(): void {
    const disk = (this.#disk ??= new NumberList(64))
    for (const { transfer, count, bytes } of this.#writing) {
      for (const word of [transfer, count, bytes.byteLength, this.fileBytes]) disk.push(word)
      this.fileBytes += padded(bytes.byteLength)
    }
    this.#writing = []
  }

  /** The shards of these transfers: in their order, and of each in the order in which they came. */
  inOrder(transfers: Int32Array): Place[] {
    const ranks = new Map<number, number>()
    transfers.forEach((transfer, input) => ranks.set(transfer, input))
    const places: Place[] = []
    const ranked: number[] = []
    const add = (transfer: number, place: Place): void => {
      const rank = ranks.get(transfer)
      if (rank === undefined) return
      // In a number both what to sort by and where it is: there are fewer than 2^26 of either.
      ranked.push(rank * 2 ** 26 + places.length)
      places.push(place)
    }
    const disk = this.#disk
    for (let i = 0; disk && i < disk.length; i += DISK_WORDS) {
      const words = disk.items
      add(words[i]!, { count: words[i + 1]!, length: words[i + 2]!, bytes: undefined, offset: words[i + 3]! })
    }
    for (const list of [this.#writing, this.#held])
      for (const { transfer, count, bytes } of list) add(transfer, { count, length: bytes.byteLength, bytes, offset: -1 })
    return Array.from(Float64Array.from(ranked).sort(), (key) => places[key % 2 ** 26]!)
  }
}
