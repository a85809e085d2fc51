import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import {
  Client,
  Event,
  Future,
  Lock,
  MultiLock,
  Queue,
  QueueEmpty,
  QueueFull,
  Semaphore,
  Variable,
  WaitTimeout,
} from '../../src/client/index.js'
import { Gate, pass } from '../client/gate.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

let cluster: InProcessCluster
let client: Client
let other: Client

before(async () => {
  cluster = await InProcessCluster.start()
  client = cluster.client
  other = await Client.open({ address: cluster.address, credentials: cluster.credentials, name: 'other', setAsDefault: false })
})
after(async () => {
  await other.close()
  await cluster.close()
})

test('a lock is held by one at a time, in the order in which it was asked for', async () => {
  const mine = new Lock('order', { client })
  const theirs = new Lock('order', { client: other })
  const order: number[] = []
  const first = await mine.acquire()
  assert.equal(await theirs.locked(), true)
  const waiting: Promise<number>[] = []
  for (let i = 0; i < 4; i++) {
    const lock = i % 2 === 0 ? mine : theirs
    waiting.push(lock.with(() => order.push(i)))
    // A question of the same client is answered after those before it.
    await lock.locked()
  }
  assert.deepEqual(order, [])
  await first.release()
  await Promise.all(waiting)
  assert.deepEqual(order, [0, 1, 2, 3])
  assert.equal(await mine.locked(), false)
  await first.release()
  await assert.rejects(mine.release(), ArgumentError)
})

test('who does not get a lock in time, or gives up, does not get it later', async () => {
  const lock = new Lock('late', { client })
  const again = new Lock('late', { client: other })
  const lease = await lock.acquire()
  await assert.rejects(again.acquire({ timeout: 0 }), WaitTimeout)
  await assert.rejects(again.acquire({ timeout: 1 }), /the lock 'late' could not be had within 1 ms/)
  const stop = new AbortController()
  const given = assert.rejects(again.acquire({ signal: stop.signal }), /enough/)
  await again.locked()
  stop.abort(new Error('enough'))
  await given
  await assert.rejects(again.acquire({ timeout: -1 }), ArgumentError)
  await lease.release()
  assert.equal(await lock.locked(), false)
})

test('what a function throws under a lock comes through, and the lock is free again', async () => {
  const lock = new Lock(undefined, { client })
  await assert.rejects(
    lock.with(() => {
      throw new RangeError('inside')
    }),
    /inside/,
  )
  assert.equal(await lock.locked(), false)
  assert.equal(await lock.with(async (lease) => lease.names[0]), lock.name)
})

test('several locks at once wait for all of them, and exclude those who want one', async () => {
  const both = new MultiLock(['a', 'b'], { client })
  const a = await new Lock('a', { client: other }).acquire()
  let has = false
  const waiting = both.acquire().then((lease) => {
    has = true
    return lease
  })
  assert.equal(await new Lock('b', { client }).locked(), false)
  assert.equal(has, false)
  await a.release()
  const lease = await waiting
  assert.deepEqual(lease.names, ['a', 'b'])
  await assert.rejects(new Lock('b', { client: other }).acquire({ timeout: 0 }), WaitTimeout)
  // One of two is enough when that was said.
  await lease.release()
  const b = await new Lock('b', { client: other }).acquire()
  const one = await both.acquire({ count: 1 })
  assert.deepEqual(one.names, ['a'])
  await one.release()
  await b.release()
  assert.throws(() => new MultiLock([]), ArgumentError)
  await assert.rejects(async () => both.acquire({ count: 3 }), ArgumentError)
})

test('a semaphore is held as often as it says', async () => {
  const semaphore = new Semaphore('three', { permits: 3, client })
  const leases = await Promise.all([1, 2, 3].map(() => semaphore.acquire()))
  assert.equal(await semaphore.held(), 3)
  await assert.rejects(semaphore.acquire({ timeout: 0 }), WaitTimeout)
  await assert.rejects(new Semaphore('three', { permits: 4, client: other }).acquire(), ArgumentError)
  await leases[1]!.release()
  await semaphore.acquire({ timeout: 0 })
  for (let i = 0; i < 3; i++) await semaphore.release()
  await assert.rejects(semaphore.release(), /not held/)
  assert.throws(() => new Semaphore('none', { permits: 0 }), ArgumentError)
})

test('an event wakes all who wait', async () => {
  const event = new Event('go', { client })
  const theirs = new Event('go', { client: other })
  assert.equal(await event.isSet(), false)
  await assert.rejects(event.wait({ timeout: 1 }), WaitTimeout)
  const waiting = Promise.all([event.wait(), theirs.wait(), theirs.wait()])
  await theirs.isSet()
  await event.set()
  await waiting
  await theirs.wait({ timeout: 0 })
  assert.equal(await theirs.isSet(), true)
  await event.clear()
  assert.equal(await theirs.isSet(), false)
})

test('a queue gives items in order, waits for room and for items', async () => {
  const queue = new Queue<number>('numbers', { maximum: 3, client })
  const theirs = new Queue<number>('numbers', { client: other })
  await queue.putBatch([1, 2])
  await queue.put(3)
  await assert.rejects(queue.put(4, { timeout: 1 }), QueueFull)
  await assert.rejects(queue.put(4, { timeout: 0 }), QueueFull)
  const put = queue.put(5)
  assert.equal(await theirs.get(), 1)
  await put
  assert.equal(await queue.size(), 3)
  assert.deepEqual(await theirs.getBatch(2), [2, 3])
  assert.deepEqual(await theirs.getBatch(), [5])
  await assert.rejects(theirs.get({ timeout: 1 }), QueueEmpty)
  await assert.rejects(queue.putBatch([1, 2, 3, 4]), ArgumentError)
  await assert.rejects(new Queue('numbers', { maximum: 4, client: other }).put(1), ArgumentError)
  const stop = new AbortController()
  const given = assert.rejects(theirs.get({ signal: stop.signal }), /no more/)
  await theirs.size()
  stop.abort(new Error('no more'))
  await given
  await queue.put(6)
  assert.equal(await queue.size(), 1)
  await queue.delete()
  assert.equal(await theirs.size(), 0)
  await queue.putBatch([])
})

