import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import type { Table } from 'apache-arrow'
import { arrowTable } from './arrow-table.js'
import { type Reader, readerOf } from './read-values.js'
import { Turns } from './turns.js'

/** Objects of so many rows take about a millisecond. */
const rowsOfTurn = 512

export interface ResultColumn {
  readonly name: string
  readonly type: string
}

/** The rows that a statement gave, in chunks as DuckDB made them. */
export class ResultRows {
  readonly columns: readonly ResultColumn[]
  readonly length: number
  readonly #chunks: readonly DuckDBDataChunk[]

  constructor(result: DuckDBResult, chunks: readonly DuckDBDataChunk[]) {
    const names = result.columnNames()
    this.columns = result.columnTypes().map((type, i) => ({ name: names[i]!, type: String(type).replace(/^ENUM.*/, 'ENUM') }))
    this.#chunks = chunks
    this.length = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0)
  }

  /**
   * One object a row. Others have their turn in between.
   * @param bigints the columns whose 64-bit integers are wanted as bigint
   * @throws UnsafeInteger for one that a number cannot hold, elsewhere
   */
  async records(bigints: ReadonlySet<string>): Promise<Record<string, unknown>[]> {
    const turns = new Turns()
    const names = this.columns.map(({ name }) => name)
    const readers = this.columns.map(({ name, type }) => readerOf(type, bigints.has(name), name))
    const records: Record<string, unknown>[] = []
    const columns: unknown[][] = names.map(() => [])
    for (const chunk of this.#chunks) {
      for (let from = 0; from < chunk.rowCount; from += rowsOfTurn) {
        const end = Math.min(chunk.rowCount, from + rowsOfTurn)
        for (const [i, read] of readers.entries()) {
          if (turns.isOver) await turns.next()
          columns[i]!.length = 0
          readColumn(chunk, i, read, columns[i]!, from, end)
        }
        for (let row = 0; row < end - from; row++) {
          const record: Record<string, unknown> = {}
          for (let i = 0; i < columns.length; i++) record[names[i]!] = columns[i]![row]
          records.push(record)
        }
      }
    }
    return records
  }

  /** The values of a column. Others have their turn in between. */
  async read(column: string, bigint: boolean): Promise<unknown[]> {
    const turns = new Turns()
    const { index, read } = this.#reader(column, bigint)
    const values: unknown[] = []
    for (const chunk of this.#chunks) {
      if (turns.isOver) await turns.next()
      readColumn(chunk, index, read, values)
    }
    return values
  }

  /** As `read`, at once: where there are few rows. */
  values(column: string, bigint: boolean): unknown[] {
    const { index, read } = this.#reader(column, bigint)
    const values: unknown[] = []
    for (const chunk of this.#chunks) readColumn(chunk, index, read, values)
    return values
  }

  /** Calls with each value as DuckDB's package has it, null for NULL, column after column of some rows. Others have their turn in between. */
  async each(call: (value: unknown, row: number, column: number) => void): Promise<void> {
    const turns = new Turns()
    let first = 0
    for (const chunk of this.#chunks) {
      for (let column = 0; column < this.columns.length; column++) {
        if (turns.isOver) await turns.next()
        const vector = chunk.getColumnVector(column)
        for (let row = 0; row < chunk.rowCount; row++) call(vector.getItem(row), first + row, column)
      }
      first += chunk.rowCount
    }
  }

  #reader(column: string, bigint: boolean): { readonly index: number; readonly read: Reader } {
    const index = this.columns.findIndex(({ name }) => name === column)
    return { index, read: readerOf(this.columns[index]!.type, bigint, column) }
  }

  /** A table of Arrow. Others have their turn in between. */
  arrow(): Promise<Table> {
    return arrowTable(this.columns, this.#chunks)
  }
}

function readColumn(
  chunk: DuckDBDataChunk,
  index: number,
  read: Reader,
  values: unknown[],
  from = 0,
  end = chunk.rowCount,
): void {
  const vector = chunk.getColumnVector(index)
  for (let row = from; row < end; row++) {
    const value: unknown = vector.getItem(row)
    values.push(value === null ? null : read(value))
  }
}
