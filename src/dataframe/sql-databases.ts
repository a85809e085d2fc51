import { ArgumentError, describe } from '../base/index.js'
import { type Connection, type Driver, type DriverColumn, connect } from '../drivers/index.js'
import type { ComputeOptions } from '../expr/index.js'
import { batchSource } from './batch-source.js'
import { DataFrame } from './data-frame.js'
import { DataFrameError, missingColumn } from './errors.js'
import { execute } from './execute.js'
import { piecesSource } from './physical/read-pieces.js'
import type { Relation } from './plan/relation.js'
import { classOf } from './plan/type.js'
import type { AnyRow } from './readers.js'
import { type SqlPartitioning, rangesOf, readSqlPiece, sqlColumns, sqlRows, travellingUrl } from './sql-pieces.js'
import type { Columns } from './types.js'

/** What is read of a table. */
export interface ReadSqlOptions extends Partial<SqlPartitioning> {
  /** these columns only */
  readonly columns?: readonly string[]
}

/**
 * The rows of a table of a database. Its columns are asked for now, its rows when something is computed: 10,000 at a time
 * from one transaction, with nothing lost of dates and 64-bit integers. `numeric` of PostgreSQL becomes number.
 *
 * With `partitionBy`, several processes read it: each range of a column over a connection and in a transaction of its own, so the
 * table should not change meanwhile. They get the URL, with what password is in it, over the cluster's own connections.
 *
 * @param connection `postgres://…`, `sqlite:path`, a client of pg, or a database of sql.js
 * @throws DatabaseError where the database does not answer as expected; MissingDriver where its package is not installed
 * @example const people = await readSqlTable<{ name: string; age: number }>('people', 'postgres://localhost/town')
 */
export async function readSqlTable<S extends object = AnyRow>(
  table: string,
  connection: Connection,
  { columns, ...partitioning }: ReadSqlOptions = {},
): Promise<DataFrame<Columns<S>>> {
  return withDriver(connection, async (driver) => {
    if (!(await driver.hasTable(table))) throw new DataFrameError(`readSqlTable: ${driver.name} has no table "${table}"`)
    const all = await driver.describe(`SELECT * FROM ${driver.quote(table)}`)
    for (const name of columns ?? [])
      if (!all.some((each) => each.name === name)) throw missingColumn(name, all, `readSqlTable: ${table}`)
    const list = columns === undefined ? '*' : columns.map((name) => driver.quote(name)).join(', ')
    const statement = `SELECT ${list} FROM ${driver.quote(table)}`
    const { partitionBy } = partitioning
    if (partitionBy === undefined) {
      if (partitioning.partitions !== undefined || partitioning.bounds !== undefined)
        throw new ArgumentError('readSqlTable: partitions are ranges of a column: name it with `partitionBy`')
      return frameOf(driver, connection, statement, `table ${table}`)
    }
    const column = all.find(({ name }) => name === partitionBy)
    if (column === undefined) throw missingColumn(partitionBy, all, `readSqlTable: ${table}`)
    const url = travellingUrl(connection)
    const ranges = await rangesOf(driver, table, column, { ...partitioning, partitionBy })
    const pieces = ranges.map((range) => `${statement} WHERE ${range}`)
    return frameOf(driver, connection, statement, `table ${table}`, { url, pieces })
  })
}

/**
 * What a statement of a database's own SQL gives.
 *
 * @example const old = await readSqlQuery('SELECT name FROM people WHERE age > 80', client)
 */
export async function readSqlQuery<S extends object = AnyRow>(
  statement: string,
  connection: Connection,
): Promise<DataFrame<Columns<S>>> {
  return withDriver(connection, (driver) => frameOf(driver, connection, statement, 'query'))
}

/** `readSqlQuery` of what begins with SELECT or WITH, else `readSqlTable`. */
export async function readSql<S extends object = AnyRow>(
  tableOrStatement: string,
  connection: Connection,
  options: ReadSqlOptions = {},
): Promise<DataFrame<Columns<S>>> {
  return /^\s*(select|with)\s/i.test(tableOrStatement)
    ? readSqlQuery<S>(tableOrStatement, connection)
    : readSqlTable<S>(tableOrStatement, connection, options)
}

