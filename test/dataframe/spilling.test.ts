// Tables that workers have no memory for go to their disks, and come back as they were.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { config } from 'heddle'
import { count, max, mean, readParquet, sql, sum } from 'heddle/dataframe'
import { SmallCluster } from '../cluster/worker/small-cluster.js'
import { plainSql } from './plain-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-table-spilling-'))
const file = join(folder, 'rows.parquet')
const rows = 400_000
// Numbers that do not compress: some 17 MB. HUGEINT is none of the types that Parquet keeps.
const select = `SELECT i AS id, i % 1000 AS k, (hash(i) % 100)::BIGINT AS wide, CASE WHEN i % 9 = 0 THEN NULL ELSE 'ß' || hash(i + 1) END AS text,
  hash(i + 2)::DOUBLE / 1e9 AS v FROM range(${rows}) t(i)`
await sql(select).toParquet(file)
after(() => rmSync(folder, { recursive: true, force: true }))

describe('tables of 17 MB on two workers of 4 MB', () => {
  test('go to disk, and are used as if they were in memory', async () => {
    await using cluster = await SmallCluster.start({ workers: 2, memoryLimit: 4_000_000 })
    const on = { executor: cluster.client }
    await config.with({ dataframe: { partitionRows: rows / 16, gatherRows: 1000 } }, async () => {
      const kept = readParquet(file, { schema: { id: 'number', k: 'number', wide: 'bigint', text: 'string?', v: 'number' } })
        .assign({ wide: (r) => r.wide * 1_000_000_000_000_000_000_000n, twice: (r) => r.v * 2 })
        .persist(on)
      assert.equal(await kept.count().compute(on), rows)
      const { held, spilled } = cluster.bytes
      assert.ok(spilled > 7e6, `${spilled} bytes are on disk`)
      assert.ok(held < 8e6, `${held} bytes are in memory`)
      assert.ok(cluster.files.length > 0)

      const [totals] = await kept
        .groupBy()
        .agg({
          n: count(),
          wide: (g) => sum(g.wide),
          text: (g) => max(g.text),
          known: (g) => count(g.text),
          v: (g) => mean(g.twice),
        })
        .toRecords(on)
      const [plain] = await plainSql(
        `SELECT count(*) n, sum(wide)::VARCHAR wide, max(text) AS text, count(text) known, avg(v * 2) v FROM '${file}'`,
      )
      assert.deepEqual(
        { n: totals!.n, wide: String(totals!.wide), text: totals!.text, known: totals!.known },
        { n: plain!.n, wide: `${plain!.wide as string}${'0'.repeat(21)}`, text: plain!.text, known: plain!.known },
      )
      assert.ok(Math.abs(totals!.v / (plain!.v as number) - 1) < 1e-12)

      // What is on disk is dealt out, joined and sorted.
      const joined = kept.join(kept.select('id', 'v'), { on: 'id', suffixes: ['', '_again'] })
      const same = await joined
        .filter((r) => r.v === r.v_again)
        .count()
        .compute(on)
      assert.equal(same, rows)
      const first = await kept.sort('v').select('id').limit(5).toRecords(on)
      assert.deepEqual(first, await plainSql(`SELECT id FROM '${file}' ORDER BY v LIMIT 5`))
    })
  })
})
