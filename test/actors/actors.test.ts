import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { inspect } from 'node:util'
import { type Actor, ActorLost, ArgumentError, Client, TaskError, delayed } from 'heddle'
import { InProcessCluster } from '../cluster/in-process-cluster.js'
import { Gate, pass } from '../client/gate.js'

let cluster: InProcessCluster
let client: Client
before(async () => {
  cluster = await InProcessCluster.start({ workers: 2, threads: 1 })
  client = cluster.client
})
after(() => cluster.close())

class Counter {
  n: number
  readonly seen: number[] = []

  constructor(start = 0) {
    this.n = start
  }

  get double(): number {
    return this.n * 2
  }

  add(by = 1): number {
    this.seen.push(by)
    return (this.n += by)
  }

  async addLater(by: number, url: string): Promise<number> {
    await fetch(url).then((response) => response.text())
    return (this.n += by)
  }

  never(): Promise<number> {
    return new Promise(() => undefined)
  }

  fail(): never {
    throw new RangeError('too far')
  }

  size(xs: readonly unknown[] | Float64Array): number {
    return xs.length
  }

  zeros(n: number): Float64Array {
    return new Float64Array(n)
  }
}

test('an actor keeps its state, and its methods and properties answer', async () => {
  const counter = await client.actor(Counter, 5)
  assert.equal(await counter.add(2), 7)
  assert.equal(await counter.add(), 8)
  assert.equal(await counter.n, 8)
  assert.equal(await counter.double, 16)
  assert.deepEqual(await counter.seen, [2, 1])
  assert.match(inspect(counter), /^Actor \{ Counter on worker-\d \}$/)
})

test('what an actor does not have is a TypeError that says what it has', async () => {
  const counter = await client.actor(Counter)
  const untyped = counter as unknown as Record<string, (() => Promise<unknown>) & Promise<unknown>>
  await assert.rejects(() => untyped.ad!(), {
    name: 'TypeError',
    message: /Counter has no ad: do you mean add\? .*methods are add, addLater, never, fail/,
  })
  await assert.rejects(async () => await untyped.m, { name: 'TypeError', message: /Counter has no m: do you mean n\?/ })
  assert.throws(() => {
    ;(counter as { n: unknown }).n = 3
  }, /cannot be set from elsewhere/)
})

test('what a method throws comes as it was, and the actor lives on', async () => {
  const counter = await client.actor(Counter, 1)
  await assert.rejects(
    counter.fail(),
    (error) => error instanceof RangeError && error.message === 'too far' && /fail/.test(error.stack!),
  )
  assert.equal(await counter.n, 1)
})

test('a class whose constructor throws fails its task', async () => {
  class Broken {
    constructor() {
      throw new Error('no')
    }
  }
  await assert.rejects(
    async () => await client.actor(Broken),
    (error) => error instanceof TaskError && /no/.test(error.message),
  )
})

test('futures and collections among arguments become their values, in order', async () => {
  const gate = await Gate.start()
  const start = client.submit(() => 10)
  const counter = await client.actor(Counter, start)
  const late = client.submit(pass<number>, gate.url, 5)
  const calls = [counter.add(late), counter.add(1), counter.n, counter.size([late, { a: late }])]
  gate.open()
  assert.deepEqual(await Promise.all(calls), [15, 16, 16, 2])
  assert.deepEqual(await counter.seen, [5, 1])
  gate.close()
})

test('methods that wait overlap; they begin in order', async () => {
  const gate = await Gate.start()
  const counter = await client.actor(Counter)
  const later = counter.addLater(10, gate.url)
  await gate.arrived(1)
  assert.equal(await counter.add(1), 1)
  gate.open()
  assert.equal(await later, 11)
  gate.close()
})

test('large arguments and results', async () => {
  const counter = await client.actor(Counter)
  const xs = new Float64Array(1_000_000)
  assert.equal(await counter.size(xs), 1_000_000)
  assert.equal(xs.length, 1_000_000)
  const zeros = await counter.zeros(500_000)
  assert.deepEqual(zeros, new Float64Array(500_000))
})

test('actors travel: in arguments, closures, results, and to other actors', async () => {
  const future = client.actor(Counter)
  const counter = await future
  const tasks = Array.from({ length: 10 }, (_, i) =>
    client.submit(async (c: Actor<Counter>, by: number) => c.add(by), counter, i),
  )
  await client.gather(tasks)
  assert.equal(await counter.n, 45)
  assert.equal(await client.submit(() => counter.add(5)), 50)
  // The future itself is an input like any other.
  assert.equal(await client.submit((c) => c.add(1), future), 51)
  const back = await client.submit((c: Actor<Counter>) => [c], counter)
  assert.equal(await back[0]!.add(1), 52)

  class Pair {
    readonly other: Actor<Counter>
    constructor(other: Actor<Counter>) {
      this.other = other
    }
    async addTwice(by: number): Promise<number> {
      await this.other.add(by)
      return this.other.add(by)
    }
  }
  const pairs = await client.gather([0, 1, 2, 3].map(() => client.actor(Pair, counter)))
  assert.equal(await pairs[0]!.addTwice(4), 60)
  await Promise.all(pairs.map((pair) => pair.addTwice(1)))
  assert.equal(await counter.n, 68)
})

