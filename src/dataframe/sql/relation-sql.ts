import { type Named, type Relation, inputsOf } from '../plan/relation.js'
import { type Scalar, columnsOf, dependsOnOrder, hasAggregate, hasWindow, someScalar, usesOf } from '../plan/scalar.js'
import { orderWanted } from '../plan/order.js'
import { classOf } from '../plan/type.js'
import { asOfSql } from './as-of-sql.js'
import { quoteName, quoteText } from './literal.js'
import { scalarSql, sortSql } from './scalar-sql.js'

/** A SELECT that is being written: as many steps as fit go into one. */
interface Block {
  readonly from: string
  /** what each column is here, in the order of the result */
  readonly columns: ReadonlyMap<string, string>
  /** of columns that groups are found faster by in another form: that form */
  readonly keys: ReadonlyMap<string, string>
  readonly where: readonly string[]
  readonly group: readonly string[] | undefined
  readonly having: readonly string[]
  readonly distinct: boolean
  readonly order: readonly { readonly sql: string; readonly name: string }[]
  readonly limit: number | undefined
  readonly offset: number
  /** some column is a window: what filters it stands outside */
  readonly window: boolean
}

/** The number that a row has in its input, for what depends on the order of rows. */
const rowNumberName = '__row'

/** How a statement names the tables of sources. */
export type TableNames = (relation: Relation & { kind: 'table' }) => string

/**
 * One statement that gives the rows of a relation. What it uses twice is a common table expression, computed once.
 * @param firstRow SQL of the number before that of the first row, where rows are numbered
 */
export function relationSql(root: Relation, tables: TableNames, firstRow = ''): string {
  const writer = new Writer(root, tables, firstRow)
  const select = writer.select(writer.block(root))
  const { shared } = writer
  return shared.length === 0 ? select : `WITH ${shared.join(',\n')}\n${select}`
}

class Writer {
  readonly shared: string[] = []
  readonly #tables: TableNames
  readonly #uses = new Map<Relation, number>()
  readonly #named = new Map<Relation, string>()
  readonly #ordered: ReadonlySet<Relation>
  #aliases = 0

  readonly #firstRow: string

  constructor(root: Relation, tables: TableNames, firstRow: string) {
    this.#tables = tables
    this.#firstRow = firstRow === '' ? '' : ` + ${firstRow}`
    this.#count(root)
    this.#ordered = orderWanted(root)
  }

