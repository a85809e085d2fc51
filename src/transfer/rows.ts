import { TransferError } from './errors.js'
import { type RecordReader, recordReader } from './record-reader.js'
import { dependency } from './symbols.js'

/*
 * How many small pieces of rows travel: pairs of a key and an item, where both are primitives, or items are records or tuples
 * of primitives, all of one kind. A payload of `encode` costs more than the rows of a piece that has one or two of them, so a
 * batch is looked at as a whole, and pieces are cut out of its columns. A piece begins at a multiple of eight bytes:
 *   words     [0] kind, form << 8, columns << 16  [1] rows  [2] characters of text * 2 + 1 if UTF-16  [3] bytes of the shape
 *   shape     of records: JSON of their keys, in whole words
 *   kinds     of columns, the first of which is the keys': a byte each, in whole words
 *   columns   one after the other, see `columnKind`
 *   text      the characters of all strings, by column
 */

/** The first byte of a piece: none of those that payloads have (see format.ts). */
const PIECE = 3

/** What an item is made of. */
const form = { asKey: 0, primitive: 1, record: 2, tuple: 3 } as const

const columnKind = {
  /** a word each */
  integer: 0,
  /** at a multiple of eight: eight bytes each */
  float64: 1,
  /** characters of all, then those of each */
  text: 2,
  /** words, characters of all, then for each a tag and what it says follows */
  mixed: 3,
} as const

const mixed = { undefined: 0, null: 1, false: 2, true: 3, integer: 4, float64: 5, text: 6 } as const

/** Columns that an item may have; wider ones go through the codec. */
const MOST_COLUMNS = 64
/** Characters of a piece: strings that are cut out of its text keep all of it. */
const MOST_TEXT = 65_536
const HEAD_WORDS = 4

/** Strings up to this length are copied without leaving JavaScript. */
const SHORT = 48
const beyondLatin1 = /[^\0-\xff]/

/** Memory that pieces are written to and read from, seen as what they are made of. */
export class RowMemory {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly words: Int32Array
  readonly floats: Float64Array
  #text: Buffer | undefined

  /** All of the memory of `bytes`, which must begin at its beginning. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes
    this.words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 2)
    this.floats = new Float64Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 3)
  }

  get text(): Buffer {
    return (this.#text ??= Buffer.from(this.bytes.buffer))
  }
}

interface Column {
  readonly kind: number
  readonly values: readonly unknown[]
  /** where a string has characters beyond Latin-1; undefined: nowhere */
  readonly wide: Uint8Array | undefined
}

const one = new Float64Array(1)
const oneAsWords = new Int32Array(one.buffer)

/** Rows that were looked at, from which pieces are written. */
export class RowBatch {
  readonly #form: number
  readonly #columns: readonly Column[]
  readonly #shape: Uint8Array
  readonly #fixedWords: number
  #text = 0
  #wide = false

  private constructor(itemForm: number, columns: readonly Column[], shape: Uint8Array) {
    this.#form = itemForm
    this.#columns = columns
    this.#shape = shape
    this.#fixedWords = HEAD_WORDS + wordsOf(shape.length) + wordsOf(columns.length)
  }

  /** Undefined when these rows cannot travel so. There is at least one. */
  static of(keys: readonly unknown[], items: readonly unknown[]): RowBatch | undefined {
    const key = columnOf(keys)
    if (!key) return undefined
    const first = items[0]
    if (typeof first !== 'object' || first === null) {
      if (items.every((item, i) => Object.is(item, keys[i]))) return new RowBatch(form.asKey, [key], none)
      const column = columnOf(items)
      return column && new RowBatch(form.primitive, [key, column], none)
    }
    const names = Object.keys(first)
    if (names.length === 0 || names.length >= MOST_COLUMNS) return undefined
    const isTuple = Array.isArray(first)
    // A hole, and a name instead.
    if (isTuple && names.some((name, i) => name !== String(i))) return undefined
    const values = fieldsOf(items, names, isTuple ? Array.prototype : Object.prototype)
    // Those that are there twice are to be one object on the other side, too: the codec sees to that.
    if (!values || new Set(items).size < items.length) return undefined
    const columns: Column[] = [key]
    for (const field of values) {
      const column = columnOf(field)
      if (!column) return undefined
      columns.push(column)
    }
    return isTuple
      ? new RowBatch(form.tuple, columns, none)
      : new RowBatch(form.record, columns, Buffer.from(JSON.stringify(names)))
  }