test('another client can call an actor that it was given', async () => {
  const counter = client.actor(Counter)
  await client.publishDataset('counter', [counter])
  const other = await Client.open({ address: cluster.address, credentials: cluster.credentials, setAsDefault: false })
  const { value } = await other.getDataset<[typeof counter]>('counter')
  const there = await value[0]
  assert.equal(await there.add(3), 3)
  await other.close()
  assert.equal(await (await counter).n, 3)
  await client.unpublishDataset('counter')
})

test('an actor ends with its future, and nothing of it stays', async () => {
  // Those of the other tests may still be waiting to be collected.
  const before = await counts()
  const futures = Array.from({ length: 20 }, (_, i) => client.actor(Counter, i))
  const actors = await client.gather(futures)
  assert.deepEqual(
    await Promise.all(actors.map((actor) => actor.n)),
    Array.from(actors, (_, i) => i),
  )
  const during = await counts()
  assert.ok(during.known >= 20 && during.living === during.known)
  for (const future of futures) future.release()
  await assert.rejects(
    async () => {
      for (;;) await actors[0]!.n
    },
    (error) =>
      error instanceof ActorLost && /the actor Counter on the worker worker-\d .* is lost: it was released/.test(error.message),
  )
  await Promise.all(
    actors.map((actor) =>
      assert.rejects(async () => {
        for (;;) await actor.n
      }, ActorLost),
    ),
  )
  const after = await counts()
  assert.ok(after.known <= before.known)
  assert.equal(after.living, after.known)
})

async function counts(): Promise<{ known: number; living: number }> {
  const each = await Promise.all(cluster.workers.map((worker) => worker.actors()))
  return { known: each.reduce((a, { known }) => a + known, 0), living: each.reduce((a, { living }) => a + living, 0) }
}

test('what has a lane of its own dies with it', async () => {
  class Fragile {
    die(): void {
      process.exit(3)
    }
  }
  const future = client.actor(Fragile)
  const fragile = await future
  await assert.rejects(fragile.die(), ActorLost)
  await assert.rejects(fragile.die(), ActorLost)
  while (future.status === 'finished') await client.submit(() => undefined)
  await assert.rejects(
    async () => await future,
    (error) => error instanceof ActorLost && /Fragile-.*has ended on worker-\d/.test(error.message),
  )
  // A new one, since it was asked for.
  await future.retry()
  assert.match(inspect(await future), /Fragile/)
})

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Has garbage collected, and what was released taken notice of. */
async function collect(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('an actor lives as long as the program that made it has it, and no longer', async () => {
  let counter: Actor<Counter> | undefined = await client.actor(Counter, 41)
  const { known } = await counts()
  for (let i = 0; i < 5; i++) {
    await collect()
    await client.submit(() => undefined)
  }
  assert.equal(await counter.add(1), 42)
  counter = undefined
  for (;;) {
    await collect()
    await client.submit(() => undefined)
    const now = await counts()
    if (now.known < known && now.living === now.known) break
  }
})

test('what is no class is refused', () => {
  const untyped = client as unknown as { actor(type: unknown): unknown }
  assert.throws(() => untyped.actor(() => 1), ArgumentError)
})

test('calls that are waited for when the last client is closed reject', async () => {
  const own = await InProcessCluster.start({ workers: 1 })
  const gate = await Gate.start()
  const counter = await own.client.actor(Counter)
  const another = await Client.open({ address: own.address, credentials: own.credentials, setAsDefault: false })
  const pending = counter.addLater(1, gate.url)
  await gate.arrived(1)
  await another.close()
  gate.open()
  assert.equal(await pending, 1)
  const never = counter.never()
  const lost = assert.rejects(never, (error) => error instanceof ActorLost && error.message.endsWith('the client was closed'))
  await counter.n
  await own.client.close()
  await lost
  gate.close()
  await own.close()
})

test('what computes the arguments of an actor is no actor', async () => {
  const parts = [1, 2, 3].map((n) => delayed((x: number) => x)(n))
  class Sum {
    readonly of: number
    constructor(parts: readonly number[]) {
      this.of = parts.reduce((a, b) => a + b, 0)
    }
  }
  const sum = await client.actor(Sum, parts)
  assert.equal(await sum.of, 6)
  const future = client.actor(Sum, [4, client.submit(() => 5)])
  assert.equal(await (await future).of, 9)
})
