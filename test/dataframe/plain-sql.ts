import { DuckDBInstance } from '@duckdb/node-api'

/** The oracle: rows of plain SQL from a DuckDB of its own, with 64-bit integers as numbers. */
export async function plainSql(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS()
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value])),
    )
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Rows in an order that says nothing, for results that have none. */
export function unordered(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort()
}
