import type { RowsSource, StatementSource } from '../duckdb/index.js'
import { quoteName } from './sql/literal.js'

/** A column of rows that come in batches. */
export interface BatchColumn {
  readonly name: string
  /** the type that it has in the end */
  readonly type: string
  /** the type that values come in; the same unless told. What does not fit the other is an error. */
  readonly stored?: string
  /** from the column as it came to what it is, as SQL; a cast unless told */
  readonly convert?: (column: string) => string
}

/** Rows as arrays of values. */
export type BatchRows = readonly (readonly unknown[])[]

let sources = 0

/** A source whose rows are read when its table is made, a batch at a time. */
export function batchSource(
  columns: readonly BatchColumn[],
  batches: () => AsyncIterable<BatchRows> | Iterable<BatchRows>,
): StatementSource {
  let finish = (): void => undefined
  return {
    sql: async (database) => {
      const whole = `heddle_batches_${++sources}`
      const raw = `${whole}_raw`
      finish = () => {
        // Nobody waits for it: what is left of it goes with the process.
        for (const table of [whole, raw]) void database.run(`DROP TABLE IF EXISTS ${table}`).catch(() => undefined)
      }
      const stored = columns.map(({ type, stored: as = type }) => as)
      const converted = columns.map(({ name, type, stored: as = type, convert }) => {
        const column = quoteName(name)
        return convert ? `${convert(column)} AS ${column}` : as === type ? column : `CAST(${column} AS ${type}) AS ${column}`
      })
      const list = (types: readonly string[]) => columns.map(({ name }, i) => `${quoteName(name)} ${types[i]}`).join(', ')
      const isPlain = columns.every(({ type, stored: as = type, convert }) => as === type && convert === undefined)
      await database.run(`CREATE TABLE ${whole} (${list(columns.map(({ type }) => type))})`)
      if (!isPlain) await database.run(`CREATE TABLE ${raw} (${list(stored)})`)
      for await (const rows of batches()) {
        await database.insert(isPlain ? whole : raw, rowsSource(columns, stored, rows))
        if (isPlain) continue
        await database.run(`INSERT INTO ${whole} SELECT ${converted.join(', ')} FROM ${raw}`)
        await database.run(`TRUNCATE ${raw}`)
      }
      return `SELECT * FROM ${whole}`
    },
    made: () => finish(),
  }
}

function rowsSource(columns: readonly BatchColumn[], types: readonly string[], rows: BatchRows): RowsSource {
  return {
    columns: columns.map(({ name }, i) => ({ name, type: types[i]! })),
    length: rows.length,
    value: (row, column) => rows[row]![column],
  }
}
