// More rows than the databases of workers have memory for are sorted, joined and grouped.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Client, LocalCluster, config } from 'heddle'
import { count, max, readParquet, sql, sum } from 'heddle/dataframe'
import { parseBytes } from '../../src/base/index.js'
import { withRows } from '../../src/dataframe/physical/distributed.js'
import { optimised } from '../../src/dataframe/rules/index.js'
import { Database } from '../../src/duckdb/index.js'
import { chooseExecutor } from '../../src/executor/index.js'
import { plainSql } from './plain-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-larger-'))
const [rows, others] = [join(folder, 'rows.parquet'), join(folder, 'others.parquet')]
after(() => rmSync(folder, { recursive: true, force: true }))

describe('300,000 rows of 64 bytes on two workers whose databases have 16 MiB each', () => {
  let cluster: LocalCluster
  let client: Client

  before(async () => {
    // Hashes do not compress.
    await sql(`SELECT i AS id, (hash(i) % 75000)::INTEGER AS k, hash(i + 1)::DOUBLE / 1e9 AS a, hash(i + 2)::DOUBLE / 1e9 AS b,
      hash(i + 3)::DOUBLE / 1e9 AS c, format('{:x}', hash(i + 4)) AS text FROM range(300000) t(i)`).toParquet(rows)
    await sql('SELECT i::INTEGER AS k, hash(i + 5)::DOUBLE / 1e9 - 1e9 AS weight FROM range(75000) t(i)').toParquet(others)
    const duckdb = { memoryLimit: 2 ** 24 }
    cluster = await config.with({ duckdb }, () => LocalCluster.start({ workers: 2, threadsPerWorker: 1, localDirectory: folder }))
    client = await Client.connect(cluster, { setAsDefault: false })
  })

  after(async () => {
    await client.close()
    await cluster.close()
  })

  const read = () => readParquet<{ id: number; k: number; a: number; b: number; c: number; text: string }>(rows)
  const cut = <T>(work: () => Promise<T>) => config.with({ dataframe: { partitionRows: 30_000, gatherRows: 1000 } }, work)

  test('a sort', async () => {
    const target = join(folder, 'sorted.parquet')
    await cut(() => read().sort('a').toParquet(target, { executor: client }))
    const [found] =
      await plainSql(`SELECT count(*) AS n, bool_and(coalesce(a >= before, true)) AS ordered, bit_xor(hash(text))::VARCHAR AS texts
      FROM (SELECT *, lag(a) OVER () AS before FROM '${target}')`)
    const [whole] = await plainSql(`SELECT count(*) AS n, true AS ordered, bit_xor(hash(text))::VARCHAR AS texts FROM '${rows}'`)
    assert.deepEqual(found, whole)
  })

  test('a join', async () => {
    const joined = read().join(readParquet<{ k: number; weight: number }>(others), { on: 'k' })
    const asked = joined
      .filter((r) => r.weight > 0)
      .groupBy()
      .agg({ n: count(), ids: (g) => sum(g.id) })
    assert.deepEqual(
      await cut(() => asked.toRecords({ executor: client })),
      await plainSql(`SELECT count(*) AS n, sum(id)::BIGINT AS ids FROM '${rows}' JOIN '${others}' USING (k) WHERE weight > 0`),
    )
  })

  test('a join by a key that nine rows of ten share', async () => {
    const skewed = join(folder, 'skewed.parquet')
    await sql(`SELECT id, CASE WHEN id % 10 = 0 THEN k ELSE 7 END AS k, text FROM '${rows}'`).toParquet(skewed)
    const facts = readParquet<{ id: number; k: number; text: string }>(skewed)
    const joined = facts.join(readParquet<{ k: number; weight: number }>(others), { on: 'k' })
    const asked = joined
      .groupBy()
      .agg({ n: count(), ids: (g) => sum(g.id), characters: (g) => sum(g.text.length), hot: (g) => max(g.k) })
    assert.deepEqual(
      await cut(() => asked.toRecords({ executor: client })),
      await plainSql(`SELECT count(*) AS n, sum(id)::BIGINT AS ids, sum(length(text))::BIGINT AS characters, max(k) AS hot
        FROM '${skewed}' JOIN '${others}' USING (k)`),
    )
  })

  test('a grouping', async () => {
    const groups = read()
      .groupBy('k')
      .agg({ n: count(), ids: (g) => sum(g.id) })
    const asked = groups.groupBy().agg({ groups: count(), n: (g) => sum(g.n), odd: (g) => sum(g.ids % 1001) })
    assert.deepEqual(
      await cut(() => asked.toRecords({ executor: client })),
      await plainSql(`SELECT count(*) AS groups, sum(n)::BIGINT AS n, sum(ids % 1001)::BIGINT AS odd
        FROM (SELECT k, count(*) AS n, sum(id) AS ids FROM '${rows}' GROUP BY k)`),
    )
  })
})

test('the database of one process among several keeps nothing of the files that it has read', async () => {
  const db = await Database.open('', [], { threads: 1, memory: 2 ** 28, folder })
  try {
    const file = join(folder, 'once.parquet')
    await sql('SELECT i, hash(i) AS h FROM range(50000) t(i)').toParquet(file)
    const read = await db.query(`SELECT sum(h % 7)::INTEGER AS s FROM '${file}'`)
    assert.equal(read.length, 1)
    const kept = await db.query(
      "SELECT coalesce(sum(memory_usage_bytes), 0)::INTEGER AS n FROM duckdb_memory() WHERE tag LIKE '%CACHE%'",
    )
    assert.deepEqual(kept.values('n', true), [0])
  } finally {
    db.close()
  }
})

test('the database of a program takes what the program may take, and for large results of others little of that', async () => {
  const limit = 3 * 2 ** 30
  const limitOf = async (db: Database) => {
    const said = await db.query("SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'")
    return parseBytes(said.values('value', false)[0] as string)
  }
  await config.with({ memory: { limit } }, async () => {
    const db = await Database.open('', [])
    try {
      const bytes = await limitOf(db)
      assert.ok(bytes > limit / 2 && bytes < limit, String(bytes))
    } finally {
      db.close()
    }
  })
  const many = join(folder, 'many.parquet')
  await sql('SELECT (i % 3)::TINYINT AS i FROM range(50000) t(i), range(50) u(j)').toParquet(many)
  const asked = readParquet<{ i: number }>(many).filter((r) => r.i === 0)
  const copied = async (db: Database, select: string) => {
    const bytes = await limitOf(db)
    assert.ok(bytes < 400e6, String(bytes))
    const [n] = (await db.query(`SELECT count(*)::INTEGER AS n FROM (${select})`)).values('n', false)
    assert.deepEqual([{ n }], await plainSql(`SELECT count(*)::INTEGER AS n FROM '${many}' WHERE i = 0`))
  }
  await config.with({ dataframe: { partitionRows: 1_000_000 } }, () =>
    withRows(optimised(asked.plan), chooseExecutor('inline'), {}, copied),
  )
})
