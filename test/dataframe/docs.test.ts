// The program on docs/dataframes.md gives what plain SQL gives.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root, runPage } from '../docs/page-program.js'
import { plainSql } from './plain-sql.js'

test('the program on docs/dataframes.md', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'heddle-dataframes-'))
  const file = join(root, 'node_modules/vega-datasets/data/flights-3m.parquet')
  try {
    symlinkSync(file, join(cwd, 'flights-3m.parquet'))
    const { said, expected } = runPage('docs/dataframes.md', { cwd })
    const [worst] = await plainSql(
      `SELECT origin, count(*) AS flights FROM '${file}' WHERE delay > 60 GROUP BY ALL ORDER BY avg(delay) DESC LIMIT 1`,
    )
    const [{ far }] = (await plainSql(
      `SELECT count(*) AS far FROM '${file}' WHERE delay > 60 AND distance * 1.609::DOUBLE > 2000`,
    )) as [{ far: number }]
    const lines = said.trimEnd().split('\n')
    const first = lines.find((line) => line.includes(String(worst!.origin)))
    assert.match(String(first), new RegExp(`\\b${String(worst!.flights)}\\b`))
    assert.match(said, /SELECT/)
    assert(lines.includes(String(far)))
    // What the cluster computes, and how it did.
    assert.match(said, /aggregate: 1 partition/)
    assert.ok(expected.length > 5)
    assert.deepEqual(lines.slice(-expected.length), expected)
  } finally {
    rmSync(cwd, { recursive: true })
  }
})
