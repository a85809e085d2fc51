import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { after, before, test } from 'node:test'
import { Client, LocalCluster, Scheduler, Worker, config, span } from '../../src/index.js'
import { LocalJobCluster } from '../../src/jobqueue.js'
import { AddressInUse } from '../../src/comm/index.js'
import type { GraphPicture, ProfilePicture, TaskPicture } from '../../src/cluster/index.js'
import { Visitor, get } from './visitor.js'

let cluster: LocalCluster
let client: Client
let link: string
let origin: string

before(async () => {
  cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
  client = await Client.connect(cluster)
  link = client.dashboardLink!
  origin = new URL(link).origin
})

after(async () => {
  await client.close()
  await cluster.close()
})

test('cluster and client know the same address', () => {
  assert.equal(cluster.dashboardLink, link)
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/\?key=[\w-]{43}$/)
  assert.ok(!link.includes(Buffer.from(cluster.credentials.token).toString('hex')))
})

test('without the key there is nothing to be had, and nothing to be learnt', async () => {
  for (const path of ['/', '/page.js', '/page.css', '/feed', '/nothing', '/?key=wrong', '/../../etc/passwd', '//']) {
    const { status, body, headers } = await get(origin + path)
    assert.equal(status, 401, path)
    assert.equal(body, 'The key is missing or wrong. Use the address that the program has printed.\n')
    assert.match(String(headers['content-security-policy']), /default-src 'none'/)
  }
  const { status } = await get(origin, { host: 'evil.example' })
  assert.equal(status, 421)
})

test('without the key nobody follows: not without a cookie, not with a wrong one, and nothing is said', async () => {
  for (const cookie of [undefined, 'heddle=wrong']) {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/feed`, {
      headers: { origin, ...(cookie === undefined ? {} : { cookie }) },
    })
    const status = await new Promise((resolve, reject) => {
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode))
      socket.on('message', () => reject(new Error('something was said')))
      socket.on('error', reject)
    })
    assert.equal(status, 401)
    socket.terminate()
  }
})

test('with the key there is a cookie, and with the cookie the page', async () => {
  const first = await get(link)
  assert.equal(first.status, 200)
  assert.match(first.body, /^<!doctype html>/)
  const cookie = String(first.headers['set-cookie']).split(';')[0]!
  const page = await get(`${origin}/`, { cookie })
  assert.equal(page.status, 200)
  assert.match(page.body, /^<!doctype html>/)
  const policy = String(page.headers['content-security-policy'])
  for (const part of ["script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "connect-src 'self'"])
    assert.ok(policy.includes(part), part)
  assert.ok(!policy.includes('unsafe'))
  const script = await get(`${origin}/page.js`, { cookie })
  assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8')
  // Nothing is had from elsewhere.
  assert.ok(!/\b(?:fetch|import)\(\s*["'`]https?:/.test(script.body))
  assert.equal((await get(`${origin}/toString`, { cookie })).status, 404)
  assert.equal((await get(`${origin}/`, { cookie }, 'POST')).status, 405)
})

test('a page sees what goes on, what has been, and is answered', { timeout: 60_000 }, async () => {
  const made = span('make', () => client.with({ label: 'make' }).map((x) => x + 1, [...Array(300).keys()]))
  await client.gather(made)
  const visitor = await Visitor.open(link)
  // What was before it came.
  await visitor.until((model) => model.groups.get('make')?.done === 300)
  assert.equal(visitor.model.present.length, 2)
  assert.equal(visitor.hello!.title, cluster.address)
  const doubled = client.with({ label: 'double' }).map((x: number) => {
    if (x === 7) throw new RangeError('seven')
    return 2 * x
  }, made)
  await Promise.allSettled(doubled.map((future) => future.result()))
  await visitor.until((model) => model.groups.get('double')?.done === 299 && model.errors.size === 1)
  const { groups, errors, runs, spans, bins } = visitor.model
  assert.equal(groups.get('double')!.erred, 1)
  assert.equal(spans.get('["make"]')!.done, 300)
  assert.equal(runs.length, 600)
  assert.equal(
    bins.columns.finished.reduce((a, b) => a + b, 0),
    599,
  )
  await visitor.until((model) => model.present.every(({ sample }) => sample !== undefined))

  const [failure] = errors.values()
  assert.equal(failure!.message, 'RangeError: seven')
  const picture = (await visitor.ask('task', failure!.examples[0])) as TaskPicture
  assert.equal(picture.state, 'erred')
  assert.equal(picture.inputs.length, 1)
  assert.equal(picture.error!.message, 'seven')
  assert.match(picture.error!.stack, /server\.test/)
  assert.ok(picture.story.some(({ kind }) => kind === 'taskErred'))

  const graph = (await visitor.ask('graph')) as GraphPicture
  assert.equal(graph.total, 600)
  const label = (n: number): string => graph.groups[n]!
  assert.deepEqual(
    graph.groupEdges.map(([from, to, n]) => [label(from), label(to), n]),
    [['make', 'double', 300]],
  )
  assert.equal(graph.tasks!.state.filter((state) => state === 'erred').length, 1)
  assert.equal(graph.tasks!.edges.length, 300)

  const profile = (await visitor.ask('profile', { seconds: 0.05, what: 'scheduler' })) as ProfilePicture
  assert.equal(profile.parts[0]!.worker, 'scheduler')
  await assert.rejects(visitor.ask('profile', { seconds: 1e9 }), /up to 60 seconds/)
  await assert.rejects(visitor.ask('toString'), /does not answer toString/)

  // Nonsense ends the connection, and nothing else.
  visitor.send('no JSON')
  await visitor.closed
  const another = await Visitor.open(link)
  await another.until((model) => model.groups.get('double')?.done === 299)
  another.send(Buffer.of(1, 2, 3))
  await another.closed
})