test('what cannot travel cannot be put, and the queue is as it was', async () => {
  const queue = new Queue('strict', { client })
  await assert.rejects(queue.put(Promise.resolve(1)), /the queue 'strict'/)
  assert.equal(await queue.size(), 0)
})

test('a variable has the value that was set last', async () => {
  const variable = new Variable<{ n: number }>('best', { client })
  const theirs = new Variable<{ n: number }>('best', { client: other })
  await assert.rejects(theirs.get({ timeout: 1 }), WaitTimeout)
  const waiting = theirs.get()
  await variable.set({ n: 1 })
  assert.deepEqual(await waiting, { n: 1 })
  await variable.set({ n: 2 })
  assert.deepEqual(await theirs.get(), { n: 2 })
  await theirs.delete()
  await assert.rejects(variable.get({ timeout: 0 }), WaitTimeout)
})

test('futures stay alive in queues and variables, and arrive as futures', async () => {
  const queue = new Queue<Future<number> | readonly Future<number>[]>('futures', { client })
  const theirs = new Queue<Future<number> | readonly Future<number>[]>('futures', { client: other })
  const variable = new Variable<Future<number>>('a future', { client })
  const graphs = async (): Promise<number> => (await client.schedulerInfo()).graphs
  const before = await graphs()
  {
    const seven = client.submit((x: number) => x + 1, 6)
    const pair = client.map((x: number) => x * x, [2, 3])
    await queue.putBatch([seven, pair])
    await variable.set(seven)
    await client.gather([seven, ...pair])
    for (const future of [seven, ...pair]) future.release()
  }
  const [first] = (await theirs.getBatch(1)) as [Future<number>]
  assert.ok(first instanceof Future)
  assert.equal(await first, 7)
  const rest = (await theirs.get()) as Future<number>[]
  assert.deepEqual(await other.gather(rest), [4, 9])
  const { value } = await new Variable<Future<number>>('a future', { client: other }).getBoxed()
  assert.equal(await value, 7)
  assert.equal(await variable.get(), 7)
  await variable.delete()
  for (const future of [first, value, ...rest]) future.release()
  assert.equal(await other.submit(() => 1), 1)
  // Of what passed through nothing is left, once the handles that nobody has seen are collected.
  assert.ok((await graphs()) >= before)
})

test('a future that was cancelled while it was in a queue says so to whoever gets it, and the next item is fine', async () => {
  const gate = await Gate.start()
  const queue = new Queue<[Future<number>]>('cancelled', { client })
  const theirs = new Queue<[Future<number>]>('cancelled', { client: other })
  const held = client.submit(pass<number>, gate.url, 1)
  const fine = client.submit(() => 2)
  await queue.putBatch([[held], [fine]])
  await gate.arrived()
  await held.cancel()
  const [[first], [second]] = (await theirs.getBatch()) as [[Future<number>], [Future<number>]]
  await assert.rejects(first.result())
  assert.equal(await second, 2)
  await assert.rejects(queue.put([held]), /cancelled or released/)
  gate.close()
})

test('in tasks they are found by name, and travel inside closures', async () => {
  const lock = new Lock('in tasks', { client })
  const queue = new Queue<number>('from tasks', { client })
  const count = new Variable<number>('count', { client })
  const start = new Event('start', { client })
  await count.set(0)
  const tasks = client.map(
    async (n: number) => {
      await start.wait()
      await lock.with(async () => {
        const before = await count.get()
        await count.set(before + n)
      })
      await queue.put(n)
    },
    Array.from({ length: 12 }, (_, i) => i),
  )
  await start.set()
  const got = new Set<number>()
  while (got.size < 12) for (const n of await queue.getBatch()) got.add(n)
  await client.gather(tasks)
  assert.equal(await count.get(), 66)
  assert.equal(await new Semaphore('arrives', { permits: 2, client }).with(() => 1), 1)
  const names = client.submit(
    (multi: MultiLock, semaphore: Semaphore) => [...multi.names, semaphore.name, semaphore.permits],
    new MultiLock(['x', 'y']),
    new Semaphore('s', { permits: 2 }),
  )
  assert.deepEqual(await names, ['x', 'y', 's', 2])
})

test('what a client holds is free when it is closed, and what it waits for is forgotten', async () => {
  const leaving = await Client.open({ address: cluster.address, credentials: cluster.credentials, setAsDefault: false })
  const lock = new Lock('left', { client: leaving })
  const lease = await lock.acquire()
  const second = assert.rejects(lock.acquire())
  const mine = new Lock('left', { client }).acquire()
  await leaving.close()
  await second
  await (await mine).release()
  assert.equal(lease.signal.aborted, true)
  await assert.rejects(lease.release(), /was closed/)
})

test('a restart forgets values, and what has happened', async () => {
  const queue = new Queue<number>('forgotten', { client })
  const event = new Event('forgotten', { client })
  await queue.put(1)
  await event.set()
  await cluster.client.restart()
  assert.equal(await queue.size(), 0)
  assert.equal(await event.isSet(), false)
})

test('outside of a cluster there is nobody to ask', async () => {
  // The clients of this test are open all the same: they are no default executors, but found.
  await new Lock('found').with(() => undefined)
  assert.throws(() => new Lock(''), ArgumentError)
})
