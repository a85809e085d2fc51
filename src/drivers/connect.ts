import { ArgumentError, describe } from '../base/index.js'
import type { Driver } from './driver.js'
import { type PostgresClient, openPostgres, postgres } from './postgres.js'
import { type SqliteDatabase, openSqlite, sqlite } from './sqlite.js'

/** How a database is reached: a URL (`postgres://…`, `sqlite:path`), a client of pg, a database of sql.js, or a driver. */
export type Connection = string | PostgresClient | SqliteDatabase | Driver

/**
 * A connection to a database. Those that are given stay open; those of URLs end with `close()`.
 *
 * @throws DatabaseError where it cannot be reached, MissingDriver where its package is not installed
 */
export async function connect(connection: Connection): Promise<Driver> {
  if (typeof connection === 'string') {
    if (/^postgres(ql)?:/i.test(connection)) return openPostgres(connection)
    const [, path] = /^sqlite:(?:\/\/)?(.+)$/i.exec(connection) ?? []
    if (path !== undefined) return openSqlite(path)
    throw new ArgumentError(`A database is named by a URL of postgres: or sqlite:, not by ${describe(connection)}`)
  }
  if (typeof connection === 'object' && connection !== null) {
    if ('describe' in connection && 'rows' in connection) return { ...connection, close: async () => undefined }
    if ('prepare' in connection && 'exec' in connection) return sqlite(connection)
    if ('query' in connection) {
      if ('totalCount' in connection)
        throw new ArgumentError('A pool was given where one connection is needed: give `await pool.connect()`')
      return postgres(connection)
    }
  }
  throw new ArgumentError(`A database is a URL, a client of pg or a database of sql.js, not ${describe(connection)}`)
}
