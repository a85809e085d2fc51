import { ArgumentError, InvariantError, WASM_PAGE, formatBytes } from '../base/index.js'
import { addressSpaceForMemory } from '../config/index.js'
import { ArenaBlocks } from './arena-blocks.js'
import { type ArenaMemory, createArenaMemory, growMemory } from './arena-memory.js'
import { ArenaFull } from './errors.js'

export interface ArenaOptions {
  /** the most bytes that it may take; reserved, not used. Default 4 GiB */
  readonly limit?: number
  /** threads that are to be started: where address space is limited, some is left to them */
  readonly threads?: number
  /** fills freed memory with a pattern, and checks that it is still there when the memory is used again */
  readonly poison?: boolean
}

/** What an arena holds, in bytes where nothing else is said. */
export interface ArenaStatistics {
  readonly used: number
  /** the most that was ever in use */
  readonly peak: number
  /** blocks in use */
  readonly blocks: number
  /** that can still be had in one piece */
  readonly largestFree: number
  /** what was ever used: more than this it never cost */
  readonly reached: number
  readonly limit: number
}

/** Memory grows in steps, since each costs a system call. */
const STEP = 64 * 2 ** 20

const POISON = 0xdb

/**
 * The memory of arrays: one shared WebAssembly memory in a process, which kernels run on and which sockets and files read
 * and write in place. One thread allocates, counts and frees; others compute on blocks that were given to them (`memory`
 * may be posted), or cut what they need off a block of their own, which the owner then divides (`divide`).
 *
 * Blocks begin at multiples of 64 bytes, and hold whatever was there before. Each begins with one reference.
 *
 * @example
 * const arena = new Arena({ limit: parseBytes('1 GiB') })
 * const address = arena.allocate(8 * 1000)
 * new Float64Array(arena.buffer, address, 1000).fill(1)
 * arena.release(address)
 */
export class Arena {
  readonly #memory: ArenaMemory
  readonly #blocks: ArenaBlocks
  readonly #poison: boolean
  #length: number
  #peak = 0

  /** @throws ArenaUnavailable when the process may not reserve memory */
  constructor({ limit = 4 * 2 ** 30, threads = 0, poison = false }: ArenaOptions = {}) {
    if (!(limit > 0)) throw new ArgumentError(`an arena of ${limit} bytes: expected more than 0`)
    this.#memory = createArenaMemory(Math.min(limit, addressSpaceForMemory(threads)))
    this.#blocks = new ArenaBlocks(this.#memory.maximum, this.#memory.first)
    this.#poison = poison
    this.#length = this.#memory.memory.buffer.byteLength
  }

  /** What a thread needs to compute on blocks: it may be posted. */
  get memory(): ArenaMemory {
    return this.#memory
  }

  /** The bytes, as far as they are in use. Grows: ask again after `allocate`. */
  get buffer(): SharedArrayBuffer {
    return this.#memory.memory.buffer
  }

  /**
   * The address of a block of so many bytes.
   *
   * @throws ArenaFull when there is none: move blocks elsewhere, and release them
   */
  allocate(bytes: number): number {
    const address = this.tryAllocate(bytes)
    if (address !== undefined) return address
    const { used, limit, largestFree } = this.statistics()
    throw new ArenaFull(
      `no room for ${formatBytes(bytes)} in the memory of arrays: ${formatBytes(used)} of ${formatBytes(limit)} are in use, and the largest free piece is ${formatBytes(largestFree)}. Use smaller chunks, or persist less`,
    )
  }

  /**
   * The address of a block of so many bytes, or undefined when there is none.
   *
   * @param least so many bytes do as well where memory that was in use before has no more in one piece: new memory is filled
   * with zeros by the system first, which takes longer than writing into it. `sizeOf` tells how many there are
   */
  tryAllocate(bytes: number, least = bytes): number | undefined {
    if (!(bytes >= 0)) throw new ArgumentError(`a block of ${bytes} bytes: expected 0 or more`)
    const reached = this.#blocks.top
    const address = this.#blocks.take(bytes, (top) => this.#reach(top), least)
    if (address === undefined) return undefined
    this.#peak = Math.max(this.#peak, this.#blocks.usedBytes)
    if (this.#poison) this.#checkPoison(address, Math.min(address + this.#blocks.sizeOf(address), reached))
    return address
  }

  /** One more reference to a block. */
  retain(address: number): void {
    this.#blocks.retain(address)
  }

  /**
   * One reference less; without any the block is free.
   *
   * @returns whether it is still in use
   * @throws InvariantError when it was not in use
   */
  release(address: number): boolean {
    return this.#blocks.release(address, (start, size) => {
      if (this.#poison) new Uint8Array(this.buffer, start, size).fill(POISON)
    })
  }

  references(address: number): number {
    return this.#blocks.references(address)
  }

  /** The bytes of a block: at least as many as were asked for. */
  sizeOf(address: number): number {
    return this.#blocks.sizeOf(address)
  }

  /**
   * Makes several blocks of one that has a single reference, one after the other, each a multiple of 64 bytes: for threads
   * that cut what they need off a block of their own. What is left is free.
   *
   * @returns their addresses
   */
  divide(address: number, sizes: readonly number[]): number[] {
    if (this.#poison) {
      const end = address + this.#blocks.sizeOf(address)
      const start = sizes.reduce((at, size) => at + Math.max(1, Math.ceil(size / 64)) * 64, address)
      if (start < end) new Uint8Array(this.buffer, start, end - start).fill(POISON)
    }
    return this.#blocks.divide(address, sizes)
  }

  /** bytes from the start to the end of the last block that there ever was */
  get reached(): number {
    return this.#blocks.top
  }

  /** bytes of all blocks */
  get used(): number {
    return this.#blocks.usedBytes
  }

  statistics(): ArenaStatistics {
    const { usedBytes, count, largestFree, top } = this.#blocks
    return { used: usedBytes, peak: this.#peak, blocks: count, largestFree, reached: top, limit: this.#memory.maximum }
  }

  #reach(top: number): boolean {
    if (top <= this.#length) return true
    // Kernels may have made it longer where they share it.
    this.#length = this.buffer.byteLength
    if (top <= this.#length) return true
    const step = Math.min(Math.max(top, this.#length + STEP), this.#memory.maximum) - this.#length
    const needed = Math.ceil((top - this.#length) / WASM_PAGE) * WASM_PAGE
    for (const bytes of [Math.floor(step / WASM_PAGE) * WASM_PAGE, needed]) {
      if (bytes < needed || !growMemory(this.#memory, bytes)) continue
      this.#length += bytes
      return true
    }
    return false
  }

  /** Someone who wrote where nothing was his wrote into the next owner's block: better to know at once. */
  #checkPoison(start: number, end: number): void {
    if (end <= start) return
    const bytes = Buffer.from(this.buffer, start, end - start)
    const at = bytes.findIndex((b) => b !== POISON)
    if (at >= 0)
      throw new InvariantError(
        `memory at ${start + at} was written after it had been freed (found while allocating the block at ${start})`,
      )
  }
}
