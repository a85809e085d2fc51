// Every example runs to its end.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { plainSql } from './dataframe/plain-sql.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, 'dist', 'examples')

function run(file: string): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, file)], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (d) => (stdout += d))
    child.stderr.on('data', (d) => (stderr += d))
    child.on('error', reject)
    child.on('exit', (code) => resolve({ stdout, stderr, code }))
  })
}

test('npm start: the main job', async () => {
  const picture = join(root, 'out', 'main-job.svg')
  rmSync(picture, { force: true })
  const { stdout, stderr, code } = await run('main-job.js')
  assert.equal(stderr, '')
  assert.equal(code, 0)

  // Counted again, by other means.
  let words = 0
  const counts = new Map<string, number>()
  for (const name of ['moby-dick', 'sotu']) {
    const data = join(root, 'node_modules', '@stdlib', `datasets-${name}`, 'data')
    for (const file of readdirSync(data).filter((f) => f.endsWith('.txt'))) {
      for (const [word] of readFileSync(join(data, file), 'utf8')
        .toLowerCase()
        .matchAll(/\p{L}+/gu)) {
        words++
        counts.set(word, (counts.get(word) ?? 0) + 1)
      }
    }
  }
  const [most, times] = [...counts].sort((a, b) => b[1] - a[1])[0]!
  assert.match(
    stdout,
    new RegExp(`^\\n?${words.toLocaleString('en')} words, ${counts.size.toLocaleString('en')} of them different`),
  )
  assert.ok(stdout.includes(`${most} ${times.toLocaleString('en')}`))
  const flights = join(root, 'node_modules/vega-datasets/data/flights-3m.parquet')
  const [latest] = await plainSql(
    `SELECT origin, count(*) AS n FROM '${flights}' GROUP BY 1 HAVING n >= 10000 ORDER BY avg(delay) DESC LIMIT 1`,
  )
  assert.match(
    stdout,
    new RegExp(`The latest airports of 3,000,000 flights[^]*?│ 0[^\n]*'${String(latest!.origin)}'[^\n]*${String(latest!.n)}`),
  )
  assert.match(stdout, /\d+ tasks: [\d.]+ s on \d+ threads?, [\d.]+ s on one/)
  assert.ok(existsSync(picture))
  assert.match(readFileSync(picture, 'utf8'), /<svg/)
})

for (const file of readdirSync(folder).filter((f) => f.endsWith('.js') && f !== 'main-job.js')) {
  test(`examples/${file.replace(/\.js$/, '.ts')}`, async () => {
    const { stdout, stderr, code } = await run(file)
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.notEqual(stdout, '')
  })
}