async function withDriver<T>(connection: Connection, work: (driver: Driver) => Promise<T>): Promise<T> {
  const driver = await connect(connection)
  let result: T
  try {
    result = await work(driver)
  } catch (error) {
    await driver.close().catch(() => undefined)
    throw error
  }
  await driver.close()
  return result
}

async function frameOf<S extends object>(
  driver: Driver,
  connection: Connection,
  statement: string,
  label: string,
  apart?: { readonly url: string; readonly pieces: readonly string[] },
): Promise<DataFrame<Columns<S>>> {
  const found = await driver.describe(statement)
  const rows = () => sqlRows(connection, statement, found)
  const source = apart
    ? piecesSource(sqlColumns(found), rows, {
        label: 'read sql',
        run: readSqlPiece,
        pieces: apart.pieces,
        shared: { url: apart.url, columns: found },
      })
    : batchSource(sqlColumns(found), rows)
  const columns = found.map(({ name, type }) => ({ name, type: { sql: type } }))
  return new DataFrame<Columns<S>>({ kind: 'table', label: `${label} of ${driver.name}`, source, columns })
}

export interface WriteSqlOptions extends ComputeOptions {
  /** what is done where there is such a table: an error (unless told), another one in its place, or rows behind those it has */
  readonly ifExists?: 'fail' | 'replace' | 'append'
}

const rowsAtOnce = 10_000

/** Writes the rows of a plan into a table of a database, in one transaction. */
export async function writeSql(plan: Relation, table: string, connection: Connection, options: WriteSqlOptions): Promise<void> {
  const { ifExists = 'fail' } = options
  if (!['fail', 'replace', 'append'].includes(ifExists))
    throw new ArgumentError(`toSql: ifExists is fail, replace or append, not ${describe(ifExists)}`)
  const odd = plan.columns.find(({ type }) => ['list', 'struct', 'other'].includes(classOf(type)))
  if (odd !== undefined)
    throw new DataFrameError(
      `toSql: "${odd.name}" is ${odd.type.sql}, which has no counterpart in other databases. Make it text first, or leave it out.`,
    )
  await withDriver(connection, async (driver) => {
    const exists = await driver.hasTable(table)
    if (exists && ifExists === 'fail')
      throw new DataFrameError(
        `toSql: ${driver.name} has a table "${table}" already. Say what is to be done: { ifExists: 'replace' } or { ifExists: 'append' }`,
      )
    const columns = plan.columns.map(({ name, type }): DriverColumn => ({ name, type: type.sql, text: false }))
    const definition = columns.map(({ name, type }) => `${driver.quote(name)} ${driver.typeFor(type)}`).join(', ')
    const before = [
      ...(exists && ifExists === 'replace' ? [`DROP TABLE ${driver.quote(table)}`] : []),
      ...(exists && ifExists === 'append' ? [] : [`CREATE TABLE ${driver.quote(table)} (${definition})`]),
    ]
    await driver.write(table, columns, before, writtenRows(plan, options))
  })
}

/** Dates go as text, with their microseconds; 64-bit integers as they are. */
async function* writtenRows(plan: Relation, options: ComputeOptions): AsyncGenerator<readonly (readonly unknown[])[]> {
  const rows = await execute(asWritten(plan), options, options.optimize)
  const columns: (readonly unknown[])[] = []
  for (const { name } of plan.columns) columns.push(await rows.read(name, true))
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const end = Math.min(rows.length, from + rowsAtOnce)
    yield Array.from({ length: end - from }, (_, i) => columns.map((column) => column[from + i]))
  }
}

function asWritten(plan: Relation): Relation {
  const texts = new Set(['date', 'decimal'])
  const values = plan.columns.map(({ name, type }) => {
    const of = { kind: 'column', name, type } as const
    return [
      name,
      texts.has(classOf(type)) || type.sql === 'UUID' ? ({ kind: 'cast', arg: of, type: { sql: 'VARCHAR' } } as const) : of,
    ] as const
  })
  return {
    kind: 'project',
    input: plan,
    values,
    columns: plan.columns.map(({ name }, i) => ({ name, type: values[i]![1].type })),
  }
}
