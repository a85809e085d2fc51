import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { Client } from '../../src/client/index.js'
import { divide } from '../../src/cluster/index.js'
import { LocalCluster } from '../../src/deploy/index.js'

const GIB = 2 ** 30

async function start(t: TestContext, workers: number): Promise<{ cluster: LocalCluster; client: Client }> {
  const cluster = await LocalCluster.start({ workers, threadsPerWorker: 1 })
  t.after(() => cluster.close())
  const client = await Client.open(cluster)
  t.after(() => client.close())
  return { cluster, client }
}

/** Listens; worker processes that connect are known to be gone when their connections close, however they ended. */
async function lifelines(t: TestContext): Promise<{ port: number; lines: Socket[]; two: () => Promise<void> }> {
  const lines: Socket[] = []
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    lines.push(socket)
    server.emit('line')
  })
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Those at the other end may know of a connection before this end does.
  const two = async (): Promise<void> => {
    while (lines.length < 2) await once(server, 'line')
    assert.equal(lines.length, 2)
  }
  return { port: (server.address() as AddressInfo).port, lines, two }
}

/** Has a worker process hold a connection for as long as it lives; run in its main thread. */
async function hold(port: number): Promise<number> {
  const { connect } = await import('node:net')
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  return process.pid
}

test('a cluster computes, and closes without a process left', async (t) => {
  const { port, lines } = await lifelines(t)
  const { cluster, client } = await start(t, 2)
  assert.deepEqual(cluster.workers, ['0', '1'])
  const pids = await client.run(hold, port)
  assert.equal(new Set([...pids.values(), process.pid]).size, 3)
  assert.equal(await client.submit((a: number, b: number) => a * b, 6, 7), 42)
  const gone = lines.map((line) => once(line.resume(), 'close'))
  assert.equal(gone.length, 2)
  await client.close()
  await cluster.close()
  await Promise.all(gone)
  // Once more does no harm.
  await cluster.close()
})

test('no workers at first; scaling up and down loses nothing', async (t) => {
  const { cluster, client } = await start(t, 0)
  assert.deepEqual(cluster.workers, [])
  const waiting = client.submit(() => 'done')
  await cluster.scale(2)
  assert.equal(await waiting, 'done')
  // Another value each time it is computed.
  const drawn = client.map(
    (x: number) => x + Math.random(),
    Array.from({ length: 30 }, (_, i) => i),
  )
  const before = await client.gather(drawn)
  await cluster.scale(1)
  assert.equal(cluster.workers.length, 1)
  assert.deepEqual(await client.gather(drawn), before)
})

test('when the program is killed its cluster ends', async (t) => {
  const { port, lines, two } = await lifelines(t)
  const program = fileURLToPath(new URL('./forgetful.js', import.meta.url))
  const child = spawn(process.execPath, [program, String(port), 'stay'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  // It says so when all of its workers hold their lines.
  await once(child.stdout, 'data')
  await two()
  const gone = lines.map((line) => once(line.resume(), 'close'))
  child.kill('SIGKILL')
  await Promise.all(gone)
})

test('a program that forgets its cluster ends when it is done, and the cluster with it', async (t) => {
  const { port, lines } = await lifelines(t)
  const program = fileURLToPath(new URL('./forgetful.js', import.meta.url))
  const child = spawn(process.execPath, [program, String(port)], { stdio: ['ignore', 'ignore', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0)
  assert.equal(lines.length, 2)
  await Promise.all(lines.map(async (line) => line.closed || (await once(line.resume(), 'close'))))
})

test('bad numbers', async () => {
  await assert.rejects(LocalCluster.start({ workers: -1 }), ArgumentError)
  await assert.rejects(LocalCluster.start({ workers: 1.5 }), ArgumentError)
  await assert.rejects(LocalCluster.start({ threadsPerWorker: 0 }), ArgumentError)
  await assert.rejects(LocalCluster.start({ workers: 1, memoryLimit: 'much' }), /not a memory limit/)
  const misspelt: object = { worker: 1 }
  await assert.rejects(
    LocalCluster.start(misspelt),
    /^ArgumentError: LocalCluster.start: there is no option "worker"; did you mean workers\?/,
  )
})

test('the division of a machine', () => {
  // The rule of the issue: max(⌈cores/8⌉, ⌈memory/8 GB⌉), at most cores.
  assert.deepEqual(divide({ cores: 16, memory: 8 * GIB }), { workers: 2, threads: 8 })
  assert.deepEqual(divide({ cores: 4, memory: 256 * GIB }), { workers: 4, threads: 1 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 512 }), fc.integer({ min: 1, max: 4096 }), (cores, gib) => {
      const { workers, threads } = divide({ cores, memory: gib * GIB })
      assert.equal(workers, Math.min(cores, Math.max(Math.ceil(cores / 8), Math.ceil(gib / 8))))
      assert.ok(threads >= 1 && workers * threads <= cores)
    }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }), (cores, given) => {
      assert.equal(divide({ cores, memory: GIB, workers: given }).workers, given)
      assert.equal(divide({ cores, memory: GIB, threads: given }).threads, given)
    }),
  )
})
