import { asError } from '../base/index.js'
import { type Driver, type DriverColumn, type DriverRow, asTable } from './driver.js'
import { DatabaseError, MissingDriver } from './errors.js'

/** What of a client or pool of the package pg is used. */
export interface PostgresClient {
  query(
    config: object,
  ): Promise<{ readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]; readonly rows: unknown[][] }>
}

interface PostgresConnection {
  connect(): Promise<unknown>
  end(): Promise<void>
  on(event: 'error', listener: () => void): unknown
}

const rowsAtOnce = 10_000

/** From the numbers that PostgreSQL gives its types to those of DuckDB, which reads their texts; others stay text. */
const types: Readonly<Record<number, string>> = {
  16: 'BOOLEAN',
  17: 'BLOB',
  20: 'BIGINT',
  21: 'SMALLINT',
  23: 'INTEGER',
  26: 'BIGINT',
  700: 'FLOAT',
  701: 'DOUBLE',
  1082: 'DATE',
  1114: 'TIMESTAMP',
  1184: 'TIMESTAMP WITH TIME ZONE',
  1700: 'DOUBLE',
  2950: 'UUID',
}

const written: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'smallint',
  SMALLINT: 'smallint',
  UTINYINT: 'smallint',
  INTEGER: 'integer',
  USMALLINT: 'integer',
  BIGINT: 'bigint',
  UINTEGER: 'bigint',
  UBIGINT: 'numeric(38,0)',
  HUGEINT: 'numeric(39,0)',
  UHUGEINT: 'numeric(39,0)',
  FLOAT: 'real',
  DOUBLE: 'double precision',
  VARCHAR: 'text',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_NS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  BLOB: 'bytea',
  UUID: 'uuid',
  TIME: 'time',
}

/** Opens a connection to a server. @param url postgres://user:password@host:port/database */
export async function openPostgres(url: string): Promise<Driver> {
  let Client: new (config: object) => PostgresClient & PostgresConnection
  try {
    ;({ Client } = (await import('pg')).default as unknown as { Client: typeof Client })
  } catch (error) {
    throw new MissingDriver('PostgreSQL needs the package pg, which cannot be loaded here. Install it: npm install pg', {
      cause: error,
    })
  }
  const client = new Client({ connectionString: url })
  const name = shown(url)
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw new DatabaseError(`${name} cannot be reached: ${asError(error).message}`, { cause: error })
  }
  return postgres(client, name, () => client.end())
}

/** A connection that the program has. A pool must be given as one of its clients: a cursor lives in one connection. */
export function postgres(
  client: PostgresClient,
  name = 'the database',
  close: () => Promise<void> = async () => undefined,
): Driver {
  // Nothing is converted on the way: dates would lose their microseconds, and get the clock of this process.
  const raw = { getTypeParser: () => (text: string) => text }
  const run = async (text: string, values?: readonly unknown[]) => {
    try {
      return await client.query({ text, values, rowMode: 'array', types: raw })
    } catch (error) {
      throw new DatabaseError(`${name}: ${asError(error).message}`, { cause: error })
    }
  }
  const quote = (each: string) => `"${each.replaceAll('"', '""')}"`
  const inTransaction = async <T>(work: () => Promise<T>): Promise<T> => {
    await run('BEGIN')
    try {
      const result = await work()
      await run('COMMIT')
      return result
    } catch (error) {
      await run('ROLLBACK').catch(() => undefined)
      throw error
    }
  }
  return {
    name,
    quote,
    close,
    typeFor: (type) => written[type] ?? (type.startsWith('DECIMAL') ? type.replace('DECIMAL', 'numeric') : 'text'),
    describe: async (statement) => {
      const { fields } = await run(`SELECT * FROM ${asTable(statement)} LIMIT 0`)
      return fields.map(
        ({ name: column, dataTypeID }): DriverColumn => ({
          name: column,
          type: types[dataTypeID] ?? 'VARCHAR',
          text: dataTypeID !== 17,
        }),
      )
    },
    hasTable: async (table) => {
      const { rows } = await run('SELECT to_regclass($1) IS NOT NULL', [quote(table)])
      return rows[0]![0] === 't'
    },
    async *rows(statement, columns, signal) {
      const bytes = columns.flatMap(({ type }, i) => (type === 'BLOB' ? [i] : []))
      await run('BEGIN READ ONLY')
      try {
        await run(`DECLARE heddle_rows NO SCROLL CURSOR FOR SELECT * FROM ${asTable(statement)}`)
        for (;;) {
          signal?.throwIfAborted()
          const { rows } = await run(`FETCH ${rowsAtOnce} FROM heddle_rows`)
          if (rows.length === 0) return
          // A bytea is written as \x and hexadecimal digits.
          for (const i of bytes)
            for (const row of rows) if (row[i] !== null) row[i] = Uint8Array.from(Buffer.from((row[i] as string).slice(2), 'hex'))
          yield rows
        }
      } finally {
        await run('ROLLBACK')
      }
    },
    write: (table, columns, before, rows) =>
      inTransaction(async () => {
        for (const statement of before) await run(statement)
        const list = columns.map((column) => quote(column.name)).join(', ')
        // A statement takes at most 65,535 values.
        const most = Math.max(1, Math.floor(60_000 / Math.max(1, columns.length)))
        for await (const batch of rows) {
          for (let from = 0; from < batch.length; from += most) {
            const some = batch.slice(from, from + most)
            let next = 0
            const places = some.map((row) => `(${row.map(() => `$${++next}`).join(', ')})`).join(', ')
            await run(
              `INSERT INTO ${quote(table)} (${list}) VALUES ${places}`,
              some.flatMap((row: DriverRow) => row.map(parameter)),
            )
          }
        }
      }),
  }
}

function parameter(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value
}

/** A URL without its password. */
function shown(url: string): string {
  try {
    const parsed = new URL(url)
    parsed.password = ''
    parsed.search = ''
    return parsed.href
  } catch {
    return 'the database'
  }
}
