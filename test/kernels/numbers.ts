// Arrays of every type in a small memory, as JavaScript's numbers: bigint for integers, boolean for bool.
import { type SharedWasmMemory, wasm } from '../../src/base/index.js'
import { type Block, type RealDType, itemSize } from '../../src/kernels/index.js'

export type Value = number | bigint | boolean

export const realDtypes = [
  'bool',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
] as const

/** Whether this engine knows memories with 64-bit addresses, by asking it for a module with one. */
const widths = wasm.validate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1)) ? [false, true] : [false]

/** A memory with 32-bit addresses, and where the engine can one with 64-bit addresses. */
export const memories = widths.map((wide) => ({
  wide,
  memory: wide
    ? new wasm.Memory({ initial: 64n, maximum: 64n, shared: true, address: 'i64' })
    : new wasm.Memory({ initial: 64, maximum: 64, shared: true }),
}))

export function readNumber(view: DataView, at: number, dtype: RealDType): Value {
  switch (dtype) {
    case 'bool':
      return view.getUint8(at) !== 0
    case 'int8':
      return BigInt(view.getInt8(at))
    case 'uint8':
      return BigInt(view.getUint8(at))
    case 'int16':
      return BigInt(view.getInt16(at, true))
    case 'uint16':
      return BigInt(view.getUint16(at, true))
    case 'int32':
      return BigInt(view.getInt32(at, true))
    case 'uint32':
      return BigInt(view.getUint32(at, true))
    case 'int64':
      return view.getBigInt64(at, true)
    case 'uint64':
      return view.getBigUint64(at, true)
    case 'float32':
      return view.getFloat32(at, true)
    case 'float64':
      return view.getFloat64(at, true)
  }
}

export function writeNumber(view: DataView, at: number, dtype: RealDType, value: Value): void {
  if (dtype === 'float64') return view.setFloat64(at, Number(value), true)
  if (dtype === 'float32') return view.setFloat32(at, Number(value), true)
  const bits = BigInt.asUintN(64, BigInt(value))
  const width = itemSize(dtype)
  for (let i = 0; i < width; i++) view.setUint8(at + i, Number((bits >> BigInt(8 * i)) & 255n))
}

/** The places of a block's elements, the last axis first. */
export function* places(shape: readonly number[]): Generator<number[]> {
  if (shape.includes(0)) return
  const place = new Array<number>(shape.length).fill(0)
  for (;;) {
    yield [...place]
    let axis = shape.length - 1
    while (axis >= 0 && ++place[axis]! === shape[axis]) place[axis--] = 0
    if (axis < 0) return
  }
}

export function addressOf(block: Block, place: readonly number[]): number {
  return place.reduce((at, p, i) => at + p * block.strides[i]!, block.address)
}

export function readBlock(memory: SharedWasmMemory, block: Block): Value[] {
  const view = new DataView(memory.buffer)
  return [...places(block.shape)].map((p) => readNumber(view, addressOf(block, p), block.dtype as RealDType))
}

export function writeBlock(memory: SharedWasmMemory, block: Block, values: readonly Value[]): void {
  const view = new DataView(memory.buffer)
  let i = 0
  for (const p of places(block.shape)) writeNumber(view, addressOf(block, p), block.dtype as RealDType, values[i++]!)
}

/** A value as the type would hold it. */
export function held(dtype: RealDType, value: Value): Value {
  if (dtype === 'bool') return Boolean(value)
  if (dtype === 'float64') return Number(value)
  if (dtype === 'float32') return Math.fround(Number(value))
  const bits = itemSize(dtype) * 8
  return dtype.startsWith('u') ? BigInt.asUintN(bits, BigInt(value)) : BigInt.asIntN(bits, BigInt(value))
}
