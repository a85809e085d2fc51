import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from '../transfer/index.js'
import { hashKey } from './keys.js'

/**
 * A partition, dealt out by key. Of each output there are chunks, in the order of the items: where they begin in the
 * bytes, and how long they are. The bytes are in a file, or, when they are few, here.
 */
export interface Scattered {
  readonly path: string | undefined
  readonly bytes: Uint8Array | undefined
  /** of output j the chunks from `first[j]` to `first[j + 1]` */
  readonly first: Int32Array
  readonly starts: Float64Array
  readonly lengths: Float64Array
}

/** What a chunk encodes: items of one output and their keys. */
export interface Chunk {
  readonly keys: readonly unknown[]
  readonly items: readonly unknown[]
}

/** Chunks are held until they have this many bytes in all; then they are written. */
const BUFFER_BYTES = 16 * 2 ** 20
/** Every output is sent the whole value: while that is less than this in all, no file is needed. */
const VALUE_BYTES = 8 * 2 ** 20
/** Items are encoded at least, and at most, so many at a time; of large items few, of small ones many. */
const FEWEST_ITEMS = 256
const MOST_ITEMS = 2 ** 17

/** Deals the items of one partition out to outputs, with bounded memory. */
export class ScatterWriter {
  readonly #scratch: () => string
  readonly #keys: unknown[][]
  readonly #items: unknown[][]
  #held = 0
  #limit = FEWEST_ITEMS
  /** chunks that were not written yet, and their bytes */
  #chunks: Uint8Array[] = []
  #chunkBytes = 0
  #path: string | undefined
  #bytes = 0
  /** of each chunk, in the order in which they were made */
  readonly #outputOf: number[] = []
  readonly #starts: number[] = []
  readonly #lengths: number[] = []

  constructor(outputs: number, scratch: () => string) {
    this.#scratch = scratch
    this.#keys = Array.from({ length: outputs }, () => [])
    this.#items = Array.from({ length: outputs }, () => [])
  }

  add(key: unknown, item: unknown): void {
    const output = hashKey(key) % this.#keys.length
    this.#keys[output]!.push(key)
    this.#items[output]!.push(item)
    if (++this.#held < this.#limit) return
    this.#encode()
    if (this.#chunkBytes >= BUFFER_BYTES) this.#write()
  }

  finish(): Scattered {
    this.#encode()
    const outputs = this.#keys.length
    if (this.#path !== undefined || this.#bytes * outputs > VALUE_BYTES) this.#write()
    const first = new Int32Array(outputs + 1)
    for (const output of this.#outputOf) first[output + 1]!++
    for (let j = 0; j < outputs; j++) first[j + 1]! += first[j]!
    const next = first.slice(0, outputs)
    const starts = new Float64Array(this.#starts.length)
    const lengths = new Float64Array(this.#starts.length)
    this.#outputOf.forEach((output, chunk) => {
      const at = next[output]!++
      starts[at] = this.#starts[chunk]!
      lengths[at] = this.#lengths[chunk]!
    })
    const bytes = this.#path === undefined ? Buffer.concat(this.#chunks) : undefined
    return { path: this.#path, bytes, first, starts, lengths }
  }

  #encode(): void {
    if (this.#held === 0) return
    const before = this.#bytes
    for (let output = 0; output < this.#keys.length; output++) {
      const keys = this.#keys[output]!
      if (keys.length === 0) continue
      const bytes = encode({ keys, items: this.#items[output]! } satisfies Chunk, { allocate: aligned })
      this.#keys[output] = []
      this.#items[output] = []
      this.#outputOf.push(output)
      this.#starts.push(this.#bytes)
      this.#lengths.push(bytes.length)
      const padded = new Uint8Array(bytes.buffer, bytes.byteOffset, (bytes.length + 7) & ~7)
      this.#chunks.push(padded)
      this.#chunkBytes += padded.length
      this.#bytes += padded.length
    }
    const perItem = (this.#bytes - before) / this.#held
    this.#limit = Math.min(MOST_ITEMS, Math.max(FEWEST_ITEMS, Math.floor(BUFFER_BYTES / 4 / perItem)))
    this.#held = 0
  }

  #write(): void {
    // A name of its own for every attempt: a task that runs again must not append to what it left behind.
    this.#path ??= join(this.#scratch(), randomUUID())
    appendFileSync(this.#path, Buffer.concat(this.#chunks), { mode: 0o600 })
    this.#chunks = []
    this.#chunkBytes = 0
  }
}

/** Chunks begin at multiples of eight bytes, which numbers in them can be read at without copying. */
function aligned(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer((length + 7) & ~7), 0, length)
}
