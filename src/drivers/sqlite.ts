import { readFile, rename, writeFile } from 'node:fs/promises'
import { asError } from '../base/index.js'
import { type Driver, type DriverColumn, type DriverRow, asTable } from './driver.js'
import { DatabaseError, MissingDriver } from './errors.js'

/** What of a database of the package sql.js is used. */
export interface SqliteDatabase {
  exec(sql: string): { readonly columns: string[]; readonly values: unknown[][] }[]
  prepare(sql: string): SqliteStatement
  run(sql: string, values?: unknown[]): unknown
  export(): Uint8Array
  close(): void
}

interface SqliteStatement {
  step(): boolean
  get(values?: unknown, config?: { useBigInt: boolean }): unknown[]
  getColumnNames(): string[]
  run(values: unknown[]): void
  free(): void
}

const rowsAtOnce = 10_000
const stored: Readonly<Record<string, string>> = { integer: 'BIGINT', real: 'DOUBLE', text: 'VARCHAR', blob: 'BLOB' }

/** Opens a file of SQLite, which sql.js holds in memory as a whole. What is written goes to the file when it is closed. */
export async function openSqlite(path: string): Promise<Driver> {
  let init: (options?: object) => Promise<{ Database: new (data?: Uint8Array) => SqliteDatabase }>
  try {
    const name = 'sql.js'
    init = ((await import(name)) as { default: typeof init }).default
  } catch (error) {
    throw new MissingDriver('SQLite needs the package sql.js, which cannot be loaded here. Install it: npm install sql.js', {
      cause: error,
    })
  }
  let bytes: Uint8Array | undefined
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const { Database } = await init()
  const database = new Database(bytes)
  let changed = false
  const driver = sqlite(database, path)
  return {
    ...driver,
    write: async (...args) => {
      await driver.write(...args)
      changed = true
    },
    close: async () => {
      try {
        if (!changed) return
        // Whoever reads the file meanwhile sees the old one or the new one.
        const next = `${path}.${process.pid}.new`
        await writeFile(next, database.export())
        await rename(next, path)
      } finally {
        database.close()
      }
    },
  }
}

/** A database of sql.js that the program has. */
export function sqlite(database: SqliteDatabase, name = 'the database'): Driver {
  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw new DatabaseError(`${name}: ${asError(error).message}`, { cause: error })
    }
  }
  const quote = (each: string) => `"${each.replaceAll('"', '""')}"`
  return {
    name,
    quote,
    close: async () => undefined,
    typeFor: (type) => {
      if (/INT|BOOLEAN/.test(type)) return 'INTEGER'
      return type === 'DOUBLE' || type === 'FLOAT' || type.startsWith('DECIMAL') ? 'REAL' : type === 'BLOB' ? 'BLOB' : 'TEXT'
    },
    hasTable: async (table) =>
      guarded(() =>
        database.exec(`SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = '${table.replaceAll("'", "''")}'`),
      ).length > 0,
    describe: async (statement) =>
      guarded(() => {
        const prepared = database.prepare(`SELECT * FROM ${asTable(statement)}`)
        const names = prepared.getColumnNames()
        prepared.free()
        // A column of SQLite holds values of any type: all are looked at.
        return names.map((column): DriverColumn => {
          const [found] = database.exec(
            `SELECT DISTINCT typeof(${quote(column)}) FROM ${asTable(statement)} WHERE ${quote(column)} IS NOT NULL`,
          )
          const kinds = (found?.values ?? []).map(([kind]) => kind as string)
          if (kinds.every((kind) => kind === 'integer' || kind === 'real') && kinds.length > 1)
            return { name: column, type: 'DOUBLE', text: false }
          if (kinds.length > 1)
            throw new DatabaseError(
              `${name}: the column "${column}" holds values of several types (${kinds.join(', ')}). A column has one type: CAST it in a query.`,
            )
          return { name: column, type: stored[kinds[0] ?? 'text']!, text: false }
        })
      }),
    async *rows(statement, columns, signal) {
      const prepared = guarded(() => database.prepare(`SELECT * FROM ${asTable(statement)}`))
      try {
        let batch: unknown[][] = []
        while (guarded(() => prepared.step())) {
          const row = prepared.get(null, { useBigInt: true })
          columns.forEach(({ type }, i) => {
            if (type === 'DOUBLE' && typeof row[i] === 'bigint') row[i] = Number(row[i])
          })
          batch.push(row)
          if (batch.length < rowsAtOnce) continue
          signal?.throwIfAborted()
          yield batch
          batch = []
        }
        if (batch.length > 0) yield batch
      } finally {
        prepared.free()
      }
    },
    write: async (table, columns, before, rows) => {
      const list = columns.map((column) => quote(column.name)).join(', ')
      guarded(() => database.run('BEGIN'))
      try {
        guarded(() => before.forEach((statement) => database.run(statement)))
        const insert = guarded(() =>
          database.prepare(`INSERT INTO ${quote(table)} (${list}) VALUES (${columns.map(() => '?').join(', ')})`),
        )
        try {
          for await (const batch of rows) guarded(() => batch.forEach((row: DriverRow) => insert.run([...row].map(value))))
        } finally {
          insert.free()
        }
        guarded(() => database.run('COMMIT'))
      } catch (error) {
        database.run('ROLLBACK')
        throw error
      }
    },
  }
}

function value(given: unknown): unknown {
  return typeof given === 'boolean' ? Number(given) : given
}
