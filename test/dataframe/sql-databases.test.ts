// Tables of other databases: SQLite through sql.js, PostgreSQL through pg against a server that is started here.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Connection, DatabaseError, UnsafeInteger, fromRecords, readSql, readSqlQuery, readSqlTable } from 'heddle/dataframe'

const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Row {
  id: number
  name: string | null
  share: number | null
  big: bigint
  flag: boolean
  at: Date
}
const rows: Row[] = [
  { id: 1, name: "O'Hara", share: 0.5, big: 2n ** 53n + 1n, flag: true, at: new Date('2024-03-31T01:30:00.123Z') },
  { id: 2, name: 'straße 👍', share: null, big: -1n, flag: false, at: new Date('1969-07-20T20:17:40Z') },
  { id: 3, name: null, share: -1e300, big: 0n, flag: true, at: new Date('2100-01-01T00:00:00Z') },
]
const frame = fromRecords(rows).asType({ id: 'integer' })

/** What both databases must do. */
function contract(connection: () => Connection, ownDates: boolean): void {
  const read = async () => {
    const table = await readSqlTable<{ id: number; name: string | null; share: number | null; big: number }>('rows', connection())
    return table.sort('id')
  }

  test('rows come back as they were written', async () => {
    await frame.asType({ big: 'string' }).toSql('rows', connection())
    const back = await read()
    assert.deepEqual(
      await back.select('id', 'name', 'share').toRecords(),
      rows.map(({ id, name, share }) => ({ id, name, share })),
    )
    assert.deepEqual(
      await back.col('big').compute(),
      rows.map(({ big }) => String(big)),
    )
    const when = (await readSqlQuery<{ at: Date }>('SELECT at FROM rows ORDER BY id', connection())).col('at')
    const moments = ownDates ? await when.compute() : await when.asType('Date').compute()
    assert.deepEqual(
      moments,
      rows.map(({ at }) => at),
    )
  })

  test('queries, columns, and what is there already', async () => {
    const some = await readSql<{ n: number }>('SELECT count(*) AS n FROM rows WHERE id > 1;', connection())
    assert.deepEqual(await some.toRecords(), [{ n: 2 }])
    const two = await readSql<{ id: number }>('rows', connection(), { columns: ['id'] })
    assert.deepEqual(two.columns, ['id'])
    await assert.rejects(frame.toSql('rows', connection()), /has a table "rows" already.*ifExists/s)
    await fromRecords([{ id: 4, name: 'x' }])
      .asType({ id: 'integer' })
      .toSql('rows', connection(), { ifExists: 'append' })
    assert.equal(await (await read()).count().compute(), 4)
    await fromRecords([{ id: 9 }]).toSql('rows', connection(), { ifExists: 'replace' })
    assert.deepEqual(await (await readSqlTable('rows', connection())).toRecords(), [{ id: 9 }])
  })

  test('what is wrong', async () => {
    await assert.rejects(readSqlTable('nothing', connection()), /no table "nothing"/)
    await assert.rejects(readSqlTable('rows', connection(), { columns: ['ide'] }), /"ide".*Did you mean "id"/)
    await assert.rejects(readSqlQuery('SELECT nothing FROM rows', connection()), DatabaseError)
    await assert.rejects(fromRecords([{ l: [1] }]).toSql('lists', connection()), /"l" is DOUBLE\[\].*no counterpart/)
  })

  test('more rows than come at once', async () => {
    const many = fromRecords(Array.from({ length: 25_000 }, (_, id) => ({ id, text: `row ${id}` })))
    await many.toSql('many', connection())
    const back = await readSqlTable<{ id: number; text: string }>('many', connection())
    assert.equal(await back.count().compute(), 25_000)
    assert.equal(await back.col('id').sum().compute(), (25_000 * 24_999) / 2)
  })
}

describe('SQLite', () => {
  contract(() => `sqlite:${join(folder, 'rows.db')}`, false)

  test('a database of the program, and columns of several types', async () => {
    const { default: init } = (await import('sql.js' as string)) as { default: () => Promise<{ Database: new () => never }> }
    const { Database } = await init()
    const database = new Database() as Connection & { run(sql: string): void }
    database.run("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 1), (2.5, 'x'), (NULL, NULL)")
    assert.deepEqual(await (await readSqlQuery('SELECT a FROM t', database)).toRecords(), [{ a: 1 }, { a: 2.5 }, { a: null }])
    await assert.rejects(readSqlTable('t', database), /"b" holds values of several types \(integer, text\)/)
    database.run('CREATE TABLE big AS SELECT 9007199254740993 AS id')
    await assert.rejects((await readSqlTable('big', database)).toRecords(), UnsafeInteger)
    assert.deepEqual(await (await readSqlTable<{ id: bigint }>('big', database)).asType({ id: 'bigint' }).toRecords(), [
      { id: 9007199254740993n },
    ])
  })
})

/** Where Debian keeps a server, or whoever has one in the path. */
function serverFolder(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.find((each) => existsSync(join(each, 'initdb')) && existsSync(join(each, 'postgres')))
}

