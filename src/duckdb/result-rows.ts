import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import type { Table } from 'apache-arrow'
import { arrowTable } from './arrow-table.js'
import { readerOf } from './read-values.js'

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
   * One object a row.
   * @param bigints the columns whose 64-bit integers are wanted as bigint
   * @throws UnsafeInteger for one that a number cannot hold, elsewhere
   */
  records(bigints: ReadonlySet<string>): Record<string, unknown>[] {
    const rows: Record<string, unknown>[] = []
    const columns = this.columns.map(({ name }) => this.values(name, bigints.has(name)))
    for (let row = 0; row < this.length; row++) {
      const record: Record<string, unknown> = {}
      for (let i = 0; i < columns.length; i++) record[this.columns[i]!.name] = columns[i]![row]
      rows.push(record)
    }
    return rows
  }

  values(column: string, bigint: boolean): unknown[] {
    const index = this.columns.findIndex(({ name }) => name === column)
    const read = readerOf(this.columns[index]!.type, bigint, column)
    const result: unknown[] = []
    for (const chunk of this.#chunks) {
      const vector = chunk.getColumnVector(index)
      for (let row = 0; row < chunk.rowCount; row++) {
        const value: unknown = vector.getItem(row)
        result.push(value === null ? null : read(value))
      }
    }
    return result
  }

  arrow(): Table {
    return arrowTable(this.columns, this.#chunks)
  }
}
