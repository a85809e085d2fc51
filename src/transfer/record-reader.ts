import { Lru } from './lru.js'

interface Values {
  value(): unknown
}

/** Makes the records of one key list. */
export interface RecordReader {
  make(source: Values): object
  fill(source: Values, target: object): void
}

/** So many records of a kind pay for compiling its own reader, which is several times faster than setting key by key. */
const worthwhile = 32
const mostKeys = 128
const readers = new Lru<string, RecordReader>(1000)

export function recordReader(keys: readonly string[]): RecordReader {
  const id = JSON.stringify(keys)
  let reader = readers.get(id)
  if (reader === undefined) readers.set(id, (reader = new KeyedReader(keys)))
  return reader
}

class KeyedReader implements RecordReader {
  readonly #keys: readonly string[]
  #made = 0
  #compiled: ((source: Values) => object) | undefined

  constructor(keys: readonly string[]) {
    this.#keys = keys
  }

  make(source: Values): object {
    if (this.#compiled !== undefined) return this.#compiled(source)
    if (++this.#made === worthwhile && this.#keys.length <= mostKeys) this.#compiled = compile(this.#keys)
    const record = {}
    this.fill(source, record)
    return record
  }

  fill(source: Values, target: object): void {
    for (const key of this.#keys) define(target, key, source.value())
  }
}

/** Sets an own property, whatever the prototype says about its name. */
export function define(target: object, key: PropertyKey, value: unknown): void {
  if (key in target && !Object.hasOwn(target, key)) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  } else (target as Record<PropertyKey, unknown>)[key] = value
}

function compile(keys: readonly string[]): ((source: Values) => object) | undefined {
  const fields = keys.map((key) => `${key === '__proto__' ? '["__proto__"]' : JSON.stringify(key)}:s.value()`)
  try {
    // oxlint-disable-next-line no-implied-eval, no-new-func -- the keys are string literals of JSON
    return new Function('s', `return {${fields.join(',')}}`) as (source: Values) => object
  } catch (error) {
    // --disallow-code-generation-from-strings: key by key, then.
    if (error instanceof EvalError) return undefined
    throw error
  }
}
