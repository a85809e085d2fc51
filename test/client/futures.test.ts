import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Cancelled, Client, type Future, futuresOf } from '../../src/client/index.js'
import { delayed } from '../../src/delayed/index.js'
import { TaskError } from '../../src/executor/index.js'
import { range } from '../../src/bag/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'
import { Gate, pass } from './gate.js'

let cluster: InProcessCluster
let client: Client
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

before(async () => {
  cluster = await InProcessCluster.start()
  client = cluster.client
})
after(() => cluster.close())
beforeEach(() => {
  unhandled.length = 0
})

const inc = (x: number): number => x + 1
const fail = (text: string): never => {
  throw new RangeError(text)
}

test('a call gives a future, which can be awaited and used by other calls', async () => {
  const two = client.submit(inc, 1)
  const sum = client.submit((a, b) => a + b, two, client.submit(inc, 2))
  assert.equal(two.status, 'pending')
  assert.equal(await sum, 5)
  assert.equal(await two, 2)
  assert.equal(sum.status, 'finished')
  assert.ok(sum.done && !sum.cancelled)
  assert.match(sum.key, /:\d+$/)
})

test('futures inside arrays, objects and closures are inputs', async () => {
  const a = client.submit(inc, 1)
  const b = client.submit(inc, 2)
  assert.equal(await client.submit((o: { x: number; y: number[] }) => o.x + o.y[0]!, { x: a, y: [b] } as never), 5)
  const captured = client.submit(async () => (await a) + 10)
  assert.equal(await captured, 12)
  assert.equal(await delayed((x: number) => x * 2)(b).compute({ executor: client }), 6)
})

test('map calls for each item, also of futures, and of several iterables up to the shortest', async () => {
  const squares = client.map(
    (x: number) => x * x,
    Array.from({ length: 100 }, (_, i) => i),
  )
  assert.deepEqual(
    await client.gather(squares),
    Array.from({ length: 100 }, (_, i) => i * i),
  )
  const sums = client.map((x: number, y: number) => x + y, squares.slice(0, 3), new Set([10, 20, 30, 40]))
  assert.deepEqual(await client.gather(sums), [10, 21, 34])
  assert.throws(() => client.map(() => 1), /at least one iterable/)
})

test('gather goes into structures, and computes collections', async () => {
  const values = await client.gather({ a: client.submit(inc, 1), b: [range(4, { partitions: 2 }), 'text'], c: new Date(0) })
  assert.deepEqual(values, { a: 2, b: [[0, 1, 2, 3], 'text'], c: new Date(0) })
  const circle: unknown[] = []
  circle.push(circle)
  await assert.rejects(client.gather(circle), /contains itself/)
  await assert.rejects(client.gather([Promise.resolve(1)] as never), /no future/)
})

test('a failed task: status, exception, traceback, and the same for what needs it', async () => {
  const bad = client.submit(fail, 'no good')
  const after = client.submit((x: number) => x, bad as Future<number>)
  const error = await bad.exception()
  assert.ok(error instanceof TaskError && error.cause instanceof RangeError)
  assert.equal(bad.status, 'error')
  assert.match((await bad.traceback())!, /RangeError: no good\n\s+at fail/)
  await assert.rejects(async () => after, /no good/)
  assert.equal(after.status, 'error')
  const good = client.submit(inc, 1)
  assert.equal(await good.exception(), undefined)
  assert.equal(await good.traceback(), undefined)
  await assert.rejects(client.gather([good, bad]), TaskError)
})

test('a failed task that nobody awaits is no unhandled rejection', async () => {
  const bad = client.submit(fail, 'unseen')
  await new Promise<void>((resolve) => bad.addDoneCallback(() => resolve()))
  assert.equal(bad.status, 'error')
  const refused = client.submit((x: unknown) => x, process.stdout)
  await new Promise<void>((resolve) => refused.addDoneCallback(() => resolve()))
  assert.equal(refused.status, 'error')
  assert.equal(refused.key, '')
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(unhandled, [])
})

test('of calls of one tick, one that cannot be sent fails alone, with what needs it', async () => {
  const good = client.submit(inc, 1)
  const bad = client.submit((x: unknown) => x, process.stdout)
  const after = client.submit((x: unknown) => x, bad)
  const other = client.submit(inc, good)
  assert.equal(await other, 3)
  await assert.rejects(bad.result(), /stdout|Socket|WriteStream|Pipe|File/i)
  await assert.rejects(after.result())
})

test('callbacks are called when it is done, and soon when it was done before', async () => {
  const gate = await Gate.start()
  const future = client.submit(pass, gate.url, 7)
  const called = new Promise<Future<number>>((resolve) => future.addDoneCallback((f) => resolve([f] as never)))
  assert.equal(future.done, false)
  gate.open()
  assert.equal(((await called) as never as Future<number>[])[0], future)
  await new Promise<void>((resolve) => future.addDoneCallback(() => resolve()))
  gate.close()
})

