import { type SharedWasmMemory, memoryOfThread, threadAddress, threadBytes } from '../base/index.js'
import { type NativeExports, instantiate } from './native-module.js'
import type { NumberArray } from './number-array.js'
import type { Placing } from './placing.js'
import { bytesOfTables } from './random-tables.js'

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

/** Things of a multiple of so many bytes are placed one after the other. */
const ALIGNMENT = 64

/**
 * The same with the tables of random numbers, and a place for so many bytes more. What else this thread does writes over
 * them: they are there for one call.
 */
export function poolForRandom(bytes: number, out: NumberArray): Placing | undefined {
  const tables = bytesOfTables()
  const pool = poolModule(tables.length + bytes, out)
  if (!pool) return undefined
  let top = pool.room
  const place = (data: ArrayBufferView): number => {
    const address = top
    const bytesThere = threadBytes(address, data.byteLength)
    bytesThere.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    top += Math.ceil(data.byteLength / ALIGNMENT) * ALIGNMENT
    return address
  }
  pool.exports.useTables(place(tables))
  return { exports: pool.exports, place, bytes: threadBytes }
}