/** A server refuses to run as root: another user runs it then. */
function otherUser(): readonly string[] | undefined {
  if (process.getuid?.() !== 0) return []
  return ['nobody', 'postgres'].some((user) => spawnSync('id', [user]).status === 0) &&
    spawnSync('setpriv', ['--version']).status === 0
    ? ['setpriv', `--reuid=${spawnSync('id', ['postgres']).status === 0 ? 'postgres' : 'nobody'}`, '--clear-groups']
    : undefined
}

const bin = serverFolder()
const user = otherUser()
const skip =
  bin === undefined
    ? 'there is no PostgreSQL server on this machine'
    : user === undefined
      ? 'no other user can run the server'
      : false

describe('PostgreSQL', { skip }, () => {
  const data = mkdtempSync(join(tmpdir(), 'heddle-postgres-'))
  let server: ChildProcess
  let url = ''

  const run = (name: string, ...args: string[]) => {
    const [command, ...rest] = [...user!, join(bin!, name), ...args]
    return { command: command!, args: rest }
  }

  before(async () => {
    if (user!.length > 0) spawnSync('chown', ['-R', user![1]!.split('=')[1]!, data])
    const cluster = join(data, 'cluster')
    const init = run('initdb', '-D', cluster, '-U', 'heddle', '--auth=trust', '-E', 'UTF8', '--no-sync')
    const made = spawnSync(init.command, init.args, { encoding: 'utf8' })
    assert.equal(made.status, 0, made.stderr)
    const port = await freePort()
    const start = run(
      'postgres',
      '-D',
      cluster,
      '-p',
      String(port),
      '-k',
      data,
      '-h',
      '127.0.0.1',
      '-c',
      'fsync=off',
      '-c',
      'timezone=America/New_York',
    )
    server = spawn(start.command, start.args, { stdio: ['ignore', 'ignore', 'pipe'] })
    // It says so itself when it may be asked.
    await new Promise<void>((resolve, reject) => {
      let said = ''
      server.once('exit', () => reject(new Error(`the server ended: ${said}`)))
      server.stderr!.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.includes('ready to accept connections')) resolve()
      })
    })
    url = `postgres://heddle@127.0.0.1:${port}/postgres`
  })

  after(async () => {
    if (server?.exitCode === null) {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGINT')
      await ended
    }
    rmSync(data, { recursive: true, force: true })
  })

  contract(() => url, true)

  test('every type of its own', async () => {
    const types = await readSqlQuery(
      `SELECT true b, 7::smallint s, 8::int i, 9007199254740993::bigint l, 1.5::real f, 'NaN'::float8 d, 1.25::numeric n, 'x'::varchar v,
        date '2024-02-29' da, timestamp '2024-02-29 12:00:00.123456' ts, timestamptz '2024-02-29 12:00:00+01' tz, '\\x00ff'::bytea by,
        '{"a": 1}'::json j, '5a1e8d0c-0000-4000-8000-000000000001'::uuid u, NULL::int none`,
      url,
    )
    assert.deepEqual(
      { ...types.dtypes },
      {
        b: 'BOOLEAN',
        s: 'SMALLINT',
        i: 'INTEGER',
        l: 'BIGINT',
        f: 'FLOAT',
        d: 'DOUBLE',
        n: 'DOUBLE',
        v: 'VARCHAR',
        da: 'DATE',
        ts: 'TIMESTAMP',
        tz: 'TIMESTAMP WITH TIME ZONE',
        by: 'BLOB',
        j: 'VARCHAR',
        u: 'UUID',
        none: 'INTEGER',
      },
    )
    const [row] = (await types.asType({ l: 'bigint' }).toRecords()) as Record<string, unknown>[]
    assert.deepEqual(row, {
      b: true,
      s: 7,
      i: 8,
      l: 9007199254740993n,
      f: 1.5,
      d: NaN,
      n: 1.25,
      v: 'x',
      da: new Date('2024-02-29'),
      ts: new Date('2024-02-29T12:00:00.123Z'),
      tz: new Date('2024-02-29T11:00:00Z'),
      by: new Uint8Array([0, 255]),
      j: '{"a": 1}',
      u: '5a1e8d0c-0000-4000-8000-000000000001',
      none: null,
    })
    assert.equal(
      await types
        .col('ts')
        .asType('string')
        .compute()
        .then((v) => v[0]),
      '2024-02-29 12:00:00.123456',
    )
  })

  test('a client of the program, and servers that are not there', async () => {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      assert.deepEqual(await (await readSqlQuery<{ n: number }>('SELECT 1 AS n', client as never)).toRecords(), [{ n: 1 }])
    } finally {
      await client.end()
    }
    const port = await freePort()
    await assert.rejects(readSqlTable('t', `postgres://me:secret@127.0.0.1:${port}/x`), (error: Error) => {
      return error instanceof DatabaseError && /cannot be reached/.test(error.message) && !error.message.includes('secret')
    })
  })
})

test('what is no connection', async () => {
  await assert.rejects(readSqlTable('t', 'mysql://localhost/x'), /postgres: or sqlite:/)
  await assert.rejects(readSqlTable('t', 7 as never), /not the number 7|not 7/)
})

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  return port
}