test('cancelling is for everybody, and what waits is told', async () => {
  const gate = await Gate.start()
  const other = await Client.connect(cluster, { setAsDefault: false })
  const future = client.submit(pass, gate.url, 1)
  const waiting = assert.rejects(async () => future, Cancelled)
  await gate.arrived()
  await client.publishDataset('soon', { future })
  const { value } = await other.getDataset<{ future: Future<number> }>('soon')
  const theirs = assert.rejects(async () => value.future, Cancelled)
  assert.equal(value.future.status, 'pending')
  await future.cancel()
  await waiting
  await theirs
  assert.equal(future.status, 'cancelled')
  assert.equal(value.future.status, 'cancelled')
  await assert.rejects(future.result(), Cancelled)
  await assert.rejects(client.submit(inc, future).result(), /cancelled or released/)
  gate.close()
  await other.close()
})

test('what was released cannot be had or used, and says so', async () => {
  const future = client.submit(inc, 1)
  await future
  future.release()
  assert.equal(future.status, 'cancelled')
  await assert.rejects(future.result(), Cancelled)
  await assert.rejects(client.submit(inc, future).result(), Cancelled)
})

test('retry runs a failed task again, and what failed because of it', async () => {
  const flag = `retry-${process.pid}`
  const flaky = client.submit((name: string) => {
    if (process.env[name] === undefined) {
      process.env[name] = 'seen'
      throw new Error('the first time')
    }
    return 5
  }, flag)
  const after = client.submit(inc, flaky)
  assert.match((await after.exception())!.message, /the first time/)
  // The variable is that of one lane: on another worker it fails once more.
  for (let tries = 0; tries < 20 && after.status !== 'finished'; tries++) {
    await after.retry()
    await after.exception()
  }
  assert.equal(await after, 6)
  assert.equal(await flaky, 5)
})

test('equal pure calls are one task', async () => {
  const pure = client.with({ pure: true })
  const a = pure.submit(inc, 41)
  const b = pure.submit(inc, 41)
  assert.equal(a.key, b.key)
  assert.equal(await a, 42)
  a.release()
  assert.equal(b.status, 'cancelled')
})

test('the future of another client is refused', async () => {
  const other = await Client.connect(cluster, { name: 'other', setAsDefault: false })
  const theirs = other.submit(inc, 1)
  await assert.rejects(client.submit(inc, theirs).result(), /held by other/)
  assert.deepEqual(await client.gather([theirs, client.submit(inc, 2)]), [2, 3])
  await other.close()
  assert.equal(theirs.status, 'cancelled')
  await assert.rejects(theirs.result(), Cancelled)
  assert.throws(() => other.submit(inc, 1), Cancelled)
})

test('a signal ends the wait, not the task', async () => {
  const gate = await Gate.start()
  const future = client.submit(pass, gate.url, 3)
  const stop = new AbortController()
  const waiting = future.result({ signal: stop.signal })
  stop.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  gate.open()
  assert.equal(await future, 3)
  gate.close()
})

test('futuresOf gives those of persisted collections, and futures in structures', async () => {
  const bag = client.persist(range(10, { partitions: 3 }).map((x) => x * 2))
  const single = client.submit(inc, 1)
  const futures = futuresOf(bag, { single })
  assert.equal(futures.length, 4)
  assert.equal(futures[3], single)
  const values = await Promise.all(futures.slice(0, 3))
  assert.deepEqual(
    (values as number[][]).flat(),
    Array.from({ length: 10 }, (_, i) => i * 2),
  )
  assert.deepEqual(futuresOf(range(10)), [])
  assert.deepEqual(await bag.compute({ executor: client }), (values as number[][]).flat())
})

test('results without a name are kept while somebody waits for them', async () => {
  const values = await Promise.all(Array.from({ length: 50 }, (_, i) => client.submit(inc, i).result()))
  assert.deepEqual(
    values,
    Array.from({ length: 50 }, (_, i) => i + 1),
  )
})

test('a future that nobody holds lets its result go', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const own = await InProcessCluster.start({ workers: 1 })
  const kept = own.client.submit(inc, 1)
  await (async () => {
    await own.client.gather(own.client.map(inc, [1, 2, 3]))
  })()
  let graphs = Infinity
  // Each round of questions gives the registry a turn.
  for (let rounds = 0; rounds < 200 && graphs > 1; rounds++) {
    collect()
    graphs = (await own.client.schedulerInfo()).graphs
  }
  assert.equal(graphs, 1)
  assert.equal(await kept, 2)
  await own.close()
})
