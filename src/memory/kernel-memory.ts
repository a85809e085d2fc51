import { isMainThread } from 'node:worker_threads'
import { type SharedWasmMemory, WASM_PAGE, bufferOf, formatBytes, memoryOfThread, wasm } from '../base/index.js'
import { addressSpaceForMemory, addressSpaceLimit, availableCores, isAddressSpaceShort } from '../config/index.js'
import { FIRST_ADDRESS } from './arena-blocks.js'
import { ArenaFull, ArenaUnavailable } from './errors.js'

/*
 * Where the kernels of a thread compute what does not lie in the memory of its pool. Each kind of kernels has a memory of
 * WebAssembly of its own: 10 GiB of address space each, as V8 reserves them. Where address space is limited a thread
 * therefore computes in part of the memory of its pool, or, without a pool, in one memory, of which a pool that is started
 * later gets what is left.
 */

/** Kernels of elements and reductions, and those that sort, move, multiply and draw random numbers. */
export type KernelKind = 'elements' | 'native'

/** A range of a memory of WebAssembly. */
export interface MemoryPart {
  readonly memory: SharedWasmMemory
  readonly start: number
  readonly end: number
}

/** The addresses of kernels have 32 bits. */
const MOST = 2 ** 32

/** What kernels of this thread compute in where address space is limited, one half for each kind. */
let shared: MemoryPart | undefined
/** What is left of the memory of this thread for a pool. */
let rest: MemoryPart | undefined

/** Memory that kernels of one kind compute in, in one thread. It grows up to `end`. */
export class KernelMemory implements MemoryPart {
  readonly memory: SharedWasmMemory
  readonly start: number
  readonly end: number

  constructor({ memory, start, end }: MemoryPart) {
    this.memory = memory
    this.start = start
    this.end = end
  }

  /**
   * Sees to it that there is memory up to this address.
   *
   * @throws ArenaFull when there is not as much
   */
  reach(top: number): void {
    const { byteLength } = bufferOf(this.memory, false, top)
    if (top <= byteLength) return
    if (top > this.end) throw this.#tooLittle(top)
    try {
      this.memory.grow(Math.ceil((top - byteLength) / WASM_PAGE))
    } catch (error) {
      if (error instanceof RangeError) throw this.#tooLittle(top, error)
      throw error
    }
  }

  #tooLittle(top: number, cause?: RangeError): ArenaFull {
    const limit = addressSpaceLimit()
    const why = limit === Infinity ? '' : `, since this process may reserve ${formatBytes(limit)} of address space (ulimit -v)`
    return new ArenaFull(
      `a chunk needs ${formatBytes(top - this.start)} of memory to be computed in, of which a thread has ${formatBytes(this.end - this.start)}${why}: use smaller chunks`,
      cause && { cause },
    )
  }
}

/**
 * What kernels of this kind compute in, in this thread.
 *
 * @param make as `new WebAssembly.Memory`; tests give their own
 * @throws ArenaUnavailable when the process may not reserve memory
 */
export function kernelMemory(kind: KernelKind, make = makeMemory): KernelMemory {
  if (!isAddressSpaceShort())
    return new KernelMemory({ memory: make(MOST / WASM_PAGE), start: FIRST_ADDRESS, end: MOST - FIRST_ADDRESS })
  shared ??= partOfPool() ?? partOfOwn(make)
  const { memory, start, end } = shared
  const middle = start + Math.floor((end - start) / 2 / WASM_PAGE) * WASM_PAGE
  return new KernelMemory(kind === 'elements' ? { memory, start, end: middle } : { memory, start: middle, end })
}

/** What kernels of this thread compute in, if they have computed nothing yet. */
export function lendKernelMemory(part: MemoryPart): void {
  shared ??= part
}

/** What kernels leave of the one memory that this thread has; whoever takes it has it. */
export function takeRestOfMemory(): MemoryPart | undefined {
  const part = rest
  rest = undefined
  return part
}

function partOfPool(): MemoryPart | undefined {
  const { memory, kernels } = memoryOfThread() ?? {}
  return memory && kernels && { memory, ...kernels }
}

function partOfOwn(make: (pages: number) => SharedWasmMemory): MemoryPart {
  // Other threads may be about to start; those of a worker have a memory each.
  const threads = isMainThread ? 0 : availableCores()
  const share = Math.min(MOST, Math.max(2 ** 28, addressSpaceLimit() / 8))
  const pages = Math.floor(share / WASM_PAGE)
  if (addressSpaceForMemory(threads) === 0) throw new ArenaUnavailable(noMemory())
  let memory: SharedWasmMemory
  try {
    memory = make(pages)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ArenaUnavailable(noMemory(), { cause: error })
  }
  const middle = Math.floor(pages / 2) * WASM_PAGE
  rest = { memory, start: middle, end: pages * WASM_PAGE }
  return { memory, start: FIRST_ADDRESS, end: middle }
}

const makeMemory = (pages: number): SharedWasmMemory => new wasm.Memory({ initial: 16, maximum: pages, shared: true })

/** What to do where the system refuses memory for arrays. */
export function noMemory(): string {
  const limit = addressSpaceLimit()
  const unguarded = 'set NODE_OPTIONS=--disable-wasm-trap-handler, by which it reserves no more than is asked for'
  if (limit === Infinity)
    return `no memory for arrays: the system refuses the 10 GiB of address space that node reserves; ${unguarded}`
  return `no memory for arrays: this process may reserve ${formatBytes(limit)} of address space (ulimit -v), and node wants 10 GiB for any memory of WebAssembly, one of which all threads would share. Either ${unguarded}; or use { executor: 'processes' } or a cluster, whose processes are started so; or raise the limit`
}
