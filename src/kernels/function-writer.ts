import { type CodedFunction, type Signature, type ValueType, float64Bytes, signed, typeCode, unsigned } from './wasm-bytes.js'
import type { ModuleWriter } from './module-writer.js'
import { f64x2, v128 } from './simd-opcodes.js'

/** A local variable of a function. Most are written once; `variable` makes those that change. */
export type Local = number & { readonly local: unique symbol }

/** Instructions that are not SIMD. */
export const op = {
  i32: {
    eqz: 0x45,
    eq: 0x46,
    ne: 0x47,
    lt_u: 0x49,
    gt_u: 0x4b,
    ge_u: 0x4f,
    add: 0x6a,
    sub: 0x6b,
    mul: 0x6c,
    and: 0x71,
    or: 0x72,
    shl: 0x74,
    shr_u: 0x76,
    wrap: 0xa7,
  },
  i64: {
    eqz: 0x50,
    eq: 0x51,
    ne: 0x52,
    lt_s: 0x53,
    lt_u: 0x54,
    ge_u: 0x5a,
    add: 0x7c,
    sub: 0x7d,
    mul: 0x7e,
    div_s: 0x7f,
    div_u: 0x80,
    rem_s: 0x81,
    rem_u: 0x82,
    and: 0x83,
    or: 0x84,
    xor: 0x85,
    shl: 0x86,
    shr_s: 0x87,
    shr_u: 0x88,
    extend_i32_s: 0xac,
    extend_i32_u: 0xad,
  },
  f64: {
    eq: 0x61,
    ne: 0x62,
    lt: 0x63,
    gt: 0x64,
    ge: 0x66,
    abs: 0x99,
    neg: 0x9a,
    floor: 0x9c,
    trunc: 0x9d,
    add: 0xa0,
    sub: 0xa1,
    mul: 0xa2,
    div: 0xa3,
    copysign: 0xa6,
    convert_i32_s: 0xb7,
    convert_i64_s: 0xb9,
    convert_i64_u: 0xba,
    promote: 0xbb,
    bits: 0xbd,
    from_bits: 0xbf,
  },
  f32: { convert_i64_s: 0xb4, convert_i64_u: 0xb5, demote: 0xb6 },
} as const

/** Writes the code of one function, instruction by instruction: each gives the local that holds its result. */
export class FunctionWriter {
  readonly module: ModuleWriter
  readonly #signature: Signature
  readonly #locals: ValueType[] = []
  readonly #start: number[] = []
  readonly #code: number[] = []
  readonly #constants = new Map<string, Local>()

  constructor(module: ModuleWriter, signature: Signature) {
    this.module = module
    this.#signature = signature
  }

  param(index: number): Local {
    return index as Local
  }

