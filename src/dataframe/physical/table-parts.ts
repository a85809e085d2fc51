import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { config } from '../../config/index.js'
import { Expression, LazyCollection, type LowerContext } from '../../expr/index.js'
import type { TaskContext } from '../../graph/index.js'
import { operation } from '../../transfer/index.js'
import {
  type Database,
  type ResultColumn,
  type RowsSource,
  type StatementSource,
  type ArrowTable,
  type TableValue,
  tablesSql,
  withFolder,
  writeTable,
} from '../../duckdb/index.js'
import type { Relation } from '../plan/relation.js'
import { DataFrameError } from '../errors.js'
import { threadDatabase } from '../databases.js'
import { sentRecords } from './sent-records.js'

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

/** Where the rows of a relation are a table of this process's database: elsewhere they are computed again. */
export interface LocalSource extends StatementSource {
  readonly plan: Relation
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

/** A table that this process has, as a partition: it travels with the graph. */
export class GivenTable extends Expression {
  readonly label = 'table'
  readonly size = 1
  /** what makes it, where that takes its time: it must be there when this is lowered */
  readonly bring: (() => Promise<TableValue>) | undefined
  #table: TableValue | undefined

  constructor(table: TableValue | (() => Promise<TableValue>)) {
    super([], undefined)
    if (typeof table === 'function') this.bring = table
    else this.#table = table
  }

  /** Makes it, if it is not there. */
  async brought(): Promise<void> {
    this.#table ??= await this.bring!()
  }

  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext): number[] {
    if (this.#table === undefined)
      throw new DataFrameError(
        'Rows of servers, databases and programs are read by this process, before others compute anything of them: compute() the dataframe, or write the rows to Parquet files first.',
      )
    return [context.layer({ run: giveTable as never }).task([], this.#table)]
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
export async function makeTable({ columns, values, length }: SentRows, scratch: string | undefined): Promise<TableValue> {
  const db = await threadDatabase()
  const source: RowsSource = { columns, length, value: (row, column) => values[column]![row] }
  try {
    return await tableHere(db, `SELECT * FROM ${await db.tableOf(source)}`, scratch)
  } finally {
    await db.dropTable(source)
  }
}

/** What a statement of a database gives, as a value. */
export function tableHere(db: Database, select: string, scratch?: string): Promise<TableValue> {
  const started = performance.now()
  return withFolder(scratch, async (folder) => {
    const target = join(folder, 'rows')
    const written = await writeTable(db, { select, target })
    return { ...written, parquet: readFileSync(target), seconds: (performance.now() - started) / 1000 }
  })
}

/** Runs as a task: the rows of tables, as objects. `shared`: the columns that are to be bigint. */
export const recordsOf = operation(
  import.meta.url,
  'recordsOf',
  (inputs: readonly unknown[], _own: unknown, shared: readonly string[] | undefined, context: TaskContext): Promise<object[]> => {
    context.occupy?.()
    return rowsOf(inputs as TableValue[], async (sql) => {
      const rows = await (await threadDatabase()).query(sql)
      return rows.records(new Set(shared ?? []))
    })
  },
)

/** Runs as a task: what a function of the program makes of the rows of a table, as a table. */
export const mapTable = operation(
  import.meta.url,
  'mapTable',
  async (inputs: readonly unknown[], _own: unknown, { fn, columns }: TableMapping, context: TaskContext): Promise<TableValue> => {
    const table = await rowsOf(inputs as TableValue[], async (sql) => (await (await threadDatabase()).query(sql)).arrow())
    return makeTable(sentRecords((await fn(table)) as Iterable<object>, columns, context.key), undefined)
  },
)

/** Runs as a task: a table of objects, of which there may be several lists. `shared`: its columns. */
export const tableOfRecords = operation(
  import.meta.url,
  'tableOfRecords',
  (inputs: readonly unknown[], _own: unknown, columns: readonly ResultColumn[], context: TaskContext): Promise<TableValue> =>
    makeTable(
      sentRecords(
        (inputs as Iterable<object>[]).flatMap((rows) => [...rows]),
        columns,
        context.key,
      ),
      undefined,
    ),
)

export interface TableMapping {
  readonly fn: (table: ArrowTable) => unknown
  readonly columns: readonly ResultColumn[]
}

/** Has something done with a statement that gives the rows of tables. */
export function rowsOf<T>(tables: readonly TableValue[], work: (sql: string) => Promise<T>): Promise<T> {
  return withFolder(undefined, (folder) => work(`SELECT * FROM ${tablesSql(tables, folder, 'part')}`))
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
