import { HeddleError } from '../base/index.js'

/** A column cannot be sent or kept on disk without loss. */
export class UntransferableType extends HeddleError {
  static {
    UntransferableType.prototype.name = 'UntransferableType'
  }
}

type Parsed =
  | { readonly kind: 'leaf'; readonly name: string }
  | { readonly kind: 'list'; readonly item: Parsed; readonly size: string }
  | { readonly kind: 'struct' | 'union'; readonly fields: readonly (readonly [name: string, type: Parsed])[] }
  | { readonly kind: 'map'; readonly key: Parsed; readonly value: Parsed }

/** Leaves that a Parquet file gives back as they are. */
const kept = new Set(
  `BOOLEAN TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER UBIGINT FLOAT DOUBLE VARCHAR BLOB DATE TIME TIME_NS TIMESTAMP
  TIMESTAMP_NS UUID JSON VARIANT`.split(/\s+/),
)
kept.add('TIMESTAMP WITH TIME ZONE')

/** What other leaves are written as: Parquet would round 128-bit integers and intervals, and forgets what a text stands for. */
const written: Readonly<Record<string, string>> = {
  HUGEINT: 'VARCHAR',
  UHUGEINT: 'VARCHAR',
  BIGNUM: 'VARCHAR',
  BIT: 'VARCHAR',
  INTERVAL: 'VARCHAR',
  'TIME WITH TIME ZONE': 'VARCHAR',
  TIMESTAMP_S: 'TIMESTAMP',
  TIMESTAMP_MS: 'TIMESTAMP',
  '"NULL"': 'INTEGER',
}

/**
 * The SQL that turns a column into one that a Parquet file keeps without loss.
 *
 * @throws UntransferableType for types of which that is not known
 */
export function toWire(sql: string, type: string): string {
  const parsed = parseType(type)
  if (parsed.kind === 'union') {
    const members = parsed.fields.map(
      ([name, of], i) => `m${i} := ${toWire(`union_extract(${sql}, ${text(name)})`, typeSql(of))}`,
    )
    return `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(tag := CAST(union_tag(${sql}) AS VARCHAR), ${members.join(', ')}) END`
  }
  const wire = wireType(parsed, type)
  return wire === typeSql(parsed) ? sql : `CAST(${sql} AS ${wire})`
}

/** The SQL that turns what `toWire` gave into the column that it was. */
export function fromWire(sql: string, type: string): string {
  const parsed = parseType(type)
  if (parsed.kind === 'union') {
    const members = parsed.fields.map(
      ([name, of], i) =>
        `WHEN ${text(name)} THEN CAST(union_value(${quoted(name)} := ${fromWire(`${sql}.m${i}`, typeSql(of))}) AS ${type})`,
    )
    return `CASE ${sql}.tag ${members.join(' ')} END`
  }
  return wireType(parsed, type) === typeSql(parsed) ? sql : `CAST(${sql} AS ${type})`
}

function wireType(type: Parsed, whole: string): string {
  switch (type.kind) {
    case 'list':
      return `${wireType(type.item, whole)}[]`
    case 'struct':
      return `STRUCT(${type.fields.map(([name, of]) => `${quoted(name)} ${wireType(of, whole)}`).join(', ')})`
    case 'map':
      return `MAP(${wireType(type.key, whole)}, ${wireType(type.value, whole)})`
    case 'union':
      throw new UntransferableType(`A column of type ${whole} cannot be sent to other processes: a union inside of another type`)
    case 'leaf': {
      const { name } = type
      if (kept.has(name) || name.startsWith('DECIMAL')) return name
      if (name.startsWith('ENUM')) return 'VARCHAR'
      const as = written[name]
      if (as !== undefined) return as
      throw new UntransferableType(
        `A column of type ${whole} cannot be sent to other processes: ${name} has no lossless form. Convert it with assign() first.`,
      )
    }
  }
}

function typeSql(type: Parsed): string {
  switch (type.kind) {
    case 'leaf':
      return type.name
    case 'list':
      return `${typeSql(type.item)}[${type.size}]`
    case 'map':
      return `MAP(${typeSql(type.key)}, ${typeSql(type.value)})`
    default:
      return `${type.kind.toUpperCase()}(${type.fields.map(([name, of]) => `${quoted(name)} ${typeSql(of)}`).join(', ')})`
  }
}

const parsed = new Map<string, Parsed>()

function parseType(type: string): Parsed {
  let known = parsed.get(type)
  if (known === undefined) parsed.set(type, (known = new TypeParser(type).whole()))
  return known
}

/** Reads types as DuckDB writes them. */
class TypeParser {
  readonly #text: string
  #at = 0

  constructor(type: string) {
    this.#text = type
  }

  whole(): Parsed {
    const type = this.#type()
    if (this.#at < this.#text.length) throw new UntransferableType(`The type ${this.#text} is not understood`)
    return type
  }

  #type(): Parsed {
    let type = this.#base()
    for (let suffix = this.#take(/\[(\d*)\]/y); suffix; suffix = this.#take(/\[(\d*)\]/y))
      type = { kind: 'list', item: type, size: suffix[1]! }
    return type
  }

  #base(): Parsed {
    if (this.#take(/STRUCT\(/y)) return { kind: 'struct', fields: this.#fields() }
    if (this.#take(/UNION\(/y)) return { kind: 'union', fields: this.#fields() }
    if (this.#take(/MAP\(/y)) {
      const key = this.#type()
      this.#need(/, */y)
      const value = this.#type()
      this.#need(/\)/y)
      return { kind: 'map', key, value }
    }
    const leaf = this.#take(
      /ENUM\((?:'(?:[^']|'')*'(?:, *)?)*\)|DECIMAL\(\d+, *\d+\)|"(?:[^"]|"")*"|[A-Z_][A-Z_0-9]*(?: WITH TIME ZONE)?/y,
    )
    if (!leaf) throw new UntransferableType(`The type ${this.#text} is not understood`)
    return { kind: 'leaf', name: leaf[0] }
  }

  #fields(): (readonly [string, Parsed])[] {
    const fields: (readonly [string, Parsed])[] = []
    do {
      const [name] = this.#need(/"(?:[^"]|"")*"|[^\s",()]+/y)
      this.#need(/ +/y)
      fields.push([name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name, this.#type()])
    } while (this.#take(/, */y))
    this.#need(/\)/y)
    return fields
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text) ?? undefined
    if (found) this.#at = pattern.lastIndex
    return found
  }

  #need(pattern: RegExp): RegExpExecArray {
    const found = this.#take(pattern)
    if (!found) throw new UntransferableType(`The type ${this.#text} is not understood`)
    return found
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
