import { IntList } from '../base/index.js'

/** Words of the directory for each shard: the partition that it goes to, records in it, bytes. */
export const SHARD_WORDS = 3

/** Several shards in one piece of memory, one after the other, each beginning at a multiple of eight bytes. */
export interface Packed {
  readonly directory: Int32Array
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** How many bytes a shard takes where it stands among others. */
export function padded(length: number): number {
  return (length + 7) & ~7
}

const FIRST_BYTES = 1 << 13

/** Packs shards for one receiver into memory that grows. What they hold is the business of whoever writes and reads them. */
export class ShardPacker {
  #directory = new IntList(32 * SHARD_WORDS)
  #memory: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #used = 0

  /** bytes that wait to be taken */
  get bytes(): number {
    return this.#used
  }

  /** Adds a shard, which `write` writes into memory that it asks for once. */
  add(output: number, count: number, write: (allocate: (length: number) => Uint8Array) => void): void {
    let length = 0
    write((asked) => {
      length = asked
      this.#makeRoom(asked)
      return this.#memory.subarray(this.#used, this.#used + asked)
    })
    this.#note(output, count, length)
  }

  /** Adds a shard of that length, which is to be written at once into `memory`, from the byte on that this gives. */
  place(output: number, count: number, length: number): number {
    this.#makeRoom(length)
    const at = this.#used
    this.#note(output, count, length)
    return at
  }

  /** All the memory that shards are packed into, from the beginning of its buffer; another when it has grown. */
  get memory(): Uint8Array<ArrayBuffer> {
    return this.#memory
  }

  /** Gives what there is, and begins anew; undefined: nothing. */
  take(): Packed | undefined {
    if (this.#directory.length === 0) return undefined
    // What is kept where it was packed must not keep much more.
    const roomy = this.#used * 4 < this.#memory.length * 3
    const packed = {
      directory: this.#directory.toArray(),
      bytes: roomy ? this.#memory.slice(0, this.#used) : this.#memory.subarray(0, this.#used),
    }
    this.#directory = new IntList(32 * SHARD_WORDS)
    this.#memory = new Uint8Array(0)
    this.#used = 0
    return packed
  }

  #note(output: number, count: number, length: number): void {
    this.#directory.push(output)
    this.#directory.push(count)
    this.#directory.push(length)
    this.#used += padded(length)
  }

  #makeRoom(length: number): void {
    const end = this.#used + padded(length)
    if (end <= this.#memory.length) return
    const grown = new Uint8Array(padded(Math.max(end, this.#memory.length * 2, FIRST_BYTES)))
    grown.set(this.#memory.subarray(0, this.#used))
    this.#memory = grown
  }
}

/** Calls back for each shard of a piece, with where it is in the bytes. */
export function eachShard(
  directory: Int32Array,
  take: (output: number, count: number, at: number, length: number) => void,
): void {
  for (let i = 0, at = 0; i < directory.length; i += SHARD_WORDS) {
    const length = directory[i + 2]!
    take(directory[i]!, directory[i + 1]!, at, length)
    at += padded(length)
  }
}
