import { type Database, type WriteTable, type WrittenTable, writeTable } from '../../duckdb/index.js'
import { database } from '../databases.js'

/** Called in the main thread of a process: writes what a statement gives. */
export async function runStatement(args: unknown): Promise<WrittenTable> {
  return writeTable(await database(), args as WriteTable)
}

/** Called in the main thread of a process: the values of the only column of a statement. */
export async function runColumn(args: unknown): Promise<unknown[]> {
  return columnOf(await database(), args as string)
}

async function columnOf(db: Database, select: string): Promise<unknown[]> {
  const rows = await db.query(select)
  return rows.values(rows.columns[0]!.name, false)
}
