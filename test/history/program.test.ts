// Programs without a cluster: what they ran is found in the history, if the setting wants it.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { listRuns, openHistory } from '../../src/history/index.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-program-history-'))
// The process that makes the files may be at it yet.
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))

const heddle = new URL('../../src/index.js', import.meta.url).href
const program = `
import { delayed, span } from '${heddle}'
const double = delayed((x) => 2 * x, { name: 'double' })
const inline = [1, 2, 3].map((x) => double(x))
for (const one of inline) await span('first', () => one.compute({ executor: 'inline' }))
await span('second', () => double(4).compute({ executor: 'threads' }))
if (process.argv[2] === 'exit') process.exit()
`

async function run(record: string, ...args: string[]): Promise<string> {
  const file = join(folder, 'program.mjs')
  writeFileSync(file, program)
  const env = { ...process.env, HEDDLE_HISTORY__RECORD: record, HEDDLE_HISTORY__FOLDER: join(folder, 'history') }
  const { stderr } = await promisify(execFile)(process.execPath, [file, ...args], { env })
  return stderr
}

test('what a program ran inline and on threads is found again', { timeout: 120_000 }, async () => {
  assert.equal(await run('auto'), '')
  assert.ok(!readdirSync(folder).includes('history'), 'only schedulers write unless told')
  assert.equal(await run('true'), '')
  await using history = await openHistory(join(folder, 'history'))
  const runs = await listRuns(history, {}, 10)
  assert.deepEqual(
    new Set(runs.map(({ client, tasks, status }) => `${client.replace(/_\d+$/, '')} ${tasks} ${status}`)),
    new Set(['inline 3 finished', 'threads 1 finished']),
  )
  assert.ok(runs.every(({ program: file }) => file === join(folder, 'program.mjs')))
  const { rows } = await history.query(`SELECT span, "group", sum(done) FROM groups GROUP BY ALL ORDER BY span`)
  assert.deepEqual(
    rows.map((row) => row.map(String)),
    [
      ['first', 'double', '3'],
      ['second', 'double', '1'],
    ],
  )
})

test('one that is ended is found to have been', { timeout: 120_000 }, async () => {
  rmSync(join(folder, 'history'), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  await run('true', 'exit')
  await using history = await openHistory(join(folder, 'history'))
  const runs = await listRuns(history, {}, 10)
  assert.equal(runs.length, 2)
  assert.ok(runs.every(({ status }) => status === 'interrupted'))
})

const packer = new URL('../../src/history/packer.js', import.meta.url).href
const terminated = `
import { Packer } from '${packer}'
const packer = new Packer(process.argv[2], (problem) => console.error(problem))
packer.sweep({ keepFor: 1e9, maximumBytes: 1e9 })
process.on('SIGTERM', () => undefined)
process.kill(0, 'SIGTERM')
await packer.close(60_000)
`

test('who ends all processes of a program, as batch systems do, does not end the one that writes', async (t) => {
  if (process.platform === 'win32') return t.skip('there are no groups of processes')
  const file = join(folder, 'terminated.mjs')
  writeFileSync(file, terminated)
  // A group of its own, or the signal would be for this test, too.
  const child = spawn(process.execPath, [file, folder], { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  assert.deepEqual([...(await once(child, 'close')), said], [0, null, ''])
})
