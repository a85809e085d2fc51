import { resolve } from 'node:path'
import { ArgumentError, describe } from '../base/index.js'
import { type Connection, type Driver, type DriverColumn, connect } from '../drivers/index.js'
import type { TaskContext } from '../graph/index.js'
import { operation } from '../transfer/index.js'
import type { TableValue } from '../duckdb/index.js'
import type { BatchColumn, BatchRows } from './batch-source.js'
import { tableOfBatches } from './physical/read-pieces.js'

/** How the rows of a table are divided among processes. */
export interface SqlPartitioning {
  /** the column whose ranges are the partitions: integers, numbers, or dates; one with an index makes it fast */
  readonly partitionBy: string
  /** how many ranges of equal width there are between its least and its largest value */
  readonly partitions?: number
  /** instead of `partitions`: the values where ranges begin, without the first; ascending */
  readonly bounds?: readonly (number | bigint | string | Date)[]
}

/** What is known of the statements that read a table's partitions. */
export interface SqlPieces {
  readonly url: string
  readonly columns: readonly DriverColumn[]
}

/** The columns of what a database gives. */
export function sqlColumns(found: readonly DriverColumn[]): BatchColumn[] {
  return found.map(({ name, type, text }) => ({ name, type, stored: text ? 'VARCHAR' : type }))
}

/** The rows of a statement, over a connection that ends with them. */
export async function* sqlRows(
  connection: Connection,
  statement: string,
  columns: readonly DriverColumn[],
): AsyncGenerator<BatchRows> {
  const driver = await connect(connection)
  try {
    yield* driver.rows(statement, columns)
  } finally {
    await driver.close()
  }
}

/** Runs as a task: the rows of a statement, as a table. */
export const readSqlPiece = operation(
  import.meta.url,
  'readSqlPiece',
  (_inputs: readonly unknown[], statement: string, { url, columns }: SqlPieces, context: TaskContext): Promise<TableValue> => {
    context.occupy?.()
    return tableOfBatches(sqlColumns(columns), () => sqlRows(url, statement, columns), context.scratch())
  },
)

/** A URL that means the same in another folder. @throws ArgumentError for connections of this process */
export function travellingUrl(connection: Connection): string {
  if (typeof connection !== 'string')
    throw new ArgumentError(
      'readSqlTable: partitions are read by other processes, which need a URL, not a connection of this one',
    )
  const [, path] = /^sqlite:(?:\/\/)?(.+)$/i.exec(connection) ?? []
  return path === undefined ? connection : `sqlite:${resolve(path)}`
}

/**
 * Conditions that each row of a table meets one of: ranges of a column. Rows without a value are in the first.
 *
 * @throws ArgumentError where the column has no ranges of equal width, or the bounds are not ascending
 */
export async function rangesOf(
  driver: Driver,
  table: string,
  column: DriverColumn,
  { partitions, bounds }: SqlPartitioning,
): Promise<string[]> {
  if ((partitions === undefined) === (bounds === undefined))
    throw new ArgumentError('readSqlTable: `partitionBy` needs either `partitions` or `bounds`')
  if (partitions !== undefined && !(Number.isSafeInteger(partitions) && partitions > 0))
    throw new ArgumentError(`readSqlTable: partitions is a whole number above 0, not ${describe(partitions)}`)
  const name = driver.quote(column.name)
  const cuts = (bounds ?? (await evenBounds(driver, table, column, partitions!))).map((bound) => literal(bound))
  bounds?.forEach((bound, i) => {
    if (i > 0 && !(bounds[i - 1]! < bound))
      throw new ArgumentError(`readSqlTable: bounds are ascending, and ${describe(bound)} is not above the one before`)
  })
  if (cuts.length === 0) return ['1 = 1']
  return [
    `(${name} < ${cuts[0]!} OR ${name} IS NULL)`,
    ...cuts.slice(1).map((cut, i) => `(${name} >= ${cuts[i]!} AND ${name} < ${cut})`),
    `${name} >= ${cuts.at(-1)!}`,
  ]
}

function literal(value: number | bigint | string | Date): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (value instanceof Date && !Number.isNaN(value.getTime())) return `'${value.toISOString()}'`
  throw new ArgumentError(`readSqlTable: a bound is a number, a bigint, a text or a date, not ${describe(value)}`)
}

/** Where ranges of equal width begin, without the first; fewer where there are not as many values. */
async function evenBounds(
  driver: Driver,
  table: string,
  column: DriverColumn,
  partitions: number,
): Promise<(number | bigint | Date)[]> {
  const name = driver.quote(column.name)
  const kind = /INT$|INTEGER$/.test(column.type)
    ? 'integer'
    : /^DATE$|^TIMESTAMP/.test(column.type)
      ? 'date'
      : /^DOUBLE$|^FLOAT$/.test(column.type)
        ? 'number'
        : undefined
  if (kind === undefined)
    throw new ArgumentError(
      `readSqlTable: "${column.name}" is ${column.type}, of which there are no ranges of equal width. Name a column of numbers or dates, or give \`bounds\`.`,
    )
  const found: (readonly unknown[])[] = []
  const ends = ['least', 'most'].map((end) => ({ ...column, name: end }))
  for await (const rows of driver.rows(`SELECT min(${name}) AS least, max(${name}) AS most FROM ${driver.quote(table)}`, ends))
    found.push(...rows)
  const [least, most] = found[0] ?? []
  if (least === null || least === undefined || most === null || most === undefined) return []
  const steps = Array.from({ length: partitions - 1 }, (_, i) => i + 1)
  if (kind === 'integer') {
    const [from, to] = [BigInt(least as string), BigInt(most as string)]
    return unique(steps.map((step) => from + ((to - from) * BigInt(step)) / BigInt(partitions)).filter((cut) => cut > from))
  }
  const [from, to] = [least, most].map((end) => (kind === 'date' ? timeOf(end as string) : Number(end))) as [number, number]
  if (!Number.isFinite(from) || !Number.isFinite(to))
    throw new ArgumentError(
      `readSqlTable: "${column.name}" goes from ${String(least)} to ${String(most)}, which cannot be divided. Give \`bounds\`.`,
    )
  const cuts = steps.map((step) => from + ((to - from) * step) / partitions).filter((cut) => cut > from)
  return kind === 'date' ? unique(cuts.map(Math.floor)).map((time) => new Date(time)) : unique(cuts)
}

/** Milliseconds of what PostgreSQL writes: 2024-01-31, 2024-01-31 12:00:00.5, 2024-01-31 12:00:00+02. */
function timeOf(text: string): number {
  const [, date, time = '00:00:00', zone = 'Z'] = /^(\d{4,}-\d\d-\d\d)(?: ([\d:.]+))?([+-]\d\d(?::\d\d)?)?$/.exec(text) ?? []
  return Date.parse(`${date}T${time}${/^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone}`)
}

function unique<T>(values: readonly T[]): T[] {
  return values.filter((value, i) => i === 0 || value !== values[i - 1])
}