test('a page that comes when the log has forgotten counts all the same', { timeout: 60_000 }, async () => {
  await config.with({ scheduler: { historyLength: 256 }, dashboard: { port: 0 } }, async () => {
    await using scheduler = await Scheduler.start()
    const worker = await Worker.start(scheduler, { threads: 1 })
    const own = await Client.connect(scheduler, { setAsDefault: false })
    const futures = own.with({ label: 'inc' }).map((x) => x + 1, [...Array(3000).keys()])
    await own.gather(futures)
    const visitor = await Visitor.open(own.dashboardLink!)
    await visitor.until((model) => model.groups.get('inc')?.done === 3000)
    assert.equal(visitor.model.groups.get('inc')!.total, 3000)
    // And goes on counting.
    const more = own.with({ label: 'inc' }).map((x) => x + 2, [...Array(100).keys()])
    await own.gather(more)
    await visitor.until((model) => model.groups.get('inc')?.done === 3100)
    assert.equal(visitor.model.groups.get('inc')!.total, 3100)
    visitor.close()
    await own.close()
    await worker.close()
  })
})

test('of a worker that comes while somebody looks all is told', { timeout: 60_000 }, async () => {
  await config.with({ dashboard: { port: 0 } }, async () => {
    await using scheduler = await Scheduler.start()
    const own = await Client.connect(scheduler, { setAsDefault: false })
    const visitor = await Visitor.open(own.dashboardLink!)
    await visitor.until((model) => !Number.isNaN(model.to))
    const worker = await Worker.start(scheduler, { threads: 1, memoryLimit: '1 GiB' })
    await visitor.until((model) => model.present[0]?.facts.address !== undefined)
    const [{ facts }] = visitor.model.present as [(typeof visitor.model.present)[0]]
    assert.equal(facts.address, worker.address)
    assert.equal(facts.memoryLimit, 2 ** 30)
    visitor.close()
    await own.close()
    await worker.close()
  })
})

test('jobs of a queue, and runs of the past', { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-dashboard-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const jobs = await LocalJobCluster.start({
    cores: 1,
    memory: '600 MB',
    walltime: '5 min',
    scheduler: { host: '127.0.0.1', protocol: 'tcp' },
    sharedDirectory: folder,
    jobs: 1,
  })
  t.after(() => jobs.close())
  await jobs.waitForWorkers(1)
  await jobs.refresh()
  const visitor = await Visitor.open(jobs.dashboardLink!)
  const { columns, rows } = (await visitor.ask('jobs')) as { columns: { name: string }[]; rows: (string | number | null)[][] }
  const row = Object.fromEntries(columns.map(({ name }, c) => [name, rows[0]![c]]))
  assert.equal(rows.length, 1)
  assert.equal(row.job, jobs.jobs[0]!.id)
  assert.equal(row.state, 'running')
  assert.equal(row.workers, 1)
  const past = (await visitor.ask('history')) as { columns: { name: string }[]; rows: unknown[][]; empty: string }
  assert.ok(past.rows.length > 0 || past.empty.length > 0)
  assert.ok(past.rows.every((run) => run.length === past.columns.length))
  visitor.close()
})

test('a port that is taken is an error, and none is served where none is wanted', async () => {
  const port = Number(new URL(origin).port)
  await config.with({ dashboard: { port } }, () => assert.rejects(Scheduler.start(), AddressInUse))
  await config.with({ dashboard: { enabled: false } }, async () => {
    await using scheduler = await Scheduler.start()
    assert.equal(scheduler.dashboard, undefined)
    const own = await Client.connect(scheduler, { setAsDefault: false })
    assert.equal(own.dashboardLink, undefined)
    await own.close()
  })
})
