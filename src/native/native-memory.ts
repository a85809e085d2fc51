import { ArgumentError, type SharedWasmMemory, WASM_PAGE, formatBytes, wantHugePages, wasm } from '../base/index.js'
import { config } from '../config/index.js'
import { type NativeExports, instantiate } from './native-module.js'
import type { Placing } from './placing.js'
import { bytesOfTables } from './random-tables.js'

/** The addresses of the module have 32 bits. */
const MOST_PAGES = 65_536

/** What is kept for the next call: fresh memory costs several times what used memory does. */
const KEPT = 256 * 2 ** 20

/** Nothing begins at 0. */
const FIRST = 64

type View = ArrayBufferView<ArrayBufferLike>

/**
 * The memory of the native kernels of a thread. What they work on is copied there and back, which costs little beside what
 * they do; the memory is used again and again, because pages that are new are slow.
 */
export class NativeMemory implements Placing {
  #memory: SharedWasmMemory
  #exports: NativeExports
  #top = FIRST
  #base = FIRST

  constructor() {
    this.#memory = new wasm.Memory({ initial: 16, maximum: MOST_PAGES, shared: true })
    this.#exports = instantiate(this.#memory)
    this.#placeTables()
  }

  get exports(): NativeExports {
    return this.#exports
  }

  /**
   * Runs a function that may reserve memory, which is free afterwards.
   *
   * @throws ArgumentError when more than 4 GiB are needed
   */
  use<T>(run: (memory: NativeMemory) => T): T {
    const mark = this.#top
    try {
      return run(this)
    } finally {
      this.#top = mark
      if (mark === this.#base && this.#memory.buffer.byteLength > KEPT) this.#renew()
    }
  }

  reserve(bytes: number): number {
    const address = this.#top
    const top = address + Math.ceil(bytes / 64) * 64
    if (top > MOST_PAGES * WASM_PAGE - 64) {
      throw new ArgumentError(
        `sorting, selecting or multiplying in pieces of ${formatBytes(bytes)} needs more than the 4 GiB that there are: use smaller chunks`,
      )
    }
    const had = this.#memory.buffer.byteLength
    if (top > had) {
      this.#memory.grow(Math.ceil((top - had) / WASM_PAGE))
      if (config.get('memory.hugePages')) wantHugePages(new Uint8Array(this.#memory.buffer, had))
    }
    this.#top = top
    return address
  }

  /** Room for so many bytes that begins with these. */
  place(data: View, bytes = data.byteLength): number {
    const address = this.reserve(bytes)
    this.bytes(address, data.byteLength).set(bytesOf(data))
    return address
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length)
  }

  /** Fills an array with what is in memory. */
  read(address: number, into: View): void {
    bytesOf(into).set(this.bytes(address, into.byteLength))
  }

  /** Copies within memory. */
  move(from: number, to: number, length: number): void {
    this.bytes(to, length).set(this.bytes(from, length))
  }

  #placeTables(): void {
    this.#top = this.#base = FIRST
    this.#exports.useTables(this.place(bytesOfTables()))
    this.#base = this.#top
  }

  #renew(): void {
    this.#memory = new wasm.Memory({ initial: 16, maximum: MOST_PAGES, shared: true })
    this.#exports = instantiate(this.#memory)
    this.#placeTables()
  }
}

const bytesOf = (data: View): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

let shared: NativeMemory | undefined

/** That of this thread, made on first use. */
export const nativeMemory = (): NativeMemory => (shared ??= new NativeMemory())
