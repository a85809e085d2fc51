import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fromSequence } from '../../src/bag/index.js'
import { Client, type Future, futuresOf, wait } from '../../src/client/index.js'
import { delayed } from '../../src/delayed/index.js'
import { TaskError } from '../../src/executor/index.js'
import { RemoteError } from '../../src/protocol/index.js'
import { Gate, pass } from '../client/gate.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

let cluster: InProcessCluster
let client: Client

Object.assign(globalThis, { isTheTest: true })

before(async () => {
  cluster = await InProcessCluster.start()
  client = cluster.client
})
after(() => cluster.close())

const inc = (x: number): number => x + 1
/** Gives what it knows of where it runs. */
const place = (x: number): { x: number; here: boolean } => ({ x, here: 'isTheTest' in globalThis })
const onlyHere = (x: number): number => {
  if (!('isTheTest' in globalThis)) throw new RangeError(`not ${x} in a thread`)
  return x * 10
}

test('a task of submit runs in the thread of whoever asks, with the values of its inputs', async () => {
  const future = client.submit(place, client.submit(inc, 1))
  assert.deepEqual(await future, { x: 2, here: false })
  assert.deepEqual(await client.recreateLocally(future), { x: 2, here: true })
})

test('a failed task, whose inputs are there no more, is given them again', async () => {
  const bad = client.submit(onlyHere, client.submit(inc, 4))
  assert.ok((await bad.exception()) instanceof TaskError)
  assert.equal(await client.recreateLocally(bad), 50)
  // Nothing is kept for it.
  assert.equal(bad.status, 'error')
})

test('of a task that failed because of another one, that other one runs', async () => {
  const bad = client.submit(onlyHere, 7)
  const after = client.submit((x: number) => x + 1, client.submit(inc, bad as Future<number>))
  await after.exception()
  assert.equal((await client.recreateLocally(after)) as unknown, 70)
})

test('it fails here as it failed there', async () => {
  const fail = (text: string): never => {
    throw new RangeError(text)
  }
  const bad = client.submit(fail, 'no good')
  await bad.exception()
  await assert.rejects(client.recreateLocally(bad), (error: unknown) => {
    assert.ok(error instanceof TaskError && error.cause instanceof RangeError)
    assert.equal(error.key, bad.key)
    assert.match(error.message, /no good[^]*the main thread/)
    assert.match(error.cause.stack!, /recreate\.test/)
    return true
  })
})

test('own parameters, structures, captured futures and persisted collections come along', async () => {
  const a = client.submit(inc, 1)
  const structure = client.submit(
    (o: { x: number; y: number[] }, s: string) => `${o.x} ${o.y[0]} ${s}`,
    { x: a, y: [a] } as never,
    'z',
  )
  assert.equal(await client.recreateLocally(structure), '2 2 z')
  const captured = client.submit(async () => (await a) + 10)
  assert.equal(await client.recreateLocally(captured), 12)
  const persisted = fromSequence([1, 2, 3], { partitions: 2 }).persist({ executor: client })
  const total = client.submit(async (plus: number) => (await persisted.compute()).length + plus, 5)
  assert.equal(await client.recreateLocally(total), 8)
})

test('delayed calls and fused tasks of bags', async () => {
  const lazy = delayed((x: number, y: number) => [x, y, 'isTheTest' in globalThis])(delayed(inc)(1), 5).persist({
    executor: client,
  })
  const [call] = futuresOf(lazy)
  assert.deepEqual(await client.recreateLocally(call!), [2, 5, true])

  const bag = fromSequence([1, 2, 3, 4, 5, 6], { partitions: 3 })
    .map((x) => x * 2)
    .filter((x) => x !== 6)
    .map((x) => [x, 'isTheTest' in globalThis])
    .persist({ executor: client })
  const parts = futuresOf(bag)
  await wait(parts)
  assert.deepEqual(await client.recreateLocally(parts[1]!), [[8, true]])
})

test('a value that was put on the cluster has no task; neither has what was released', async () => {
  await assert.rejects(client.recreateLocally(client.scatter([1, 2])), (error: unknown) => {
    assert.ok(error instanceof RemoteError)
    assert.match(error.message, /put on the cluster/)
    return true
  })
  const gone = client.submit(inc, 1)
  await gone
  gone.release()
  await assert.rejects(client.recreateLocally(gone), /released/)
})

test('inputs that cannot be computed again: it says which', async () => {
  const lonely = await InProcessCluster.start({ workers: 2 })
  try {
    const data = lonely.client.with({ workers: ['worker-0'] }).scatter([1, 2, 3])
    const bad = lonely.client.with({ workers: ['worker-1'] }).submit((xs: number[]): number => {
      throw new Error(`${xs.length}`)
    }, data)
    await bad.exception()
    for (const worker of lonely.workers) await worker.close('the test wants it so', false)
    await assert.rejects(lonely.client.recreateLocally(bad), /cannot be run again: its input .*:0 is gone/)
  } finally {
    await lonely.close()
  }
})

test('a client that goes while its inputs are computed again leaves nothing behind; neither does a restart', async () => {
  for (const end of ['close', 'restart'] as const) {
    const own = await InProcessCluster.start()
    const gate = await Gate.start()
    try {
      const slow = own.client.submit(pass, gate.url, 1)
      const bad = own.client.submit((x: number): number => {
        throw new Error(`${x}`)
      }, slow)
      slow.release()
      await gate.arrived(1)
      gate.open()
      await bad.settled()
      gate.shut()
      const again = assert.rejects(own.client.recreateLocally(bad))
      await gate.arrived(2)
      if (end === 'close') await own.client.close()
      else await own.client.restart()
      await again
      gate.open()
      const other = await Client.open({ address: own.address, credentials: own.credentials, setAsDefault: false })
      while ((await other.schedulerInfo()).graphs > 0) await other.submit(inc, 1)
      await other.close()
    } finally {
      gate.close()
      await own.close()
    }
  }
})
