import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { config } from '../../config/index.js'
import { Expression, LazyCollection, type LowerContext } from '../../expr/index.js'
import type { TaskContext } from '../../graph/index.js'
import { operation } from '../../transfer/index.js'
import {
  type ResultColumn,
  type RowsSource,
  type StatementSource,
  type TableValue,
  arrowToBytes,
  tablesSql,
  withFolder,
  writeTable,
} from '../../duckdb/index.js'
import { readFileSync } from 'node:fs'
import { threadDatabase } from '../databases.js'

/** Tables as values of an executor: the partitions of a dataframe. */
export class TableParts extends LazyCollection<TableValue[]> {
  readonly expression: Expression

  constructor(expression: Expression) {
    super()
    this.expression = expression
  }

  finalize(values: unknown[]): TableValue[] {
    return values as TableValue[]
  }

  rebuild(expression: Expression): this {
    return new TableParts(expression) as this
  }
}

/** Where the rows of a relation are partitions in an executor, or will be. */
export interface PartsSource extends StatementSource {
  readonly parts: Expression
}

/** The source of tables that an expression gives. Where a plan runs as one statement they are brought here first. */
export function partsSource(parts: Expression): PartsSource {
  let folder: string | undefined
  return {
    parts,
    sql: async () => {
      const tables = await new TableParts(parts).compute()
      folder = mkdtempSync(join(config.get('temporaryDirectory'), 'heddle-tables-'))
      return `SELECT * FROM ${tablesSql(tables, folder, 'part')}`
    },
    made: () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Rows on their way to where they become a table. */
export interface SentRows {
  readonly columns: readonly ResultColumn[]
  /** by column */
  readonly values: readonly (readonly unknown[])[]
  readonly length: number
}

/** Rows of the program, as partitions: they travel with the graph. */
export class GivenRows extends Expression {
  readonly label = 'rows'
  readonly size: number
  readonly #source: RowsSource

  constructor(source: RowsSource, size: number) {
    super([], undefined)
    this.#source = source
    this.size = size
  }

  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext): number[] {
    const layer = context.layer({ run: tableOfRows as never, scratch: true })
    const { columns, length } = this.#source
    return Array.from({ length: this.size }, (_, part) => {
      const from = Math.floor((length * part) / this.size)
      const end = Math.floor((length * (part + 1)) / this.size)
      const values = columns.map((_column, c) =>
        Array.from({ length: end - from }, (_value, i) => this.#source.value(from + i, c)),
      )
      return layer.task([], { columns, values, length: end - from } satisfies SentRows)
    })
  }

  withInputs(): this {
    return this
  }
}

/** Tables that there are already, as partitions: they travel with the graph. */
export class GivenTables extends Expression {
  readonly label = 'tables'
  readonly size = 1
  /** filled before it is lowered */
  table: TableValue | undefined

  constructor() {
    super([], undefined)
  }

  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext): number[] {
    return [context.layer({ run: giveTable as never }).task([], this.table)]
  }

  withInputs(): this {
    return this
  }
}

/** Runs as a task: gives its own parameter. */
export const giveTable = operation(import.meta.url, 'giveTable', (_inputs: readonly unknown[], own: unknown): unknown => own)

/** Runs as a task: makes a table of rows. */
export const tableOfRows = operation(
  import.meta.url,
  'tableOfRows',
  (_inputs: readonly unknown[], own: SentRows, _shared: unknown, context: TaskContext): Promise<TableValue> => {
    context.occupy?.()
    return makeTable(own, context.scratch())
  },
)

/** A table of rows, made by the database of this thread. */
export async function makeTable({ columns, values, length }: SentRows, scratch: string): Promise<TableValue> {
  const started = performance.now()
  const db = await threadDatabase()
  const source: RowsSource = { columns, length, value: (row, column) => values[column]![row] }
  try {
    const name = await db.tableOf(source)
    return await withFolder(scratch, async (folder) => {
      const target = join(folder, 'rows')
      const written = await writeTable(db, { select: `SELECT * FROM ${name}`, target })
      return { ...written, parquet: readFileSync(target), seconds: (performance.now() - started) / 1000 }
    })
  } finally {
    await db.dropTable(source)
  }
}

/** Runs as a task: the rows of tables, as objects. `shared`: the columns that are to be bigint. */
export const recordsOf = operation(
  import.meta.url,
  'recordsOf',
  (inputs: readonly unknown[], _own: unknown, shared: readonly string[] | undefined, context: TaskContext): Promise<object[]> => {
    context.occupy?.()
    return rowsOf(inputs as TableValue[], context, async (sql) => {
      const rows = await (await threadDatabase()).query(sql)
      return rows.records(new Set(shared ?? []))
    })
  },
)

/** Runs as a task: the rows of tables as the bytes of an Arrow table. */
export const arrowOf = operation(
  import.meta.url,
  'arrowOf',
  (inputs: readonly unknown[], _own: unknown, _shared: unknown, context: TaskContext): Promise<Uint8Array> => {
    context.occupy?.()
    return rowsOf(inputs as TableValue[], context, async (sql) =>
      arrowToBytes((await (await threadDatabase()).query(sql)).arrow()),
    )
  },
)

/** Has something done with a statement that gives the rows of tables. */
export function rowsOf<T>(tables: readonly TableValue[], context: TaskContext, work: (sql: string) => Promise<T>): Promise<T> {
  return withFolder(context.scratch(), (folder) => work(`SELECT * FROM ${tablesSql(tables, folder, 'part')}`))
}

/** What is computed of the tables of another expression: of each, or of all together. */
export class OfTables extends Expression {
  readonly label: string
  readonly size: number
  readonly #run: unknown
  readonly #shared: unknown

  constructor(label: string, tables: Expression, run: unknown, shared: unknown, together: boolean) {
    super([tables])
    this.label = label
    this.size = together ? 1 : tables.size
    this.#run = run
    this.#shared = shared
  }

  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext, [tables]: readonly ArrayLike<number>[]): number[] {
    const layer = context.layer({ run: this.#run as never, shared: this.#shared as never, scratch: true })
    if (this.size === 1) return [layer.task(tables!)]
    return Array.from(tables!, (task) => layer.task([task]))
  }

  withInputs([tables]: readonly Expression[]): OfTables {
    return new OfTables(this.label, tables!, this.#run, this.#shared, this.size !== tables!.size)
  }
}