  #count(relation: Relation): void {
    const uses = (this.#uses.get(relation) ?? 0) + 1
    this.#uses.set(relation, uses)
    if (uses === 1) inputsOf(relation).forEach((input) => this.#count(input))
  }

  block(relation: Relation): Block {
    const leaf = relation.kind === 'scan' || relation.kind === 'table'
    if (leaf || this.#uses.get(relation) === 1) return this.#own(relation)
    const names = relation.columns.map((column) => column.name)
    const ordered = this.#ordered.has(relation)
    let name = this.#named.get(relation)
    if (name === undefined) {
      const own = this.#own(relation)
      // What is computed once and read twice is read in any order: the numbers of its rows say which they had.
      const body = ordered
        ? `SELECT ${[...names.map(quoteName), rowNumberName].join(', ')} FROM ${this.#numbered(own).from}`
        : this.select(own)
      name = `shared_${this.#named.size + 1}`
      this.#named.set(relation, name)
      this.shared.push(`${name} AS MATERIALIZED (\n${indent(body)}\n)`)
    }
    const order = ordered ? [{ sql: rowNumberName, name: rowNumberName }] : []
    return { ...fresh(name, names), order }
  }

  #own(relation: Relation): Block {
    switch (relation.kind) {
      case 'scan':
        return fresh(
          scanSql(relation),
          relation.columns.map((column) => column.name),
        )
      case 'table':
        return fresh(
          this.#tables(relation),
          relation.columns.map((column) => column.name),
        )
      case 'filter':
        return this.#filterOf(relation)
      case 'project':
        return this.#project(this.block(relation.input), relation.values)
      case 'aggregate':
        return this.#aggregate(this.block(relation.input), relation)
      case 'sort':
        return this.#sort(this.block(relation.input), relation)
      case 'limit': {
        let block = this.block(relation.input)
        if (block.limit !== undefined || block.offset > 0) block = this.#wrap(block)
        return { ...block, limit: relation.count === Infinity ? undefined : relation.count, offset: relation.offset }
      }
      case 'distinct':
        return this.#distinct(this.block(relation.input), relation.on)
      case 'join':
        return this.#join(relation)
      case 'explode':
        return this.#explode(this.block(relation.input), relation.column)
      case 'asof': {
        const names = relation.columns.map((column) => column.name)
        const left = this.#subquery(unordered(this.block(relation.left)))
        const right = this.#subquery(this.#numbered(this.block(relation.right)))
        return fresh(`(\n${indent(asOfSql(relation, left, right))}\n) AS ${this.#alias()}`, names)
      }
      case 'sql': {
        const tables = relation.inputs.map((input, i) => {
          const select = this.select(this.block(input))
          return `${quoteName(relation.names[i]!)} AS (\n${indent(select)}\n)`
        })
        const text = tables.length === 0 ? relation.text : `WITH ${tables.join(',\n')}\nSELECT * FROM (\n${relation.text}\n)`
        const names = relation.columns.map((column) => column.name)
        return fresh(`(\n${indent(text)}\n) AS ${this.#alias()}`, names)
      }
      case 'union': {
        const parts = relation.inputs.map((input) => `(${this.select(this.block(input))})`)
        return fresh(
          `(\n${indent(parts.join('\nUNION ALL\n'))}\n)`,
          relation.columns.map((column) => column.name),
        )
      }
    }
  }

  /** What filters a join stands in its statement: there DuckDB compares both sides while it joins them. */
  #filterOf({ input, predicate }: Relation & { kind: 'filter' }): Block {
    if (input.kind !== 'join' || this.#uses.get(input) !== 1) return this.#filter(this.block(input), predicate)
    return this.#wrap(this.#filter(this.#joined(input), predicate))
  }

  #filter(block: Block, predicate: Scalar): Block {
    if (block.limit !== undefined || block.offset > 0 || block.distinct || block.window || this.#repeats(block, [predicate]))
      block = this.#wrap(block)
    const sql = this.#scalar(block, predicate)
    return block.group === undefined ? { ...block, where: [...block.where, sql] } : { ...block, having: [...block.having, sql] }
  }

  #project(block: Block, values: readonly Named[]): Block {
    const scalars = values.map(([, value]) => value)
    if (scalars.some(keepsOrder)) return this.#inOrder(block, values)
    const window = scalars.some(hasWindow)
    const shadows = block.order.some(({ name }) => {
      const value = values.find(([of]) => of === name)?.[1]
      return !(value?.kind === 'column' && value.name === name)
    })
    const tooMuch =
      block.distinct ||
      shadows ||
      this.#repeats(block, scalars) ||
      (window && (block.limit !== undefined || block.window || block.group))
    if (tooMuch === true || (tooMuch !== false && tooMuch !== undefined)) block = this.#wrap(block)
    const columns = new Map(values.map(([name, value]) => [name, this.#scalar(block, value)]))
    const keys = this.#keys(block, values)
    return {
      ...block,
      columns,
      keys,
      window: window || (block.window && [...columns.values()].some((sql) => sql.includes(' OVER '))),
    }
  }

  /** Windows over the rows in their order: a window gives its rows in an order of its own, so they are sorted again. */
  #inOrder(block: Block, values: readonly Named[]): Block {
    const numbered = this.#numbered(block)
    const columns = new Map(values.map(([name, value]) => [name, this.#scalar(numbered, value)]))
    return { ...numbered, columns, keys: new Map(), order: [{ sql: rowNumberName, name: rowNumberName }], window: true }
  }

  #explode(block: Block, name: string): Block {
    const list = quoteName(name)
    const names = [...block.columns.keys()]
    const items = `unnest(CASE WHEN len(${list}) > 0 THEN ${list} ELSE [NULL] END) AS ${list}`
    const select = `SELECT ${names.map((each) => (each === name ? items : quoteName(each))).join(', ')} FROM ${this.#subquery(block)}`
    return fresh(`(\n${indent(select)}\n) AS ${this.#alias()}`, names)
  }

  #subquery(block: Block): string {
    return isPlain(block) ? block.from : `(\n${indent(this.select(block))}\n) AS ${this.#alias()}`
  }

  #aggregate(block: Block, { keys, values }: Relation & { kind: 'aggregate' }): Block {
    const scalars = [...keys, ...values].map(([, value]) => value)
    if (scalars.some(dependsOnOrder)) block = this.#numbered(block)
    else if (
      block.limit !== undefined ||
      block.offset > 0 ||
      block.distinct ||
      block.window ||
      block.group ||
      this.#repeats(block, scalars)
    )
      block = this.#wrap(unordered(block))
    const columns = new Map([...keys, ...values].map(([name, value]) => [name, this.#scalar(block, value)]))
    const better = this.#keys(block, keys)
    const group = keys.map(([name, value]) => better.get(name) ?? this.#scalar(block, value))
    return { ...block, columns, keys: new Map(), group, order: [], window: false }
  }

  /** See `Block.keys`, of some values over a block. */
  #keys(block: Block, values: readonly Named[]): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    for (const [name, value] of values) {
      const by = groupedBy(value)
      const known = value.kind === 'column' ? block.keys.get(value.name) : by === value ? undefined : this.#scalar(block, by)
      if (known !== undefined) found.set(name, known)
    }
    return found
  }

  #sort(block: Block, { by }: Relation & { kind: 'sort' }): Block {
    const named = by.every((key) => key.by.kind === 'column')
    if (block.limit !== undefined || block.offset > 0 || !named) block = this.#wrap(block)
    if (!named) {
      const order = by.map((key) => ({ sql: sortSql(key, this.#scalar(block, key.by)), name: [...columnsOf(key.by)].join() }))
      return { ...block, order }
    }
    const order = by.map((key) => {
      const { name } = key.by as Scalar & { kind: 'column' }
      return { sql: sortSql(key, quoteName(name)), name }
    })
    return { ...block, order }
  }

  #distinct(block: Block, on: readonly string[] | undefined): Block {
    if (on === undefined) {
      if (block.limit !== undefined || block.offset > 0 || block.group || block.order.length > 0) block = this.#wrap(block)
      return { ...block, distinct: true }
    }
    const names = [...block.columns.keys()]
    const from = this.#numbered(block).from
    const keys = on.map(quoteName).join(', ')
    const alias = this.#alias()
    const select = `SELECT ${names.map(quoteName).join(', ')} FROM ${from} QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ${rowNumberName}) = 1 ORDER BY ${rowNumberName}`
    return fresh(`(\n${indent(select)}\n) AS ${alias}`, names)
  }

  #join(relation: Relation & { kind: 'join' }): Block {
    // Outside, the columns have plain names again.
    return this.#wrap(this.#joined(relation))
  }

  #joined(relation: Relation & { kind: 'join' }): Block {
    const side = (input: Relation, alias: string): string => {
      const block = unordered(this.block(input))
      return isPlain(block) && /^[\w]+$/.test(block.from)
        ? `${block.from} AS ${alias}`
        : `(\n${indent(this.select(block))}\n) AS ${alias}`
    }
    const left = side(relation.left, 'l')
    const right = side(relation.right, 'r')
    const on = relation.on.map(([a, b]) => `l.${quoteName(a)} = r.${quoteName(b)}`).join(' AND ')
    const word = {
      inner: 'JOIN',
      left: 'LEFT JOIN',
      right: 'RIGHT JOIN',
      full: 'FULL JOIN',
      semi: 'SEMI JOIN',
      anti: 'ANTI JOIN',
      cross: 'CROSS JOIN',
    }
    const columns = new Map(
      relation.takes.map(({ name, side: from, from: source, other }) => {
        const l = `l.${quoteName(source)}`
        const r = `r.${quoteName(from === 'key' ? other! : source)}`
        if (from === 'left') return [name, l]
        if (from === 'right') return [name, r]
        return [name, relation.how === 'right' ? r : relation.how === 'full' ? `coalesce(${l}, ${r})` : l]
      }),
    )
    const from = `${left}\n${word[relation.how]} ${right}${relation.how === 'cross' ? '' : ` ON ${on}`}`
    return { ...fresh(from, []), columns }
  }

  /** True if some value that takes work would be written twice. */
  #repeats(block: Block, scalars: readonly Scalar[]): boolean {
    for (const [name, uses] of usesOf(scalars)) {
      const sql = block.columns.get(name)
      if (sql !== undefined && sql !== quoteName(name) && uses > 1 && /[( ]/.test(sql)) return true
    }
    // An aggregate or a window cannot stand inside an aggregate.
    return scalars.some(hasAggregate) && [...usesOf(scalars).keys()].some((name) => / OVER /.test(block.columns.get(name) ?? ''))
  }

  #scalar(block: Block, scalar: Scalar): string {
    return scalarSql(scalar, (name) => block.columns.get(name) ?? quoteName(name))
  }

  #numbered(block: Block): Block {
    const inner = this.#subquery(block)
    const names = [...block.columns.keys()]
    const select = `SELECT ${names.map(quoteName).join(', ')}, row_number() OVER ()${this.#firstRow} AS ${rowNumberName} FROM ${inner}`
    return fresh(`(\n${indent(select)}\n) AS ${this.#alias()}`, names)
  }

  #wrap(block: Block): Block {
    if (isPlain(block)) return block
    return fresh(`(\n${indent(this.select(block))}\n) AS ${this.#alias()}`, [...block.columns.keys()])
  }

  #alias(): string {
    return `t${++this.#aliases}`
  }

