import { type SharedWasmMemory, memoryOfThread, threadAddress } from '../base/index.js'
import { type NativeExports, instantiate } from './native-module.js'
import type { NumberArray } from './number-array.js'

/** The kernels on the memory of the pool that this thread is a lane of, and room there. */
export interface PoolModule {
  readonly exports: NativeExports
  readonly room: number
}

let module: { readonly memory: SharedWasmMemory; readonly exports: NativeExports } | undefined

/** What works on arrays as they lie; undefined if not all of them lie in the memory of the pool, or there is not that much room. */
export function poolModule(room: number, ...arrays: readonly NumberArray[]): PoolModule | undefined {
  const here = memoryOfThread()
  if (!here || here.roomBytes < room || arrays.some((a) => threadAddress(a) === undefined)) return undefined
  if (module?.memory !== here.memory) module = { memory: here.memory, exports: instantiate(here.memory) }
  return { exports: module.exports, room: here.room }
}