  /** A variable, zero at first. */
  variable(type: ValueType): Local {
    return (this.#signature.params.length + this.#locals.push(type) - 1) as Local
  }

  assign(variable: Local, value: Local): void {
    this.#code.push(0x20, ...unsigned(value), 0x21, ...unsigned(variable))
  }

  /** A variable that begins as a copy. */
  copy(type: ValueType, value: Local): Local {
    const variable = this.variable(type)
    this.assign(variable, value)
    return variable
  }

  /** A SIMD instruction whose result is a vector. */
  simd(opcode: number, args: readonly Local[], immediate: readonly number[] = []): Local {
    return this.#put('v128', args, [0xfd, ...unsigned(opcode), ...immediate])
  }

  /** A SIMD instruction whose result is a number (a lane, or whether any lane is true). */
  simdTo(type: ValueType, opcode: number, args: readonly Local[], immediate: readonly number[] = []): Local {
    return this.#put(type, args, [0xfd, ...unsigned(opcode), ...immediate])
  }

  scalar(type: ValueType, opcode: number, ...args: readonly Local[]): Local {
    return this.#put(type, args, [opcode])
  }

  /** `condition ? a : b` of numbers */
  select(type: ValueType, condition: Local, a: Local, b: Local): Local {
    return this.#put(type, [a, b, condition], [0x1c, 1, typeCode(type)])
  }

  i32(value: number): Local {
    return this.#put('i32', [], [0x41, ...signed(BigInt(value | 0))])
  }

  i64(value: bigint): Local {
    return this.#put('i64', [], [0x42, ...signed(BigInt.asIntN(64, value))])
  }

  f64(value: number): Local {
    return this.#put('f64', [], [0x44, ...float64Bytes(value)])
  }

  /** Truncated towards zero; what does not fit becomes the nearest number that does, NaN 0. */
  truncate(type: 'i64_s' | 'i64_u' | 'i32_u', value: Local, from: 'f64' | 'f32' = 'f64'): Local {
    const codes = { i32_u: 3, i64_s: 6, i64_u: 7 }
    return this.#put(type === 'i32_u' ? 'i32' : 'i64', [value], [0xfc, codes[type] - (from === 'f32' ? 2 : 0)])
  }

  call(type: ValueType, index: number, ...args: readonly Local[]): Local {
    return this.#put(type, args, [0x10, ...unsigned(index)])
  }

  /** A constant vector, read once at the start of the function and kept. */
  constant(bytes: Uint8Array): Local {
    const key = bytes.join()
    let local = this.#constants.get(key)
    if (local === undefined) {
      local = this.variable('v128')
      this.#start.push(0x23, ...unsigned(this.module.constant(bytes)), 0x21, ...unsigned(local))
      this.#constants.set(key, local)
    }
    return local
  }

  /** The vector of this number twice. */
  f64x2(value: number): Local {
    return this.constant(new Uint8Array(Float64Array.of(value, value).buffer))
  }

  i64x2(value: bigint): Local {
    return this.constant(new Uint8Array(BigInt64Array.of(value, value).map((v) => BigInt.asIntN(64, v)).buffer))
  }

  load(opcode: number, address: Local, offset = 0): Local {
    return this.#put('v128', [address], [0xfd, ...unsigned(opcode), 0, ...unsigned(offset)])
  }

  loadLane(opcode: number, address: Local, vector: Local, lane: number): Local {
    return this.#put('v128', [address, vector], [0xfd, ...unsigned(opcode), 0, 0, lane])
  }

  store(address: Local, vector: Local, offset = 0): void {
    this.#push([address, vector], [0xfd, ...unsigned(v128.store), 0, ...unsigned(offset)])
  }

  storeLane(opcode: number, address: Local, vector: Local, lane: number): void {
    this.#push([address, vector], [0xfd, ...unsigned(opcode), 0, 0, lane])
  }

  /** Repeats `body` for as long as `condition`, evaluated before each turn, is not 0. */
  while(condition: () => Local, body: () => void): void {
    this.#code.push(0x02, 0x40, 0x03, 0x40)
    this.#push([condition()], [0x45, 0x0d, 1])
    body()
    this.#code.push(0x0c, 0, 0x0b, 0x0b)
  }

  if(condition: Local, body: () => void, otherwise?: () => void): void {
    this.#push([condition], [0x04, 0x40])
    body()
    if (otherwise) {
      this.#code.push(0x05)
      otherwise()
    }
    this.#code.push(0x0b)
  }

  /** The function gives this. */
  return(value: Local): void {
    this.#code.push(0x20, ...unsigned(value), 0x0f)
  }

  finish(exported?: string): CodedFunction {
    // What ends with a `return` does not get here, but must be valid.
    const end = this.#signature.results.length > 0 ? [0x00] : []
    return {
      signature: this.#signature,
      locals: this.#locals,
      code: [...this.#start, ...this.#code, ...end],
      ...(exported !== undefined && { exported }),
    }
  }

  #push(args: readonly Local[], bytes: readonly number[]): void {
    for (const arg of args) this.#code.push(0x20, ...unsigned(arg))
    this.#code.push(...bytes)
  }

  #put(type: ValueType, args: readonly Local[], bytes: readonly number[]): Local {
    this.#push(args, bytes)
    const result = this.variable(type)
    this.#code.push(0x21, ...unsigned(result))
    return result
  }
}

/** Lane-wise arithmetic of two float64, in words that formulas can be read in. */
export class Float64Writer {
  readonly f: FunctionWriter
  constructor(f: FunctionWriter) {
    this.f = f
  }
  of(value: number): Local {
    return this.f.f64x2(value)
  }
  bits(value: bigint): Local {
    return this.f.i64x2(value)
  }
  add(a: Local, b: Local): Local {
    return this.f.simd(f64x2.add, [a, b])
  }
  sub(a: Local, b: Local): Local {
    return this.f.simd(f64x2.sub, [a, b])
  }
  mul(a: Local, b: Local): Local {
    return this.f.simd(f64x2.mul, [a, b])
  }
  div(a: Local, b: Local): Local {
    return this.f.simd(f64x2.div, [a, b])
  }
  abs(a: Local): Local {
    return this.f.simd(f64x2.abs, [a])
  }
  neg(a: Local): Local {
    return this.f.simd(f64x2.neg, [a])
  }
  sqrt(a: Local): Local {
    return this.f.simd(f64x2.sqrt, [a])
  }
  nearest(a: Local): Local {
    return this.f.simd(f64x2.nearest, [a])
  }
  lt(a: Local, b: Local): Local {
    return this.f.simd(f64x2.lt, [a, b])
  }
  eq(a: Local, b: Local): Local {
    return this.f.simd(f64x2.eq, [a, b])
  }
  and(a: Local, b: Local): Local {
    return this.f.simd(v128.and, [a, b])
  }
  or(a: Local, b: Local): Local {
    return this.f.simd(v128.or, [a, b])
  }
  xor(a: Local, b: Local): Local {
    return this.f.simd(v128.xor, [a, b])
  }
  /** Lanes of `a` where the mask is set, else of `b`. */
  choose(mask: Local, a: Local, b: Local): Local {
    return this.f.simd(v128.bitselect, [a, b, mask])
  }
  /** The polynomial with these coefficients, the constant one first, by Horner's rule. */
  polynomial(x: Local, coefficients: readonly number[]): Local {
    let sum = this.of(coefficients.at(-1)!)
    for (let i = coefficients.length - 2; i >= 0; i--) sum = this.add(this.mul(sum, x), this.of(coefficients[i]!))
    return sum
  }
}
