// The main job, as `npm start` runs it, and unchanged on a scheduler and two workers of the command line.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { launch, noBrowser } from '../dashboard/chromium.js'
import { Visitor } from '../dashboard/visitor.js'
import { plainSql } from '../dataframe/plain-sql.js'
import { scratch, startScheduler, startWorker } from '../cli/services.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const job = fileURLToPath(new URL('../../examples/main-job.js', import.meta.url))
const connectFirst = new URL('./connect-first.js', import.meta.url).href

interface Ran {
  readonly stdout: string
  readonly stderr: string
}

/** `look` is given the address of the dashboard while the job runs. */
function run(flags: readonly string[], environment: NodeJS.ProcessEnv, look?: (link: string) => Promise<void>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, job], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    let stdout = ''
    let stderr = ''
    let looked: Promise<void> | undefined
    child.stdout.on('data', (text) => {
      stdout += text
      const link = /^Dashboard: (\S+)\n/m.exec(stdout)?.[1]
      if (link !== undefined) looked ??= look?.(link)
      looked?.catch(reject)
    })
    child.stderr.on('data', (text) => (stderr += text))
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code !== 0) reject(new Error(`the job ended with ${code}: ${stdout}${stderr}`))
      else Promise.resolve(looked).then(() => resolve({ stdout, stderr }), reject)
    })
  })
}

let here: Ran

/** The address that it prints leads to a page, in a browser if there is one, that shows what the job does. */
async function lookOn(link: string, browser: Browser | undefined): Promise<void> {
  const visitor = await Visitor.open(link)
  const ended = visitor.closed.then(() => assert.fail('the job ended before its page showed any of it'))
  await Promise.race([visitor.until(({ groups }) => [...groups.values()].some(({ done }) => done > 0)), ended])
  visitor.close()
  const page = await browser?.newPage()
  await page?.goto(link)
  await page?.waitForSelector('.tiles')
  await page?.evaluate(`new Promise((resolve) => {
    const look = () =>
      /[1-9]/.test(document.querySelector('.tile dd').textContent) ? resolve(true) : requestAnimationFrame(look)
    look()
  })`)
}

test('npm start: the main job', { timeout: 600_000 }, async (t) => {
  const picture = join(root, 'out', 'main-job.svg')
  rmSync(picture, { force: true })
  const browser = noBrowser ? undefined : await launch()
  t.after(() => browser?.close())
  let looked = false
  here = await run([], { HEDDLE_DASHBOARD__ENABLED: 'true' }, async (link) => {
    await lookOn(link, browser)
    looked = true
  })
  assert.ok(looked)
  const { stdout, stderr } = here
  assert.equal(stderr, '')

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
    new RegExp(
      `^Dashboard: http://127\\.0\\.0\\.1:\\d+/\\?key=[\\w-]{43}\\n\\n?${words.toLocaleString('en')} words, ${counts.size.toLocaleString('en')} of them different`,
    ),
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

test('the main job gives on a cluster what it gives on threads', async (t) => {
  const home = scratch(t)
  const { file } = await startScheduler(t, home)
  await Promise.all([startWorker(t, home, 'a'), startWorker(t, home, 'b')])
  const there = await run(['--import', connectFirst], { SCHEDULER_FILE: file })
  // What differs is where the dashboard is, and how long it took.
  const answers = (text: string): string =>
    text
      .slice(0, text.search(/\d+ tasks: /))
      .replace(/^Dashboard: .*$/m, '')
      .replaceAll(/\([\d.]+ s\)/g, '')
  assert.equal(answers(there.stdout), answers(here.stdout))
  const tasks = (text: string): number => Number(/(\d+) tasks: /.exec(text)![1])
  assert.equal(tasks(there.stdout), tasks(here.stdout))
  assert.ok(tasks(there.stdout) > 100)
})
