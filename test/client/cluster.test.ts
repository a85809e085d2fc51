import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { WorkerServer } from '../../src/cluster/index.js'
import {
  Client,
  type TopicEvent,
  fireAndForget,
  getClient,
  getWorker,
  uploaded,
  uploadedFile,
  wait,
  workerClient,
} from '../../src/client/index.js'
import { call } from '../../src/graph/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'
import { Gate, pass } from './gate.js'

let cluster: InProcessCluster
let client: Client
let folder: string

before(async () => {
  cluster = await InProcessCluster.start()
  client = cluster.client
  folder = await mkdtemp(join(tmpdir(), 'heddle-test-'))
})
after(async () => {
  await cluster.close()
  await rm(folder, { recursive: true })
})

test('run calls on all workers, or on some, and gives errors', async () => {
  const pids = await client.run((x: number) => [process.pid, x], 5)
  assert.deepEqual([...pids.keys()].sort(), ['worker-0', 'worker-1'])
  assert.deepEqual(pids.get('worker-0'), [process.pid, 5])
  const one = await client.with({ workers: ['worker-1'] }).run(async () => 'here')
  assert.deepEqual(one, new Map([['worker-1', 'here']]))
  await assert.rejects(
    client.run(() => {
      throw new RangeError('not today')
    }),
    /not today/,
  )
})

test('runOnScheduler calls there', async () => {
  assert.equal(await client.runOnScheduler((a: number, b: number) => a * b, 6, 7), 42)
  await assert.rejects(
    client.runOnScheduler(() => {
      throw new Error('nor there')
    }),
    /nor there/,
  )
})

test('get computes tasks that were written by hand, and only what is needed', async () => {
  const add = (...xs: number[]): number => xs.reduce((a, b) => a + b, 0)
  const tasks: Record<string, unknown> = { n0: 1, n1: 2 }
  const expected = [1, 2]
  // Each is the sum of some before it.
  for (let i = 2; i < 60; i++) {
    const inputs = [i - 1, i - 2, (i * 7) % i]
    tasks[`n${i}`] = call(add, ...inputs.map((n) => `n${n}`))
    expected.push(inputs.reduce((sum, n) => sum + expected[n]!, 0))
  }
  tasks.never = call(() => assert.fail('nobody needs it'))
  const keys = ['n59', 'n0', 'n30', 'n59']
  assert.deepEqual(
    await client.get(tasks, keys),
    keys.map((key) => expected[Number(key.slice(1))]),
  )
  await assert.rejects(client.get(tasks, ['n60', 'nver']), /there is no task "n60"; did you mean "n\d+"\?/)
})

test('workers, ncores and schedulerInfo describe the cluster', async () => {
  const workers = await client.workers()
  assert.deepEqual(workers.map(({ name }) => name).sort(), ['worker-0', 'worker-1'])
  assert.deepEqual(await client.ncores(), new Map(workers.map(({ name }) => [name, 1])))
  const info = await client.schedulerInfo()
  assert.equal(info.id, cluster.scheduler.id)
  assert.ok(info.clients.includes(client.name))
  assert.equal(info.workers.length, 2)
  assert.equal(client.concurrency, 2)
})

test('an uploaded module is there for tasks, also when it changes, and on workers that come later', async () => {
  const path = join(folder, 'model.mjs')
  await writeFile(path, 'export const predict = (x) => x + 1\n')
  await client.uploadFile(path)
  const predict = async (x: number): Promise<number> => {
    const model = await uploaded<{ predict(x: number): number }>('model.mjs')
    return model.predict(x)
  }
  assert.deepEqual(await client.gather(client.map(predict, [1, 2, 3, 4])), [2, 3, 4, 5])
  const late = await WorkerServer.start({
    scheduler: cluster.address,
    credentials: cluster.credentials,
    name: 'late',
    threads: 1,
    listen: 'tcp://127.0.0.1:0',
    localDirectory: folder,
  })
  assert.equal(await client.with({ workers: ['late'] }).submit(predict, 10), 11)
  await writeFile(path, 'export const predict = (x) => x * 100\n')
  await client.uploadFile(path)
  assert.equal(await client.with({ workers: ['late'] }).submit(predict, 10), 1000)
  await assert.rejects(client.submit(() => uploadedFile('other.csv')).result(), /no file other.csv was uploaded/)
  await assert.rejects(uploaded('../x'), /in tasks only|is named as it was/)
  await late.close('the test is over')
})