  /** The bytes of a piece with the rows `order[from]` to `order[to - 1]`; -1: they have too much text for one. */
  measure(order: Int32Array, from: number, to: number): number {
    let words = this.#fixedWords
    this.#text = 0
    this.#wide = false
    for (const { kind, values, wide } of this.#columns) {
      if (kind === columnKind.integer) words += to - from
      else if (kind === columnKind.float64) words = ((words + 1) & ~1) + 2 * (to - from)
      else {
        words += kind === columnKind.text ? 1 + to - from : 2 + to - from
        for (let r = from; r < to; r++) {
          const row = order[r]!
          const value = values[row]
          if (typeof value === 'string') {
            this.#text += value.length
            if (wide?.[row] === 1) this.#wide = true
            if (kind === columnKind.mixed) words++
          } else if (typeof value === 'number') words += isInteger(value) ? 1 : 2
        }
      }
    }
    return this.#text > MOST_TEXT ? -1 : words * 4 + (this.#wide ? this.#text * 2 : this.#text)
  }

  /** Writes the piece that was measured last, with the same rows, at that byte of the memory. */
  write(order: Int32Array, from: number, to: number, memory: RowMemory, at: number): void {
    const { bytes, words } = memory
    const columns = this.#columns
    const shape = this.#shape
    const start = at >>> 2
    words[start] = PIECE | (this.#form << 8) | (columns.length << 16)
    words[start + 1] = to - from
    words[start + 2] = this.#text * 2 + (this.#wide ? 1 : 0)
    words[start + 3] = shape.length
    let w = start + HEAD_WORDS
    const kindsAt = w + wordsOf(shape.length)
    const columnsAt = start + this.#fixedWords
    while (w < columnsAt) words[w++] = 0
    for (let i = 0; i < shape.length; i++) bytes[(start + HEAD_WORDS) * 4 + i] = shape[i]!
    for (let c = 0; c < columns.length; c++) {
      const { kind, values } = columns[c]!
      bytes[kindsAt * 4 + c] = kind
      if (kind === columnKind.integer) {
        for (let r = from; r < to; r++) words[w++] = values[order[r]!] as number
      } else if (kind === columnKind.float64) {
        // Nothing of what was there before is to be sent.
        if (w & 1) words[w++] = 0
        for (let r = from; r < to; r++, w += 2) memory.floats[w >>> 1] = values[order[r]!] as number
      } else if (kind === columnKind.text) {
        const countAt = w++
        let characters = 0
        for (let r = from; r < to; r++) {
          const { length } = values[order[r]!] as string
          words[w++] = length
          characters += length
        }
        words[countAt] = characters
      } else w = writeMixed(values, order, from, to, words, w)
    }
    if (this.#text > 0) this.#writeText(order, from, to, memory, w * 4)
  }

  #writeText(order: Int32Array, from: number, to: number, memory: RowMemory, at: number): void {
    const { bytes } = memory
    for (const { kind, values } of this.#columns) {
      if (kind === columnKind.integer || kind === columnKind.float64) continue
      for (let r = from; r < to; r++) {
        const value = values[order[r]!]
        if (typeof value !== 'string') continue
        if (value.length > SHORT) at += memory.text.write(value, at, this.#wide ? 'utf16le' : 'latin1')
        else if (this.#wide) {
          for (let i = 0; i < value.length; i++) {
            const code = value.charCodeAt(i)
            bytes[at++] = code
            bytes[at++] = code >>> 8
          }
        } else for (let i = 0; i < value.length; i++) bytes[at++] = value.charCodeAt(i)
      }
    }
  }
}

/** Reads pieces, one after the other; those that have the same shape cost no more than their rows. */
export class RowReader {
  readonly #at = new Int32Array(MOST_COLUMNS + 1)
  readonly #kinds = new Uint8Array(MOST_COLUMNS + 1)
  /** by column, where in the text its next string begins */
  readonly #textAt = new Int32Array(MOST_COLUMNS + 1)
  readonly #shapes = new Map<string, RecordReader>()
  #shape = new Uint8Array(0)
  #records: RecordReader | undefined
  #memory!: RowMemory
  #text = ''
  #column = 0

  /** Whether what begins at that byte is a piece of rows; else it is a payload of `encode`. */
  static isPiece(bytes: Uint8Array, at: number): boolean {
    return bytes[at] === PIECE
  }

  /** Gives the rows of the piece at that byte, in order. */
  read(memory: RowMemory, at: number, length: number, take: (key: unknown, item: unknown) => void): void {
    const { words, bytes } = memory
    const start = at >>> 2
    const head = words[start]!
    const rows = words[start + 1]!
    const text = words[start + 2]!
    const shapeLength = words[start + 3]!
    const itemForm = (head >>> 8) & 0xff
    const columns = head >>> 16
    if (at + length > bytes.length || columns > MOST_COLUMNS) throw truncated()
    this.#memory = memory
    let w = start + HEAD_WORDS
    if (itemForm === form.record) this.#useShape(bytes, w * 4, shapeLength)
    w += wordsOf(shapeLength)
    const kindsAt = w * 4
    w += wordsOf(columns)
    let textAt = 0
    for (let c = 0; c < columns; c++) {
      const kind = (this.#kinds[c] = bytes[kindsAt + c]!)
      if (kind === columnKind.integer) {
        this.#at[c] = w
        w += rows
      } else if (kind === columnKind.float64) {
        w = (w + 1) & ~1
        this.#at[c] = w >>> 1
        w += rows * 2
      } else {
        this.#textAt[c] = textAt
        const isText = kind === columnKind.text
        textAt += words[isText ? w : w + 1]!
        this.#at[c] = isText ? w + 1 : w + 2
        w += isText ? 1 + rows : 2 + words[w]!
      }
    }
    const end = w * 4 + (text & 1 ? text - 1 : text >>> 1)
    if (end !== at + length) throw truncated()
    if (text > 1) this.#text = memory.text.toString(text & 1 ? 'utf16le' : 'latin1', w * 4, end)
    const records = this.#records
    for (let r = 0; r < rows; r++) {
      this.#column = 0
      const key = this.value()
      if (itemForm === form.record) take(key, records!.make(this))
      else if (itemForm === form.asKey) take(key, key)
      else if (itemForm === form.primitive) take(key, this.value())
      else {
        const tuple: unknown[] = []
        for (let c = 1; c < columns; c++) tuple.push(this.value())
        take(key, tuple)
      }
    }
  }

  /** The value of the next column, in the row that is being read. */
  value(): unknown {
    const c = this.#column++
    switch (this.#kinds[c]) {
      case columnKind.integer:
        return this.#memory.words[this.#at[c]!++]
      case columnKind.float64:
        return this.#memory.floats[this.#at[c]!++]
      case columnKind.text:
        return this.#string(c)
      default:
        return this.#mixed(c)
    }
  }

  #string(c: number): string {
    const from = this.#textAt[c]!
    const to = (this.#textAt[c] = from + this.#memory.words[this.#at[c]!++]!)
    return this.#text.substring(from, to)
  }

  #mixed(c: number): unknown {
    const { words } = this.#memory
    switch (words[this.#at[c]!++]) {
      case mixed.undefined:
        return undefined
      case mixed.null:
        return null
      case mixed.false:
        return false
      case mixed.true:
        return true
      case mixed.integer:
        return words[this.#at[c]!++]
      case mixed.float64:
        oneAsWords[0] = words[this.#at[c]!++]!
        oneAsWords[1] = words[this.#at[c]!++]!
        return one[0]
      default:
        return this.#string(c)
    }
  }

  /** Takes the shape that stands there, which most often is the one before. */
  #useShape(bytes: Uint8Array, at: number, length: number): void {
    const known = this.#shape
    if (known.length === length && length > 0) {
      let i = 0
      while (i < length && known[i] === bytes[at + i]) i++
      if (i === length) return
    }
    this.#shape = bytes.slice(at, at + length)
    const names = Buffer.from(this.#shape.buffer).toString()
    let records = this.#shapes.get(names)
    if (!records) this.#shapes.set(names, (records = recordReader(JSON.parse(names) as string[])))
    this.#records = records
  }
}

const none = new Uint8Array(0)

function wordsOf(bytes: number): number {
  return (bytes + 3) >>> 2
}

/** The values of each field of items that have these own properties, in this order, and no others. */
function fieldsOf(items: readonly unknown[], names: readonly string[], prototype: object): unknown[][] | undefined {
  const fields = names.map(() => new Array<unknown>(items.length))
  for (let i = 0; i < items.length; i++) {
    const item = items[i]
    if (typeof item !== 'object' || item === null || Object.getPrototypeOf(item) !== prototype) return undefined
    if ((item as { [dependency]?: unknown })[dependency] !== undefined) return undefined
    if (prototype === Array.prototype && (item as unknown[]).length !== names.length) return undefined
    const own = Object.keys(item)
    if (own.length !== names.length) return undefined
    for (let f = 0; f < names.length; f++) {
      if (own[f] !== names[f]) return undefined
      fields[f]![i] = (item as Record<string, unknown>)[own[f]!]
    }
  }
  return fields
}

/** Undefined when not all are primitives that have a place in a column. */
function columnOf(values: readonly unknown[]): Column | undefined {
  let integers = true
  let numbers = true
  let texts = true
  let wide: Uint8Array | undefined
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value === 'number') {
      texts = false
      if (integers && !isInteger(value)) integers = false
    } else if (typeof value === 'string') {
      integers = numbers = false
      if (isWide(value)) (wide ??= new Uint8Array(values.length))[i] = 1
    } else if (value === null || value === undefined || typeof value === 'boolean') integers = numbers = texts = false
    else return undefined
  }
  const kind = integers ? columnKind.integer : numbers ? columnKind.float64 : texts ? columnKind.text : columnKind.mixed
  return { kind, values, wide }
}

function isInteger(value: number): boolean {
  return (value | 0) === value && (value !== 0 || 1 / value > 0)
}

function isWide(text: string): boolean {
  if (text.length > SHORT) return beyondLatin1.test(text)
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return true
  return false
}

function writeMixed(
  values: readonly unknown[],
  order: Int32Array,
  from: number,
  to: number,
  words: Int32Array,
  at: number,
): number {
  let w = at + 2
  let characters = 0
  for (let r = from; r < to; r++) {
    const value = values[order[r]!]
    if (typeof value === 'string') {
      words[w++] = mixed.text
      words[w++] = value.length
      characters += value.length
    } else if (typeof value === 'number') {
      if (isInteger(value)) {
        words[w++] = mixed.integer
        words[w++] = value
      } else {
        one[0] = value
        words[w++] = mixed.float64
        words[w++] = oneAsWords[0]!
        words[w++] = oneAsWords[1]!
      }
    } else words[w++] = value === undefined ? mixed.undefined : value === null ? mixed.null : value ? mixed.true : mixed.false
  }
  words[at] = w - at - 2
  words[at + 1] = characters
  return w
}

function truncated(): TransferError {
  return new TransferError('Cannot decode: a piece of rows is damaged. Send its bytes whole and unchanged.')
}
