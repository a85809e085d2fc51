import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import * as bag from '../../src/bag.js'
import { ArgumentError, Client, LocalCluster, openDashboard, performanceReport, span } from '../../src/index.js'
import { type Accounts, RunModel, decodeDigest } from '../../src/model/index.js'
import { launch, keep, noBrowser, watch } from './chromium.js'
import { Visitor } from './visitor.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-report-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const EVIL = `</script><script>window.broken = true</script><!-- <img src=x onerror="window.broken = true">`

const job = (): Promise<number> =>
  span(EVIL, () =>
    bag
      .range(200, { partitions: 40 })
      .map((x) => x + 1)
      .sum()
      .compute(),
  )

/** The recording that stands in a report, as the page reads it. */
function modelOf(file: string): { model: RunModel; answers: { graph: { groups: string[]; total: number } } } {
  const data = /<script type="text\/plain" id="recording">([\w+/=]+)<\/script>/.exec(readFileSync(file, 'utf8'))![1]!
  const recording = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')) as {
    lengths: number[]
    digests: string
    answers: { graph: { groups: string[]; total: number } }
  }
  const model = new RunModel()
  const bytes = Buffer.from(recording.digests, 'base64')
  let at = 0
  for (const length of recording.lengths) {
    model.apply(decodeDigest(new Uint8Array(bytes.subarray(at, at + length))))
    at += length
  }
  return { model, answers: recording.answers }
}

test('a report of threads tells what they did, and nothing in it is anything but text', async () => {
  const file = join(folder, 'threads.html')
  assert.equal(await performanceReport(file, job), 20_100)
  const html = readFileSync(file, 'utf8')
  assert.ok(!html.includes('window.broken'))
  assert.equal(html.match(/<script/g)!.length, 2)
  assert.equal(html.match(/<\/script/g)!.length, 2)
  assert.ok(!/(?:src|href)="(?!data:)/.test(html), 'it asks for something')
  const { model, answers } = modelOf(file)
  const groups = [...model.groups.values()]
  assert.equal(
    groups.reduce((sum, { total }) => sum + total, 0),
    answers.graph.total,
  )
  assert.ok(groups.every(({ done, total }) => done === total))
  assert.equal(model.runs.length, answers.graph.total)
  assert.equal(model.spans.get(JSON.stringify([EVIL]))!.done, answers.graph.total)
  assert.deepEqual(
    model.present.map(({ facts }) => facts.name),
    ['threads'],
  )
})

test('a report is written also of what failed; what it cannot be written to is said', async () => {
  const file = join(folder, 'failed.html')
  const failing = (): Promise<number> =>
    bag
      .range(10, { partitions: 2 })
      .map((x): number => {
        throw new RangeError(`no ${x}`)
      })
      .sum()
      .compute()
  await assert.rejects(performanceReport(file, failing), /no \d/)
  const { model } = modelOf(file)
  assert.ok(model.failed > 0)
  assert.ok([...model.errors.values()].some(({ message }) => /no \d/.test(message)))
  await assert.rejects(performanceReport(join(folder, 'none', 'x.html'), job), { code: 'ENOENT' })
  await assert.rejects(performanceReport('', job), ArgumentError)
})

test('a report of a cluster has its workers', { timeout: 60_000 }, async () => {
  await using cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
  const client = await Client.connect(cluster)
  const file = join(folder, 'cluster.html')
  await performanceReport(file, job)
  await client.close()
  const { model } = modelOf(file)
  assert.deepEqual(model.present.map(({ facts }) => facts.name).sort(), ['0', '1'])
  assert.ok(model.runs.length > 0)
  for (let n = 0; n < model.runs.length; n++) assert.ok(model.runs.worker[n]! >= 0)
})

test('a program without a cluster shows itself', { timeout: 60_000 }, async () => {
  await using dashboard = await openDashboard({ port: 0 })
  await span('mine', job)
  const visitor = await Visitor.open(dashboard.link)
  await visitor.until(({ spans }) => {
    const mine = spans.get('["mine"]')
    return mine !== undefined && mine.total > 0 && mine.done === mine.total
  })
  const graph = (await visitor.ask('graph')) as { total: number; tasks: { state: string[] } }
  assert.equal(graph.total, visitor.model.spans.get('["mine"]')!.total)
  const before = (await visitor.ask('accounts')) as Accounts
  assert.ok(before.groups.length > 0 && before.threads > 0 && before.available > 0)
  // A second executor counts as well.
  await span('here', () => bag.range(10).sum().compute({ executor: 'inline' }))
  const accounts = (await visitor.ask('accounts')) as Accounts
  assert.deepEqual(new Set(accounts.groups.map((group) => group.span[0])), new Set(['mine', 'here']))
  assert.ok(accounts.threads > before.threads)
  const closed = visitor.closed
  await dashboard.close()
  await closed
  await assert.rejects(openDashboard({ port: -1 }), ArgumentError)
})

test('a report opens without a server, in a browser', { skip: noBrowser, timeout: 120_000 }, async () => {
  const file = join(folder, 'opened.html')
  await performanceReport(file, job)
  const browser = await launch()
  try {
    const page = await browser.newPage({ viewport: { width: 1366, height: 850 } })
    const watched = watch(page)
    await page.goto(pathToFileURL(file).href)
    await page.waitForSelector('.connection.ended')
    assert.match((await page.locator('.tiles').textContent())!, /Tasks done\d+of \d+/)
    for (const name of ['workers', 'tasks', 'graph', 'profile', 'spans', 'shuffle', 'errors', 'logs', 'jobs', 'history']) {
      await page.click(`nav a[href="#/${name}"]`)
      await page.waitForSelector('main .panel h2')
    }
    await page.click('nav a[href="#/spans"]')
    // What would be a script in a page is a name here.
    await page.waitForSelector('section[aria-label=Spans] td')
    assert.equal(await page.locator('section[aria-label=Spans] td').first().textContent(), EVIL)
    assert.equal(await page.evaluate('window.broken'), undefined)
    await page.click('nav a[href="#/graph"]')
    await page.waitForSelector('svg .node')
    await keep(page, 'report-graph')
    assert.deepEqual([...watched.origins], ['file://'])
    assert.deepEqual(watched.problems, [])
  } finally {
    await browser.close()
  }
})
