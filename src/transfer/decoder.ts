import { ByteReader } from './byte-reader.js'
import { readCodeTable } from './code-table.js'
import type { CodeData } from './code-table.js'
import { tag } from './format.js'
import { decodeFunction } from './function-decoder.js'
import { decodeObject } from './object-decoder.js'
import { recordReader } from './record-reader.js'
import type { RecordReader } from './record-reader.js'
import { wellKnownSymbol } from './intrinsics.js'

export interface DecodeOptions {
  /** What stands for reference number n. */
  reference?: (index: number) => unknown
  /**
   * true: typed arrays and Buffers inside are views over `bytes`: no copy, read-only by contract, and dead when the
   * bytes are recycled. (An ArrayBuffer itself is always a copy.) Default false: memory of their own.
   */
  views?: boolean
}

/** One walk over a payload that makes its value. */
export class Decoder {
  readonly in: ByteReader
  readonly options: DecodeOptions
  readonly code: CodeData
  readonly #shapes: RecordReader[] = []
  #met: Map<number, unknown> | undefined
  #cells: Map<number, Record<string, unknown>> | undefined
  #count = 0
  #nextShared = 0

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    this.in = new ByteReader(bytes)
    this.options = options
    this.code = readCodeTable(bytes, this.in.sections)
  }

  run(): unknown {
    return this.value()
  }

  value(): unknown {
    const source = this.in
    const t = source.byte()
    if (t >= tag.smallInteger) return t - tag.smallInteger
    switch (t) {
      case tag.undefined:
        return undefined
      case tag.null:
        return null
      case tag.false:
        return false
      case tag.true:
        return true
      case tag.integer: {
        const n = source.unsigned()
        return n % 2 === 0 ? n / 2 : -(n - 1) / 2 - 1
      }
      case tag.float64:
        return source.float64()
      case tag.string:
        return source.string()
      case tag.bigint64:
        return source.bigint64()
      case tag.bigint: {
        const digits = source.string()
        return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`)
      }
      case tag.registeredSymbol:
        return Symbol.for(source.string())
      case tag.wellKnownSymbol:
        return wellKnownSymbol(source.string())
      case tag.again:
        return this.#met?.get(source.unsigned())
      case tag.array:
        return this.#array()
      case tag.float64Array:
        return this.meet(source.float64s(source.unsigned()))

      case tag.int32Array:
        return this.meet(source.int32s(source.unsigned()))

      case tag.stringArray:
        return this.meet(source.strings(source.unsigned()))

      case tag.record:
        return this.#record()
      case tag.function:
      case tag.class:
      case tag.boundFunction:
      case tag.reference:
      case tag.intrinsic:
      case tag.require:
      case tag.dynamicImport:
        return decodeFunction(this, t)
      default:
        return decodeObject(this, t)
    }
  }

  /**
   * Counts an object; to be called for each before its parts are read. Gives its number if something refers to it
   * again, else -1: only those are kept, so that many records cost no table.
   */
  count(): number {
    const number = this.#count++
    const shared = this.in.shared
    if (this.#nextShared >= shared.length || shared[this.#nextShared] !== number) return -1
    this.#nextShared++
    return number
  }

  /** Gives the object with a number of `count` to whoever refers to it. */
  remember(number: number, value: unknown): void {
    if (number < 0) return
    this.#met ??= new Map()
    this.#met.set(number, value)
  }

  /** `count` and `remember` for an object that is complete, or that can be filled later. */
  meet<T>(value: T): T {
    this.remember(this.count(), value)
    return value
  }

  /** A shape and its values, set on `target`. */
  properties<T extends object>(target: T): T {
    this.#shape().fill(this, target)
    return target
  }

  /** The variables that the functions of a group share. */
  cells(group: number): Record<string, unknown> {
    this.#cells ??= new Map()
    let cells = this.#cells.get(group)
    if (cells === undefined) this.#cells.set(group, (cells = Object.create(null) as Record<string, unknown>))
    return cells
  }

  #record(): unknown {
    const number = this.count()
    const shape = this.#shape()
    if (number < 0) return shape.make(this)
    const record = {}
    this.remember(number, record)
    shape.fill(this, record)
    return record
  }

  #shape(): RecordReader {
    const index = this.in.unsigned()
    let shape = this.#shapes[index]
    if (shape === undefined) {
      const keys = this.in.strings(this.in.unsigned())
      this.#shapes[index] = shape = recordReader(keys)
    }
    return shape
  }

  #array(): unknown[] {
    const number = this.count()
    const length = this.in.unsigned()
    const values = new Array<unknown>(length)
    this.remember(number, values)
    for (let i = 0; i < length; i++) values[i] = this.value()
    return values
  }
}
