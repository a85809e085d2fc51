import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { range } from '../../src/bag/index.js'
import { WorkerServer } from '../../src/cluster/index.js'
import { Cancelled, Client, DatasetError, Future, wait } from '../../src/client/index.js'
import type { Bag } from '../../src/bag/index.js'
import { delayed } from '../../src/delayed/index.js'
import type { Delayed } from '../../src/delayed/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'
import { Gate, pass } from './gate.js'

let cluster: InProcessCluster
let client: Client

before(async () => {
  cluster = await InProcessCluster.start()
  client = cluster.client
})
after(() => cluster.close())

test('scattered values come back equal, and tasks use them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer(), fc.string(), fc.array(fc.double()), fc.dictionary(fc.string(), fc.anything())), {
        maxLength: 5,
      }),
      async (values) => {
        const futures = values.map((value) => client.scatter(value))
        const same = client.map((value: unknown) => value, futures)
        assert.deepEqual(await client.gather(futures as Future<unknown>[]), values)
        assert.deepEqual(await client.gather(same), values)
      },
    ),
    { numRuns: 20 },
  )
})

test('a large scattered array, used at once by tasks of both workers', async () => {
  const data = Float64Array.from({ length: 300_000 }, (_, i) => i)
  const scattered = client.scatter(data)
  assert.equal(scattered.status, 'pending')
  const sums = await Promise.all(
    ['worker-0', 'worker-1'].map((worker) =>
      client.with({ workers: [worker] }).submit((a: Float64Array) => a.reduce((x, y) => x + y, 0), scattered),
    ),
  )
  const expected = (300_000 * 299_999) / 2
  assert.deepEqual(sums, [expected, expected])
  assert.equal(scattered.status, 'finished')
  assert.deepEqual(await scattered, data)
  assert.equal(await delayed((a: Float64Array) => a.length)(client.scatter(data)).compute({ executor: client }), 300_000)
})

test('scatter: on chosen workers, on all of them; what cannot travel is an error at once', async () => {
  const one = client.with({ workers: ['worker-1'], label: 'numbers' }).scatter([1, 2, 3])
  await one
  assert.match(one.key, /^numbers-/)
  assert.deepEqual(await client.whoHas(one), new Map([[one.key, ['worker-1']]]))
  const both = client.scatter({ a: 1 }, { broadcast: true })
  await client.submit((x: unknown) => x, both)
  assert.deepEqual((await client.whoHas(both)).get(both.key)!.sort(), ['worker-0', 'worker-1'])
  const undef = client.scatter(undefined)
  assert.equal(await undef, undefined)
  assert.throws(() => client.scatter(process.stdout))
  await assert.rejects(
    client
      .with({ workers: ['nobody'] })
      .scatter(1)
      .result(),
    /there is no worker nobody/,
  )
})

test('what uses a scattered value that could not be placed fails with the same error', async () => {
  const lost = client.with({ workers: ['nobody'] }).scatter(1)
  const used = client.submit(
    (x: number) => x,
    client.submit((x: number) => x + 1, lost),
  )
  await assert.rejects(used.result(), /there is no worker nobody/)
  assert.equal(lost.status, 'error')
})

test('a scattered value that is released before it is sent is of use to who was given it', async () => {
  const value = client.scatter([7])
  const used = client.submit((x: number[]) => x[0], value)
  value.release()
  assert.equal(await used, 7)
  await assert.rejects(value.result(), Cancelled)
})

test('whoHas and hasWhat agree', async () => {
  const futures = client.map((x: number) => [x, x], [1, 2, 3, 4, 5, 6])
  await wait(futures)
  const byKey = await client.whoHas(futures)
  const byWorker = await client.hasWhat()
  for (const [key, workers] of byKey) for (const worker of workers) assert.ok(byWorker.get(worker)!.includes(key))
  const keys = new Set(futures.map(({ key }) => key))
  for (const [worker, held] of byWorker) for (const key of held) if (keys.has(key)) assert.ok(byKey.get(key)!.includes(worker))
  assert.deepEqual([...(await client.hasWhat(['worker-1'])).keys()], ['worker-1'])
  const pending = client.submit((x: number) => x, 1)
  await pending
  pending.release()
  await assert.rejects(client.whoHas(pending))
})

test('replicate makes copies, on so many workers or on those', async () => {
  const future = client.with({ workers: ['worker-0'] }).submit(() => 'x'.repeat(1000))
  await future
  assert.equal((await client.whoHas(future)).get(future.key)!.length, 1)
  await client.replicate(future, { workers: ['worker-1'] })
  assert.deepEqual((await client.whoHas(future)).get(future.key)!.sort(), ['worker-0', 'worker-1'])
  const other = client.submit(() => 'y'.repeat(1000))
  await client.replicate([other], { copies: 2 })
  assert.equal((await client.whoHas(other)).get(other.key)!.length, 2)
})

