/** What a database calls a column, and what DuckDB makes of it. */
export interface DriverColumn {
  readonly name: string
  /** DuckDB's type */
  readonly type: string
  /** values come as text that DuckDB reads, or as what they are */
  readonly text: boolean
}

/** A row as the driver gives it: null, texts for columns of `text`, else numbers, bigints, booleans, bytes. */
export type DriverRow = readonly unknown[]

/** A connection to a database, whatever its make. */
export interface Driver {
  /** what to call it in messages; no passwords */
  readonly name: string
  /** The columns that a statement gives. */
  describe(statement: string): Promise<readonly DriverColumn[]>
  /** The rows that a statement gives, some thousands at a time. */
  rows(statement: string, columns: readonly DriverColumn[], signal?: AbortSignal): AsyncIterable<readonly DriverRow[]>
  /** The name of a table or column in a statement. */
  quote(name: string): string
  hasTable(table: string): Promise<boolean>
  /**
   * Writes rows into a table, all or none of them.
   * @param before statements that are run first, in the same transaction
   */
  write(
    table: string,
    columns: readonly DriverColumn[],
    before: readonly string[],
    rows: AsyncIterable<readonly DriverRow[]>,
  ): Promise<void>
  /** The type that a column of DuckDB's has here. */
  typeFor(type: string): string
  /** Ends what `connect` opened; a connection of the program stays. */
  close(): Promise<void>
}

/** A statement in the place of a table. */
export function asTable(statement: string): string {
  return `(${statement.trim().replace(/;\s*$/, '')}\n) AS rows_of_statement`
}
