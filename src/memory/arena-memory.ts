import { type SharedWasmMemory, WASM_PAGE, wasm } from '../base/index.js'
import { ArenaUnavailable } from './errors.js'
import { FIRST_ADDRESS } from './arena-blocks.js'
import { noMemory, takeRestOfMemory } from './kernel-memory.js'

/** A memory that threads share, and how it is addressed. Both may be posted to threads. */
export interface ArenaMemory {
  readonly memory: SharedWasmMemory
  /** addresses have 64 bits */
  readonly wide: boolean
  /** bytes that it may grow to */
  readonly maximum: number
  /** where what is not someone else's begins */
  readonly first: number
}

const GIB = 2 ** 30
const NARROW_MOST = 4 * GIB
const WIDE_MOST = 16 * GIB
const LEAST = 16 * 2 ** 20

/** Whether this engine has memories beyond 4 GiB (Node 24 and newer). */
export function knowsWideMemory(): boolean {
  // A module with a memory of 64-bit addresses.
  return wasm.validate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1))
}

/**
 * A memory that may grow to `wanted` bytes, or to as much as this process may reserve: up to 4 GiB with 32-bit addresses,
 * beyond that, where the engine can, up to 16 GiB with 64-bit ones. Nothing of it is in use yet. Where the process may
 * have no other memory than that which kernels of this thread compute in, it is the rest of that.
 *
 * @throws ArenaUnavailable when not even 16 MiB can be reserved
 */
export function createArenaMemory(wanted: number, make = makeMemory): ArenaMemory {
  let problem: unknown
  for (const wide of wanted <= 0 ? [] : wanted > NARROW_MOST && knowsWideMemory() ? [true, false] : [false]) {
    const most = Math.min(wanted, wide ? WIDE_MOST : NARROW_MOST)
    for (let maximum = Math.max(LEAST, Math.ceil(most / WASM_PAGE) * WASM_PAGE); maximum >= LEAST; maximum = halved(maximum)) {
      try {
        return { memory: make(maximum / WASM_PAGE, wide), wide, maximum, first: FIRST_ADDRESS }
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        problem = error
      }
    }
  }
  const rest = takeRestOfMemory()
  if (rest) return { memory: rest.memory, wide: false, maximum: rest.end, first: rest.start }
  throw new ArenaUnavailable(noMemory(), { cause: problem })
}

const halved = (bytes: number): number => Math.floor(bytes / 2 / WASM_PAGE) * WASM_PAGE

function makeMemory(maximum: number, wide: boolean): SharedWasmMemory {
  if (!wide) return new wasm.Memory({ initial: 1, maximum, shared: true })
  return new wasm.Memory({ initial: 1n, maximum: BigInt(maximum), shared: true, address: 'i64' })
}

/** Makes the memory longer by so many bytes, a multiple of a page. Whether that could be done. */
export function growMemory({ memory, wide }: ArenaMemory, bytes: number): boolean {
  const pages = bytes / WASM_PAGE
  try {
    memory.grow(wide ? BigInt(pages) : pages)
    return true
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return false
  }
}
