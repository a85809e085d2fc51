import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { InvariantError, type SharedWasmMemory, type WasmModule, wasm } from '../base/index.js'
import type { DType } from '../kernels/index.js'

/** Types as the module numbers them. A bool is sorted and moved as the byte that it is. */
const typeNumbers: Readonly<Record<DType, number>> = {
  int8: 0,
  uint8: 1,
  bool: 1,
  int16: 2,
  uint16: 3,
  int32: 4,
  uint32: 5,
  int64: 6,
  uint64: 7,
  float32: 8,
  float64: 9,
  complex64: 10,
  complex128: 11,
}

export const typeNumber = (dtype: DType): number => typeNumbers[dtype]

/** The functions of `native/index.ts`, on addresses. */
export interface NativeExports {
  sortRows(type: number, from: number, data: number, rows: number, n: number, room: number): void
  setApart(type: number, from: number, data: number, n: number, counts: number): void
  putBack(type: number, data: number, n: number, counts: number): void
  argsortRows(type: number, data: number, rows: number, n: number, out: number, room: number): void
  selectRows(type: number, data: number, rows: number, n: number, ranks: number, count: number, out: number, room: number): void
  transpose(bytes: number, from: number, rows: number, columns: number, step: number, out: number, outStep: number): void
  copyCrossed(bytes: number, from: number, rows: number, rowStep: number, columns: number, columnStep: number, out: number): void
  take(bytes: number, from: number, n: bigint, places: number, count: number, out: number): number
  takeRows(from: number, n: bigint, bytes: number, places: number, count: number, out: number): number
  putRows(from: number, bytes: number, places: number, count: number, out: number, n: bigint): number
  matmul(...args: number[]): void
  useTables(at: number): void
  fillStandard(what: number, stream: number, out: number, n: number): void
  fillStandard32(what: number, stream: number, out: number, n: number): void
  fillWords(bits: number, stream: number, out: number, n: number): void
  fillRange(bytes: number, stream: number, out: number, n: number, low: bigint, range: bigint): void
  fillContinuous(...args: number[]): void
  fillDiscrete(...args: number[]): void
  fillMultinomial(stream: number, out: number, n: number, trials: bigint, chances: number, kinds: number): void
  shuffle(stream: number, at: number, n: number): void
}

let module: WasmModule | undefined

/** The module that `asc` made of `native/`, on a memory: nothing of it is touched until a function is called. */
export function instantiate(memory: SharedWasmMemory): NativeExports {
  if (!module) {
    const file = fileURLToPath(new URL('./native.wasm', import.meta.url))
    let code: Uint8Array
    try {
      code = readFileSync(file)
    } catch (error) {
      throw new InvariantError(`the native kernels cannot be read: ${file} is missing. It is made by: npm run build`, {
        cause: error,
      })
    }
    module = new wasm.Module(code)
  }
  const { log, log1p, exp, expm1, pow, cos, acos } = Math
  const { exports } = new wasm.Instance(module, { env: { memory }, math: { log, log1p, exp, expm1, pow, cos, acos } })
  return exports as unknown as NativeExports
}
