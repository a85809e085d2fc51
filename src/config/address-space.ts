import { readIfThere } from '../base/index.js'
import { availableCores } from './cores.js'
import { addressSpace } from './memory-limit.js'

/** By this flag of Node's memories of WebAssembly reserve no more than they may grow to. */
const UNGUARDED = '--disable-wasm-trap-handler'
/** What V8 reserves else for each, however small, since it leaves the checks of addresses to the processor. */
const GUARDED_MEMORY = 10 * 2 ** 30
/** What a thread that is started reserves for its code, its heap and its stack. */
const THREAD = 0.65e9
/** What a process of Node's has reserved when it starts, and what must stay for everything else: libraries, heaps that grow. */
const EVERYTHING_ELSE = 1.4e9

let known: number | undefined

/** The bytes of address space that this process may reserve (`ulimit -v`); Infinity where nothing limits it. Read once. */
export const addressSpaceLimit = (): number => (known ??= addressSpace(readIfThere))

/** Whether there may be too little address space for the memories of WebAssembly that each thread would have. */
export const isAddressSpaceShort = (): boolean => addressSpaceLimit() < (2 * availableCores() + 4) * GUARDED_MEMORY

/** The flags by which a process that this one starts, under the same limit, has memories that reserve no more than they are. */
export const addressSpaceFlags = (): string[] => (isAddressSpaceShort() ? [UNGUARDED] : [])

/**
 * To how many bytes a memory of WebAssembly may grow, so that this many threads can be started afterwards: where they cannot,
 * the process ends, and no error says so. 0: there may be none; Infinity: address space is not limited.
 */
export function addressSpaceForMemory(
  threads: number,
  { limit = addressSpaceLimit(), guarded = hasGuardedMemories() }: { readonly limit?: number; readonly guarded?: boolean } = {},
): number {
  const left = Math.max(0, limit - EVERYTHING_ELSE - threads * THREAD)
  if (!guarded || left === Infinity) return left / 2
  return left >= GUARDED_MEMORY ? GUARDED_MEMORY : 0
}

const hasGuardedMemories = (): boolean =>
  !process.execArgv.includes(UNGUARDED) && !(process.env['NODE_OPTIONS'] ?? '').includes(UNGUARDED)