test('rebalance moves from those who hold much to those who hold little', async () => {
  const cluster = await InProcessCluster.start()
  const { client } = cluster
  const futures = client.with({ workers: ['worker-0'] }).map((i: number) => new Float64Array(20_000).fill(i), [1, 2, 3, 4, 5, 6])
  await wait(futures)
  const moved = await client.rebalance()
  assert.ok(moved >= 1)
  const holders = [...(await client.whoHas(futures)).values()].flat()
  assert.ok(holders.includes('worker-1'))
  const values = await client.gather(futures)
  values.forEach((value, i) => assert.equal(value[19_999], i + 1))
  await cluster.close()
})

test('datasets: another client gets the same type of thing, and keeps it', async () => {
  const other = await Client.connect(cluster, { name: 'other', setAsDefault: false })
  const bag = range(20, { partitions: 4 }).map((x) => x * 3)
  const future = client.submit(() => new Map([['k', 1]]))
  await client.publishDataset('all', { bag, list: [future, future], text: 'plain', single: client.persist(delayed(() => 9)()) })
  assert.deepEqual(await other.listDatasets(), ['all'])
  const { value } = await other.getDataset<{
    bag: Bag<number>
    list: Future<Map<string, number>>[]
    text: string
    single: Delayed<number>
  }>('all')
  const expected = Array.from({ length: 20 }, (_, i) => i * 3)
  assert.deepEqual(await value.bag.compute({ executor: other }), expected)
  assert.equal(value.text, 'plain')
  assert.deepEqual(await value.list[0], new Map([['k', 1]]))
  assert.equal(value.list[0], value.list[1])
  assert.equal(await value.single.compute({ executor: other }), 9)
  // The one who published it goes, and it is unpublished: who has got it keeps it.
  future.release()
  await client.unpublishDataset('all')
  await assert.rejects(other.getDataset('all'), DatasetError)
  assert.deepEqual(
    await value.bag.sum().compute({ executor: other }),
    expected.reduce((a, b) => a + b),
  )
  assert.deepEqual(await other.submit((m: Map<string, number>) => m.size, value.list[0]!), 1)
  await other.close()
})

test('datasets: names are taken, freed and asked for', async () => {
  await client.publishDataset(
    'one',
    client.submit(() => 1),
  )
  await assert.rejects(
    client.publishDataset(
      'one',
      client.submit(() => 2),
    ),
    DatasetError,
  )
  await client.publishDataset(
    'one',
    client.submit(() => 3),
    { overwrite: true },
  )
  const { value } = await client.getDataset<Future<number>>('one')
  assert.ok(value instanceof Future)
  assert.equal(await value, 3)
  await client.unpublishDataset('one')
  await assert.rejects(client.unpublishDataset('one'), /no dataset 'one'/)
})

test('a dataset outlives its client', async () => {
  const first = await Client.connect(cluster, { name: 'first', setAsDefault: false })
  const gate = await Gate.start()
  await first.publishDataset('late', first.submit(pass, gate.url, 'made'))
  await gate.arrived()
  await first.close()
  gate.open()
  assert.equal(await (await client.getDataset<Future<string>>('late')).value, 'made')
  await client.unpublishDataset('late')
  gate.close()
})

test('a scattered value is lost with the only worker that has it, and says so; a copy saves it', async () => {
  const own = await InProcessCluster.start({ workers: 2 })
  const lost = own.client.with({ workers: ['worker-0'] }).scatter(['lost'])
  const copied = own.client.with({ workers: ['worker-0'] }).scatter(['kept'])
  await own.client.replicate([lost, copied], { copies: 1 })
  await own.client.replicate(copied, { copies: 2 })
  await own.workers[0]!.close('the test wants it')
  await assert.rejects(own.client.submit((x: string[]) => x, lost).result(), /scatter/)
  assert.deepEqual(await own.client.submit((x: string[]) => x, copied), ['kept'])
  assert.deepEqual(await copied, ['kept'])
  await own.close()
})

test('scatter waits for a worker when there is none', async () => {
  const own = await InProcessCluster.start({ workers: 0 })
  const value = own.client.scatter('early')
  const used = own.client.submit((x: string) => x.length, value)
  assert.equal(await own.client.schedulerInfo().then(({ workers }) => workers.length), 0)
  assert.equal(value.status, 'pending')
  const worker = await WorkerServer.start({
    scheduler: own.address,
    credentials: own.credentials,
    name: 'first',
    threads: 1,
    listen: 'tcp://127.0.0.1:0',
    localDirectory: tmpdir(),
  })
  assert.equal(await used, 5)
  await worker.close('the test is over')
  await own.close()
})