  select(block: Block): string {
    const list = [...block.columns].map(([name, sql]) => (sql === quoteName(name) ? sql : `${sql} AS ${quoteName(name)}`))
    const lines = [`SELECT ${block.distinct ? 'DISTINCT ' : ''}${list.join(', ')}`, `FROM ${block.from}`]
    if (block.where.length > 0)
      lines.push(
        `WHERE ${block.where.map((sql) => (/ OR /.test(sql) && block.where.length > 1 ? `(${sql})` : sql)).join(' AND ')}`,
      )
    if (block.group && block.group.length > 0) lines.push(`GROUP BY ${block.group.join(', ')}`)
    if (block.having.length > 0)
      lines.push(
        `HAVING ${block.having.map((sql) => (/ OR /.test(sql) && block.having.length > 1 ? `(${sql})` : sql)).join(' AND ')}`,
      )
    if (block.order.length > 0) lines.push(`ORDER BY ${block.order.map(({ sql }) => sql).join(', ')}`)
    if (block.limit !== undefined) lines.push(`LIMIT ${block.limit}`)
    if (block.offset > 0) lines.push(`OFFSET ${block.offset}`)
    return lines.join('\n')
  }
}

function fresh(from: string, names: readonly string[]): Block {
  const columns = new Map(names.map((name) => [name, quoteName(name)]))
  return {
    from,
    columns,
    keys: new Map(),
    where: [],
    group: undefined,
    having: [],
    distinct: false,
    order: [],
    limit: undefined,
    offset: 0,
    window: false,
  }
}

