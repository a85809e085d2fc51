import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, type Future, SchedulerLost, asCompleted, wait } from '../../src/client/index.js'
import { SchedulerServer } from '../../src/cluster/index.js'
import { config } from '../../src/config/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'
import { Gate, pass } from './gate.js'
import { Proxy } from './proxy.js'

const portOf = (address: string): number => Number(new URL(address).port)

async function throughProxy(): Promise<{ cluster: InProcessCluster; proxy: Proxy; client: Client }> {
  const cluster = await InProcessCluster.start()
  const proxy = await Proxy.start(portOf(cluster.address))
  const client = await Client.connect({ address: proxy.address, credentials: cluster.credentials }, { setAsDefault: false })
  return { cluster, proxy, client }
}

test('a connection that is cut again and again in mid-run costs nothing', async () => {
  const { cluster, proxy, client } = await throughProxy()
  const gate = await Gate.start()
  const held = client.submit(pass, gate.url, 1000)
  await gate.arrived()
  const first = client.map(
    (x: number) => x + 1,
    Array.from({ length: 300 }, (_, i) => i),
  )
  proxy.cut()
  const second = client.map(
    (x: number, y: number) => x + y,
    first,
    Array.from({ length: 300 }, () => 1),
  )
  const seen = new Set<number>()
  for await (const done of asCompleted(second)) {
    seen.add(done.value())
    if (seen.size % 60 === 0) proxy.cut()
  }
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i + 2),
  )
  proxy.cut()
  gate.open()
  assert.equal(await held, 1000)
  const scattered = client.scatter('kept')
  proxy.cut()
  assert.equal(await client.submit((x: string) => x.length, scattered), 4)
  // Released results are not held by the cluster because of a cut.
  for (const future of [...first, ...second, held, scattered]) future.release()
  proxy.cut()
  assert.ok(proxy.connections >= 3)
  gate.close()
  await client.close()
  assert.equal((await cluster.client.schedulerInfo()).graphs, 0)
  proxy.close()
  await cluster.close()
})

test('another scheduler at the address: what the old one held is lost, and that is said', async () => {
  const { cluster, proxy, client } = await throughProxy()
  const gate = await Gate.start()
  const done = client.submit(() => 1)
  await done
  const bad = client.submit(() => {
    throw new Error('failed before')
  })
  await bad.exception()
  const running = client.submit(pass, gate.url, 2)
  await gate.arrived()
  const other = await SchedulerServer.start({ credentials: cluster.credentials, addresses: ['tcp://127.0.0.1:0'] })
  proxy.target = portOf(other.addresses[0]!)
  const lost = assert.rejects(
    async () => running,
    (error) => error instanceof SchedulerLost && /another scheduler/.test(error.message),
  )
  proxy.cut()
  await lost
  assert.equal(running.status, 'lost')
  assert.equal(done.status, 'lost')
  assert.equal(bad.status, 'error')
  await assert.rejects(done.result(), SchedulerLost)
  await assert.rejects(bad.result(), /failed before/)
  assert.throws(() => client.submit(() => 1), SchedulerLost)
  await assert.rejects(client.workers(), SchedulerLost)
  const ends: string[] = []
  for await (const { status } of asCompleted([running, done, bad])) ends.push(status)
  assert.deepEqual(ends.sort(), ['error', 'lost', 'lost'])
  gate.close()
  await client.close()
  await other.close()
  proxy.close()
  await cluster.close()
})

test('a scheduler that cannot be reached for the setting client.timeout is lost', async () => {
  const { cluster, proxy, client } = await throughProxy()
  const gate = await Gate.start()
  const running = client.submit(pass, gate.url, 2)
  await gate.arrived()
  proxy.target = undefined
  const timeout = config.get('client.timeout')
  config.set({ client: { timeout: '200 ms' } })
  const lost = assert.rejects(
    async () => running,
    (error) => error instanceof SchedulerLost && /client\.timeout/.test(error.message),
  )
  proxy.cut()
  await lost
  config.set({ client: { timeout } })
  assert.equal(running.status, 'lost')
  gate.close()
  await client.close()
  proxy.close()
  await cluster.close()
})

test('the end of the scheduler ends what waits', async () => {
  const cluster = await InProcessCluster.start({ workers: 1 })
  const gate = await Gate.start()
  const running = cluster.client.submit(pass, gate.url, 2)
  await gate.arrived()
  const lost = assert.rejects(
    async () => running,
    (error) => error instanceof SchedulerLost && /has ended/.test(error.message),
  )
  await cluster.scheduler.close()
  await lost
  gate.close()
  await cluster.close()
})

test('a call that uses what another client has cancelled meanwhile fails, and nothing else does', async () => {
  const { cluster, proxy, client } = await throughProxy()
  // A graph of its own, of which nothing is left when it is cancelled.
  const future = client.submit(() => 1)
  await wait([future])
  const other = client.submit(() => 2)
  await wait([other])
  await client.publishDataset('both', future)
  const { value } = await cluster.client.getDataset<Future<number>>('both')
  const port = proxy.target
  proxy.target = undefined
  proxy.cut()
  await cluster.client.unpublishDataset('both')
  await cluster.client.cancel(value)
  assert.equal(future.status, 'finished')
  const refused = client.submit((x: number) => x + 1, future)
  const fine = client.submit((x: number) => x + 1, other)
  // They are one graph, as calls of one tick are.
  const later = Promise.resolve().then(() => client.submit((x: number) => x + 1, other))
  proxy.target = port
  await assert.rejects(refused.result(), /released/)
  await fine.exception()
  assert.equal(await later, 3)
  assert.equal(future.status, 'cancelled')
  await client.close()
  proxy.close()
  await cluster.close()
})
