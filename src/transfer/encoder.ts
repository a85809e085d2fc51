import { hasHole, hasNamedProperties, isIndex, onlyIntegers, onlyStrings } from './arrays.js'
import { ByteWriter } from './byte-writer.js'
import { CodeTable } from './code-table.js'
import { Untransferable } from './errors.js'
import type { AnyFunction } from './function-code.js'
import { FunctionEncoder } from './function-encoder.js'
import { tag } from './format.js'
import { Shapes } from './shapes.js'
import { dependency } from './symbols.js'
import { encodeObject } from './object-encoder.js'
import { type Known, decodedReference, knownObject } from './known-values.js'
import { symbolName } from './intrinsics.js'

export interface EncodeOptions {
  /** What is encoded, for messages: "argument 2 of inc", "the result of inc". */
  subject?: string
  /**
   * Called for each object that carries the symbol `dependency`; returns the number that stands for it.
   * Without it such an object is an error.
   */
  reference?: (value: object) => number
  /**
   * Where to put the bytes: called once with the exact size, gives a view of that length (possibly over a
   * SharedArrayBuffer) that starts 8-aligned. Default: a new Uint8Array.
   */
  allocate?: (byteLength: number) => Uint8Array
}

const smallest = -(2n ** 63n)
const largest = 2n ** 63n - 1n
const none = new Uint32Array(0)
const scratch: ByteWriter[] = []

interface Dependency {
  [dependency](): string | undefined
}

/**
 * One walk over a value that writes its payload. Objects are numbered in the order in which they are met, so that
 * cycles and shared objects stay what they are.
 */
export class Encoder {
  readonly out: ByteWriter
  readonly options: EncodeOptions
  /** true: leave out what differs between equal values (places in files, identities of classes) */
  readonly hashing: boolean
  #code: CodeTable | undefined
  #functions: FunctionEncoder | undefined
  readonly #shapes = new Shapes()
  readonly #numbers = new Map<object, number>()
  #shared: Set<number> | undefined
  #open: Map<object, string> | undefined

  constructor(options: EncodeOptions, hashing: boolean) {
    this.options = options
    this.hashing = hashing
    this.out = scratch.pop() ?? new ByteWriter()
  }

