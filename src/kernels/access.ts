import type { RealDType } from './dtype.js'
import { type Width, widthOf } from './dtype.js'
import { type FunctionWriter, type Local, op } from './function-writer.js'
import { type Lanes, lanesOf, loadSide, vectorsOf } from './lanes.js'
import { loadLane, loadSplat, storeLane } from './simd-opcodes.js'

/** How the elements of an operand lie along the inner axis: side by side, one for all, or with anything between them. */
export type Access = 'side' | 'same' | 'apart'

/** Arithmetic of addresses, which have 32 bits or 64. */
export class Addresses {
  readonly #f: FunctionWriter
  readonly type: 'i32' | 'i64'

  constructor(f: FunctionWriter, wide: boolean) {
    this.#f = f
    this.type = wide ? 'i64' : 'i32'
  }

  constant(bytes: number): Local {
    return this.type === 'i32' ? this.#f.i32(bytes) : this.#f.i64(BigInt(bytes))
  }

  add(a: Local, b: Local): Local {
    return this.#f.scalar(this.type, op[this.type].add, a, b)
  }

  /** The bytes of so many elements. */
  bytes(count: Local, width: number): Local {
    const wide = this.type === 'i32' ? count : this.#f.scalar('i64', op.i64.extend_i32_u, count)
    return this.#f.scalar(this.type, op[this.type].mul, wide, this.constant(width))
  }

  /** Moves a variable on by so many bytes. */
  advance(variable: Local, bytes: Local): void {
    this.#f.assign(variable, this.add(variable, bytes))
  }

  /** A parameter as an address: where they have 64 bits it comes as a float64, which JavaScript has no other name for. */
  from(param: Local): Local {
    return this.type === 'i32' ? param : this.#f.truncate('i64_s', param)
  }

  get paramType(): 'i32' | 'f64' {
    return this.type === 'i32' ? 'i32' : 'f64'
  }
}

/** One array that a kernel reads or writes, while its code is written. */
export class Operand {
  readonly #f: FunctionWriter
  readonly #addresses: Addresses
  readonly dtype: RealDType
  readonly access: Access
  /** where the present row begins: moves from row to row */
  readonly row: Local
  /** where the present block begins: moves along the row */
  readonly at: Local
  readonly rowStride: Local
  readonly stride: Local
  #same: Local | undefined

  constructor(f: FunctionWriter, addresses: Addresses, dtype: RealDType, access: Access, params: readonly [Local, Local, Local]) {
    this.#f = f
    this.#addresses = addresses
    this.dtype = dtype
    this.access = access
    this.row = f.copy(addresses.type, addresses.from(params[0]))
    this.rowStride = addresses.from(params[1])
    this.stride = addresses.from(params[2])
    this.at = f.variable(addresses.type)
  }

  get #width(): Width {
    return widthOf(this.dtype)
  }

  beginRow(): void {
    this.#f.assign(this.at, this.row)
    if (this.access === 'same') this.#same = this.#f.load(loadSplat[this.#width], this.row)
  }

  /** To the next row. */
  nextRow(): void {
    this.#addresses.advance(this.row, this.rowStride)
  }

  get addressType(): 'i32' | 'i64' {
    return this.#addresses.type
  }

  /** Moves an address to the next row. */
  down(address: Local): void {
    this.#addresses.advance(address, this.rowStride)
  }

  /** To the next block of so many elements. */
  nextBlock(block: number): void {
    this.passBlock(this.at, block)
  }

  /** Moves an address past a block of so many elements. */
  passBlock(address: Local, block: number): void {
    if (this.access === 'same') return
    if (this.access === 'side') return this.#addresses.advance(address, this.#addresses.constant(block * this.#width))
    this.#addresses.advance(address, this.#times(this.stride, block))
  }

  /** Moves an address past as many elements as a number says, which lie side by side. */
  pass(address: Local, count: Local): void {
    this.#addresses.advance(address, this.#addresses.bytes(count, this.#width))
  }

  /** `count` is a power of two. */
  #times(value: Local, count: number): Local {
    for (let i = 1; i < count; i *= 2) value = this.#addresses.add(value, value)
    return value
  }

  load(block: number, from = this.at): Lanes {
    const f = this.#f
    if (this.access === 'same' && from === this.at) return new Array<Local>(vectorsOf(block, this.#width)).fill(this.#same!)
    if (this.access === 'side' || block === 1) return loadSide(f, from, block, this.#width)
    const lanes = lanesOf(block, this.#width)
    let address = from
    return Array.from({ length: vectorsOf(block, this.#width) }, (_, i) => {
      let vector: Local | undefined
      for (let lane = 0; lane < lanes; lane++) {
        if (i + lane > 0) address = this.#addresses.add(address, this.stride)
        vector =
          vector === undefined
            ? f.load(loadSplat[this.#width], address)
            : f.loadLane(loadLane[this.#width], address, vector, lane)
      }
      return vector!
    })
  }

  store(block: number, value: Lanes): void {
    const f = this.#f
    const bytes = block * this.#width
    if (this.access === 'side' && bytes >= 16) {
      for (const [i, vector] of value.entries()) f.store(this.at, vector, i * 16)
    } else if (this.access === 'side' || block === 1) {
      f.storeLane(storeLane[bytes as Width], this.at, value[0]!, 0)
    } else {
      const lanes = lanesOf(block, this.#width)
      let address = this.at
      for (const [i, vector] of value.entries()) {
        for (let lane = 0; lane < lanes; lane++) {
          if (i + lane > 0) address = this.#addresses.add(address, this.stride)
          f.storeLane(storeLane[this.#width], address, vector, lane)
        }
      }
    }
  }
}