test('what is logged under a topic is kept, and told to who listens', async () => {
  const other = await Client.connect(cluster, { name: 'listener', setAsDefault: false })
  const events: TopicEvent[] = []
  let heard!: () => void
  const all = new Promise<void>((resolve) => (heard = resolve))
  const stop = await other.subscribeTopic('news', (event) => {
    if (events.push(event) === 2) heard()
  })
  await client.logEvent('news', { n: 1 })
  await client.logEvent('other', 'not told')
  await client.logEvent('news', new Map([[1, 2n]]))
  await all
  assert.deepEqual(
    events.map(({ value }) => value),
    [{ n: 1 }, new Map([[1, 2n]])],
  )
  assert.equal(events[0]!.client, client.name)
  await stop()
  await client.logEvent('news', 3)
  assert.deepEqual(
    (await other.getEvents('news')).map(({ value }) => value),
    [{ n: 1 }, new Map([[1, 2n]]), 3],
  )
  assert.deepEqual(await client.getEvents('nothing'), [])
  assert.equal(events.length, 2)
  await other.close()
})

test('what is fired and forgotten runs though its client has gone', async () => {
  const first = await Client.connect(cluster, { name: 'hasty', setAsDefault: false })
  const before = await Gate.start()
  const gone = await Gate.start()
  fireAndForget(first.submit((url: string, x: number) => pass(url, x), gone.url, first.submit(pass, before.url, 1)))
  await before.arrived()
  await first.close()
  before.open()
  // It is run all the same.
  await gone.arrived()
  gone.close()
  before.close()
})

test('what its client has left without is given up', async () => {
  const first = await Client.connect(cluster, { name: 'leaving', setAsDefault: false })
  const gate = await Gate.start()
  const never = await Gate.start()
  const slow = first.submit(pass, gate.url, 1)
  first.submit((url: string, x: number) => pass(url, x), never.url, slow)
  await gate.arrived()
  await first.close()
  gate.open()
  let ran = false
  void never.arrived().then(() => (ran = true))
  await client.gather(client.map((x: number) => x, [1, 2, 3, 4]))
  assert.equal(ran, false)
  assert.equal((await client.schedulerInfo()).clients.includes('leaving'), false)
  gate.close()
  never.close()
})

test('tasks know their worker, and submit tasks though all threads are taken by those that wait', async () => {
  assert.throws(() => {
    // This process has workers: a program without is one in which nothing was set.
    if (getWorker().name === '') throw new Error('no name')
    throw new Error('a name')
  }, /a name/)
  const sums = client.map(
    (n: number) =>
      workerClient(async (inner) => {
        const squares = inner.map(
          (x: number) => x * x,
          Array.from({ length: n }, (_, i) => i),
        )
        return inner.submit((xs: number[]) => xs.reduce((a, b) => a + b, 0), squares as never) as
          | Promise<number>
          | PromiseLike<number>
      }),
    [3, 4, 5, 6],
  )
  assert.deepEqual(
    await client.gather(sums),
    [3, 4, 5, 6].map((n) => Array.from({ length: n }, (_, i) => i * i).reduce((a, b) => a + b, 0)),
  )
  const shared = client.submit(async () => {
    const inner = await getClient()
    return (await inner.gather(inner.map((x: number) => x + 1, [1, 2]))) as number[]
  })
  assert.deepEqual(await shared, [2, 3])
})

test('restart forgets everything for everybody', async () => {
  const other = await Client.connect(cluster, { name: 'bystander', setAsDefault: false })
  const gate = await Gate.start()
  const done = client.submit(() => 1)
  await done
  const running = other.submit(pass, gate.url, 2)
  await gate.arrived()
  const waiting = assert.rejects(async () => running, /cancelled/)
  await client.publishDataset('gone', done)
  await client.restart()
  await waiting
  assert.equal(done.status, 'cancelled')
  assert.equal(running.status, 'cancelled')
  assert.deepEqual(await client.listDatasets(), [])
  gate.open()
  const again = client.map((x: number) => x + 1, [1, 2, 3])
  await wait(again)
  assert.deepEqual(await client.gather(again), [2, 3, 4])
  assert.equal(await other.submit(() => 5), 5)
  gate.close()
  await other.close()
})