/** What groups are found by: of a small integer as a number the integer, which is the faster key. */
function groupedBy(key: Scalar): Scalar {
  return key.kind === 'cast' && key.type.sql === 'DOUBLE' && isSmallInteger(key.arg) ? key.arg : key
}

const clockParts = new Set([
  'year',
  'quarter',
  'month',
  'week',
  'day',
  'isodow',
  'dayofweek',
  'dayofyear',
  'hour',
  'minute',
  'second',
])

/** True of integers that are different numbers where they are different. */
function isSmallInteger(scalar: Scalar): boolean {
  if (classOf(scalar.type) === 'integer' && scalar.kind === 'column') return true
  if (scalar.kind !== 'call') return false
  if (scalar.name === '+' || scalar.name === '-')
    return (
      scalar.args.every((arg) => isSmallInteger(arg) || (arg.kind === 'literal' && Number.isInteger(arg.value))) &&
      scalar.type.sql === 'BIGINT'
    )
  return scalar.type.sql === 'BIGINT' && clockParts.has(scalar.name)
}

/** Nothing but the columns of what it selects from, as they are. */
function isPlain(block: Block): boolean {
  const { where, group, having, distinct, order, limit, offset, columns } = block
  const steps = where.length + having.length + order.length + offset
  return steps === 0 && !group && !distinct && limit === undefined && [...columns].every(([name, sql]) => sql === quoteName(name))
}

/** True if some value is a window over all rows, or over rows in some order: its rows stay in their order. */
function keepsOrder(scalar: Scalar): boolean {
  return someScalar(scalar, (part) => part.kind === 'window' && (part.by.length === 0 || part.order.length > 0))
}

/** The same rows for who does not look at their order. */
function unordered(block: Block): Block {
  return block.limit === undefined && block.offset === 0 ? { ...block, order: [] } : block
}

export function scanSql({ format, files, options }: Pick<Relation & { kind: 'scan' }, 'format' | 'files' | 'options'>): string {
  const list = files.length === 1 ? quoteText(files[0]!) : `[${files.map(quoteText).join(', ')}]`
  const reader = { parquet: 'read_parquet', csv: 'read_csv', json: 'read_json' }[format]
  return `${reader}(${[list, ...options].join(', ')})`
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
