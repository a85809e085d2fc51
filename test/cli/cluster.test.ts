// A cluster made of `heddle scheduler` and `heddle worker`, as people start it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from '../../src/client/index.js'
import { readSchedulerFile } from '../../src/protocol/index.js'
import { isAlive, scratch, startScheduler, startWorker } from './services.js'

/** Tests close it while the scheduler is there. */
async function connect(file: string): Promise<Client> {
  const { addresses, credentials } = await readSchedulerFile(file)
  return Client.open({ address: addresses[0]!, credentials })
}

test('a scheduler, two workers, and a program that finds them through the file', async (t) => {
  const home = scratch(t)
  const { service: scheduler, file } = await startScheduler(t, home)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const [a, b] = await Promise.all([startWorker(t, home, 'a', '--resources', 'gpu=2,mem=1e9'), startWorker(t, home, 'b')])
  const client = await connect(file)
  assert.equal((await scheduler.news('worker-joined', ({ name }) => name === 'a')).threads, 1)
  await scheduler.news('worker-joined', ({ name }) => name === 'b')
  const numbers = Array.from({ length: 200 }, (_, i) => i)
  const squares = client.map((x: number) => x * x, numbers)
  const total = client.submit((xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0), squares)
  // n(n+1)(2n+1)/6 for the squares up to n.
  assert.equal(await total, (199 * 200 * 399) / 6)
  const workers = await client.workers()
  assert.deepEqual(workers.map(({ name }) => name).sort(), ['a', 'b'])

  const { token } = JSON.parse(readFileSync(file, 'utf8')) as { token: string }
  for (const service of [scheduler, a, b]) {
    const written = service.stdout + service.stderr + service.process.spawnargs.join(' ')
    assert.ok(!written.includes(token))
  }
  await client.close()
  scheduler.process.kill('SIGTERM')
  assert.deepEqual([await scheduler.ended, await a.ended, await b.ended], [0, 0, 0])
  assert.deepEqual([scheduler.stderr, a.stderr, b.stderr], ['', '', ''])
  assert.ok(!existsSync(file))
})

test('SIGTERM: what the worker holds is moved to the others, and nothing is computed again', async (t) => {
  const home = scratch(t)
  const { service: scheduler, file } = await startScheduler(t, home)
  const a = await startWorker(t, home, 'a')
  const client = await connect(file)
  // A value that would be another one if it were computed again.
  const drawn = client.map(
    (x: number) => x + Math.random(),
    Array.from({ length: 20 }, (_, i) => i),
  )
  const before = await client.gather(drawn)
  const b = await startWorker(t, home, 'b')
  a.process.kill('SIGTERM')
  assert.equal(await a.ended, 0)
  const left = await scheduler.news('worker-left')
  assert.deepEqual([left.name, left.reason, left.expected], ['a', 'what it held has been moved', true])
  assert.deepEqual(
    (await client.workers()).map(({ name }) => name),
    ['b'],
  )
  assert.deepEqual(await client.gather(drawn), before)
  await client.close()
  b.process.kill('SIGINT')
  assert.equal(await b.ended, 0)
})

test('kill -9 of a worker process: it starts again, and what is lost is computed again', async (t) => {
  const home = scratch(t)
  const { file, service: scheduler } = await startScheduler(t, home)
  const worker = await startWorker(t, home, 'a')
  const client = await connect(file)
  const doubled = client.map((x: number) => 2 * x, [1, 2, 3])
  assert.deepEqual(await client.gather(doubled), [2, 4, 6])
  const before = (await client.run(() => process.pid)).get('a')!
  process.kill(before, 'SIGKILL')
  const { restarts, signal } = await worker.news('worker-ended')
  assert.deepEqual([restarts, signal], [true, 'SIGKILL'])
  const lost = await scheduler.news('worker-left')
  assert.equal(lost.expected, false)
  assert.match(String(lost.reason), /killed by SIGKILL/)
  const { pid } = await worker.news('worker-ready')
  assert.ok(pid !== before && isAlive(Number(pid)) && !isAlive(before))
  assert.deepEqual(await client.gather(doubled), [2, 4, 6])
  await client.close()
})

test('a scheduler that is killed: its workers look for it, and then give up with a code of their own', async (t) => {
  const home = scratch(t)
  const { service: scheduler } = await startScheduler(t, home)
  const worker = await startWorker(t, home, 'a', '--death-timeout', '300 ms')
  scheduler.process.kill('SIGKILL')
  assert.equal(await worker.ended, 69)
  assert.match(
    worker.stderr,
    /^heddle: the scheduler at tcp:\/\/127\.0\.0\.1:\d+ was lost, and could not be reached again within 300 ms .*\n$/m,
  )
})

test('a command that is killed takes its worker processes with it', async (t) => {
  const home = scratch(t)
  const { file } = await startScheduler(t, home)
  const worker = await startWorker(t, home, 'a')
  const client = await connect(file)
  const server = createServer()
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const joined = once(server, 'connection') as Promise<[Socket]>
  // A connection that the worker process holds for as long as it lives.
  await client.run(
    async (port: number) => void (await import('node:net')).connect(port, '127.0.0.1').on('error', () => undefined),
    (server.address() as AddressInfo).port,
  )
  const [line] = await joined
  const gone = once(line.on('error', () => line.destroy()).resume(), 'close')
  worker.process.kill('SIGKILL')
  await gone
  await client.close()
})

test('a worker process runs what it was told to load first, in every thread that runs tasks', async (t) => {
  const home = scratch(t)
  const { file } = await startScheduler(t, home)
  const module = `data:text/javascript,${encodeURIComponent('globalThis.loadedFirst = 42')}`
  await startWorker(t, home, 'a', '--preload', module)
  const client = await connect(file)
  const read = (): unknown => (globalThis as { loadedFirst?: number }).loadedFirst
  assert.equal(await client.submit(read), 42)
  assert.equal((await client.run(read)).get('a'), 42)
  await client.close()
})

test('without a nanny the worker is the command itself', async (t) => {
  const home = scratch(t)
  const { file } = await startScheduler(t, home)
  const worker = await startWorker(t, home, 'a', '--no-nanny')
  const client = await connect(file)
  assert.equal((await client.run(() => process.pid)).get('a'), worker.process.pid)
  assert.equal(await client.submit(() => 6 * 7), 42)
  await client.close()
  worker.process.kill('SIGTERM')
  assert.equal(await worker.ended, 0)
  await worker.news('worker-ended', ({ expected }) => expected === true)
})

test('several workers of one command have names, resources and a share each; a lifetime ends them', async (t) => {
  const home = scratch(t)
  const { file } = await startScheduler(t, home)
  const client = await connect(file)
  const worker = await startWorker(t, home, 'w', '--nworkers', '2', '--memory-limit', '1 GiB', '--lifetime', '1 s')
  await client.waitForWorkers(2)
  assert.deepEqual((await client.workers()).map(({ name }) => name).sort(), ['w-0', 'w-1'])
  assert.equal(await worker.ended, 0)
  assert.match(worker.stdout, /reached the end of its lifetime/)
  assert.equal(existsSync(join(home, 'scheduler.json')), true)
  await client.close()
})