  get code(): CodeTable {
    return (this.#code ??= new CodeTable(this.hashing))
  }

  get functions(): FunctionEncoder {
    return (this.#functions ??= new FunctionEncoder(this))
  }

  /** The payload; or throws, and the scratch memory is given back in both cases. */
  run(value: unknown): Uint8Array {
    try {
      this.value(value)
      this.#functions?.finish()
      return this.out.finish(this.#sharedNumbers(), this.#code?.text() ?? '', this.options.allocate ?? ((n) => new Uint8Array(n)))
    } finally {
      this.#functions?.close()
      this.out.reset()
      if (scratch.length < 2) scratch.push(this.out)
    }
  }

  #sharedNumbers(): Uint32Array {
    return this.#shared === undefined ? none : Uint32Array.from(this.#shared).sort()
  }

  value(value: unknown): void {
    const out = this.out
    switch (typeof value) {
      case 'string':
        out.byte(tag.string)
        out.string(value)
        return
      case 'number':
        this.number(value)
        return
      case 'boolean':
        out.byte(value ? tag.true : tag.false)
        return
      case 'undefined':
        out.byte(tag.undefined)
        return
      case 'bigint':
        this.bigint(value)
        return
      case 'symbol':
        this.symbol(value)
        return
      case 'function':
        if (this.isNew(value)) {
          if ((value as { [dependency]?: unknown })[dependency] === undefined) this.functions.write(value as AnyFunction)
          else this.#dependency(value as unknown as Dependency)
        }
        return
      default:
        if (value === null) out.byte(tag.null)
        else if (this.isNew(value as object)) this.#object(value as object)
    }
  }

  /** False if the object was met before; then the reference to it is written. */
  isNew(value: object): boolean {
    const number = this.#numbers.get(value)
    if (number === undefined) {
      this.#numbers.set(value, this.#numbers.size)
      return true
    }
    const reason = this.#open?.get(value)
    if (reason !== undefined) throw new Untransferable(reason, 'Break the circle.', value, true)
    this.again(number)
    return false
  }

  again(number: number): void {
    this.#shared ??= new Set()
    this.#shared.add(number)
    this.out.byte(tag.again)
    this.out.unsigned(number)
  }

  /** The number of an object that was met before. */
  met(value: unknown): number | undefined {
    return this.#numbers.get(value as object)
  }

  /** True within `closed` for that object. */
  isOpen(value: unknown): boolean {
    return this.#open?.has(value as object) === true
  }

  /** Runs `write` for parts of a value that is complete only after them: within, nothing may lead back to it. */
  closed(value: object, reason: string, write: () => void): void {
    this.#open ??= new Map()
    this.#open.set(value, reason)
    write()
    this.#open.delete(value)
  }

  /** Throws what encoding a value would throw, without a trace in this payload. */
  trial(value: unknown): void {
    new Encoder({ ...this.options, allocate: (n) => new Uint8Array(n), reference: () => 0 }, this.hashing).run(value)
  }

  number(value: number): void {
    const out = this.out
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      if (value >= 0 && value < 128) out.byte(tag.smallInteger + value)
      else {
        out.byte(tag.integer)
        out.unsigned(value < 0 ? -(value + 1) * 2 + 1 : value * 2)
      }
    } else {
      out.byte(tag.float64)
      out.float64(value)
    }
  }

  bigint(value: bigint): void {
    if (value >= smallest && value <= largest) {
      this.out.byte(tag.bigint64)
      this.out.bigint64(value)
    } else {
      this.out.byte(tag.bigint)
      this.out.string(value.toString(16))
    }
  }

  symbol(value: symbol): void {
    const key = Symbol.keyFor(value)
    const name = key === undefined ? symbolName(value) : undefined
    if (key === undefined && name === undefined) {
      throw new Untransferable(`${String(value)}, a symbol that exists in this process only`, 'Use Symbol.for(name).', value)
    }
    this.out.byte(key === undefined ? tag.wellKnownSymbol : tag.registeredSymbol)
    this.out.string((key ?? name)!)
  }

  /** The own enumerable properties with string keys. */
  properties(value: object, keys = Object.keys(value)): void {
    this.#values(value, keys, this.#shapes.find(keys))
  }

  #object(value: object): void {
    if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) {
      this.array(value)
      return
    }
    if ((value as { [dependency]?: unknown })[dependency] !== undefined) {
      this.#dependency(value as Dependency)
      return
    }
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === Object.prototype) this.record(value, tag.record)
    else encodeObject(this, value, prototype)
  }

  record(value: object, as: number): void {
    const keys = Object.keys(value)
    const shape = this.#shapes.find(keys)
    const known = shape < 0 ? this.#knownAs(value, keys) : undefined
    if (known !== undefined) {
      this.functions.known(known)
      return
    }
    this.out.byte(as)
    this.#values(value, keys, shape)
  }

  /**
   * The name of a plain object, if it has one: Math, node:fs and their like are plain objects, too. One look at each new shape finds
   * them; most data need none, and to look among all that JavaScript and Node have takes 10 ms the first time.
   */
  #knownAs(value: object, keys: readonly string[]): Known | undefined {
    if (keys.length === 0) return Reflect.ownKeys(value).length > 0 ? knownObject(value) : decodedReference(value)
    if (typeof member(value, keys[0]!) !== 'function') return undefined
    // A program may have put its own function in the place of one of them.
    const mayBeBuiltIn = keys.some((key) => {
      const fn = member(value, key)
      return typeof fn === 'function' && this.functions.mayBeBuiltIn(fn)
    })
    return mayBeBuiltIn ? knownObject(value) : decodedReference(value)
  }

  #values(value: object, keys: readonly string[], shape: number): void {
    if (shape < 0) {
      this.out.unsigned(this.#shapes.add(keys))
      this.out.unsigned(keys.length)
      for (const key of keys) this.out.string(key)
    } else this.out.unsigned(shape)
    for (let i = 0; i < keys.length; i++) this.value((value as Record<string, unknown>)[keys[i]!])
  }

  array(value: readonly unknown[], elementsOnly = false): void {
    const out = this.out
    const length = value.length
    if (!elementsOnly && hasNamedProperties(value)) {
      this.#sparse(value, Object.keys(value))
      return
    }
    if (length > 0) {
      const first = value[0]
      if (typeof first === 'number') {
        const integers = onlyIntegers(value)
        if (integers !== undefined) {
          out.byte(integers ? tag.int32Array : tag.float64Array)
          out.unsigned(length)
          if (integers) out.int32s(value as number[])
          else out.float64s(value as number[])
          return
        }
      } else if (typeof first === 'string' && onlyStrings(value)) {
        out.byte(tag.stringArray)
        out.unsigned(length)
        out.strings(value as string[])
        return
      }
      if (hasHole(value)) {
        this.#sparse(value, elementsOnly ? Object.keys(value).filter(isIndex) : Object.keys(value))
        return
      }
    }
    out.byte(tag.array)
    out.unsigned(length)
    for (let i = 0; i < length; i++) this.value(value[i])
  }

  #sparse(value: readonly unknown[], keys: readonly string[]): void {
    const out = this.out
    out.byte(tag.sparseArray)
    out.unsigned(value.length)
    out.unsigned(keys.length)
    for (const key of keys) {
      if (isIndex(key)) this.number(Number(key))
      else {
        out.byte(tag.string)
        out.string(key)
      }
      this.value((value as unknown as Record<string, unknown>)[key])
    }
  }

  #dependency(value: Dependency): void {
    const refusal = value[dependency]()
    if (refusal !== undefined) throw new Untransferable(`cannot travel: ${refusal}`, '', value, true)
    if (this.options.reference === undefined) {
      throw new Untransferable(
        'a value that is still on the cluster or being computed',
        'Pass it to a task, or wait for its result.',
        value,
      )
    }
    this.out.byte(tag.dependency)
    this.out.unsigned(this.options.reference(value))
  }
}

/** What an object has itself under a name; undefined for what a getter would give. */
function member(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value
}
