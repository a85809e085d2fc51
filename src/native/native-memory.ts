import { wantHugePages } from '../base/index.js'
import { config, isAddressSpaceShort } from '../config/index.js'
import { type KernelMemory, kernelMemory } from '../memory/index.js'
import { type NativeExports, instantiate } from './native-module.js'
import type { Placing } from './placing.js'
import { bytesOfTables } from './random-tables.js'

/** What is kept for the next call: fresh memory costs several times what used memory does. */
const KEPT = 256 * 2 ** 20

type View = ArrayBufferView<ArrayBufferLike>

/**
 * The memory of the native kernels of a thread. What they work on is copied there and back, which costs little beside what
 * they do; the memory is used again and again, because pages that are new are slow.
 */
export class NativeMemory implements Placing {
  #memory: KernelMemory
  #exports: NativeExports
  #top: number
  #base: number

  constructor() {
    this.#memory = kernelMemory('native')
    this.#exports = instantiate(this.#memory.memory)
    this.#top = this.#memory.start
    this.#base = this.#placeTables()
  }

  get exports(): NativeExports {
    return this.#exports
  }

  /**
   * Runs a function that may reserve memory, which is free afterwards.
   *
   * @throws ArenaFull when more than 4 GiB are needed, or more than there may be
   */
  use<T>(run: (memory: NativeMemory) => T): T {
    const mark = this.#top
    try {
      return run(this)
    } finally {
      this.#top = mark
      if (mark === this.#base && this.#memory.memory.buffer.byteLength > KEPT && !isAddressSpaceShort()) this.#renew()
    }
  }

  reserve(bytes: number): number {
    const address = this.#top
    const top = address + Math.ceil(bytes / 64) * 64
    const had = this.#memory.memory.buffer.byteLength
    this.#memory.reach(top)
    const { buffer } = this.#memory.memory
    if (buffer.byteLength > had && config.get('memory.hugePages')) wantHugePages(new Uint8Array(buffer, had))
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
    return new Uint8Array(this.#memory.memory.buffer, address, length)
  }

  /** Fills an array with what is in memory. */
  read(address: number, into: View): void {
    bytesOf(into).set(this.bytes(address, into.byteLength))
  }

  /** Copies within memory. */
  move(from: number, to: number, length: number): void {
    this.bytes(to, length).set(this.bytes(from, length))
  }

  /** The tables of the module come first. Gives where they end. */
  #placeTables(): number {
    this.#exports.useTables(this.place(bytesOfTables()))
    return this.#top
  }

  #renew(): void {
    this.#memory = kernelMemory('native')
    this.#exports = instantiate(this.#memory.memory)
    this.#top = this.#memory.start
    this.#base = this.#placeTables()
  }
}

const bytesOf = (data: View): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

let shared: NativeMemory | undefined

/** That of this thread, made on first use. */
export const nativeMemory = (): NativeMemory => (shared ??= new NativeMemory())
