import { type SharedWasmMemory, bufferOf } from './web-assembly.js'

/*
 * The memory of the pool that this thread is a lane of. Lanes (lanes/) say it once, when they start; what computes there (array/),
 * which knows no lanes, finds it here.
 */

/** The memory that the threads of a pool share, and room in it that only one of them writes to. */
export interface ThreadMemory {
  readonly memory: SharedWasmMemory
  /** where the room of this thread begins, and its length */
  readonly room: number
  readonly roomBytes: number
  /** where its kernels compute what lies elsewhere, if they may have no memory of their own for that */
  readonly kernels?: { readonly start: number; readonly end: number } | undefined
}

let threadMemory: ThreadMemory | undefined
/** The buffers of that memory: it has another one, of the same bytes, each time that it has grown. */
const threadBuffers = new WeakSet<ArrayBufferLike>()

export const useThreadMemory = (memory: ThreadMemory): void => {
  threadMemory = memory
}

/** The memory of the pool that this thread belongs to, if it has one. */
export const memoryOfThread = (): ThreadMemory | undefined => threadMemory

/** Bytes of the memory of the pool that this thread belongs to. */
export function threadBytes(address: number, length: number): Uint8Array {
  const buffer = bufferOf(threadMemory!.memory, false, address + length)
  threadBuffers.add(buffer)
  return new Uint8Array(buffer, address, length)
}

/** The address of what lies in the memory of this thread's pool; undefined of everything else. */
export const threadAddress = (data: ArrayBufferView): number | undefined =>
  threadBuffers.has(data.buffer) ? data.byteOffset : undefined
