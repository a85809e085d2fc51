import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fromSequence } from '../../src/bag/index.js'
import { Client, type Future, futuresOf, getClient, getTask, getTaskMetadata, setTaskMetadata } from '../../src/client/index.js'
import { delayed } from '../../src/delayed/index.js'
import type { GraphDetail } from '../../src/events/index.js'
import { annotate, span } from '../../src/expr/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'
import { Gate, pass } from '../client/gate.js'

let cluster: InProcessCluster
let client: Client

before(async () => {
  cluster = await InProcessCluster.start()
  client = cluster.client
})
after(() => cluster.close())

const whereAmI = (): readonly string[] => getTask().span

test('a task reads what annotate said of it, on every executor', async () => {
  const what = annotate({ dataset: 'jan', retries: 1 }, () => delayed(() => getTask())())
  for (const executor of ['inline', 'threads', 'processes', client] as const) {
    const { annotations, span: spans, label } = await what.compute({ executor })
    assert.deepEqual(annotations, { dataset: 'jan', retries: 1 })
    assert.deepEqual(spans, [])
    assert.equal(label, '() => getTask()')
  }
  assert.deepEqual((await client.with({ retries: 2 }).submit(() => getTask())).annotations, { retries: 2 })
  assert.throws(() => getTask(), /not called in a task/)
})

test('the key is that of the future, also after the task has waited, and of tasks that overlap each one knows its own', async () => {
  const futures = client.map(
    async (ms: number) => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      return getTask().key
    },
    [5, 1, 3],
  )
  assert.deepEqual(
    await client.gather(futures),
    futures.map(({ key }) => key),
  )
})

test('spans nest, over waits, and hold for submit, compute and persist, whatever was made outside', async () => {
  const outside = delayed(whereAmI)()
  const bag = fromSequence([1, 2], { partitions: 1 }).map(() => getTask().span)
  await span('load', async () => {
    assert.deepEqual(await client.submit(whereAmI), ['load'])
    await delay(1)
    await span('read', async () => {
      assert.deepEqual(await client.submit(whereAmI), ['load', 'read'])
      assert.deepEqual(await outside.compute({ executor: client }), ['load', 'read'])
      assert.deepEqual(await bag.compute({ executor: 'threads' }), [
        ['load', 'read'],
        ['load', 'read'],
      ])
      const [kept] = futuresOf(outside.persist({ executor: client }))
      assert.deepEqual(await kept, ['load', 'read'])
    })
    const inside = annotate({ priority: 1 }, () => delayed(() => getTask().annotations)())
    assert.deepEqual(await inside.compute({ executor: 'inline' }), { priority: 1, span: ['load'] })
  })
  assert.deepEqual(await outside.compute({ executor: client }), [])
  assert.throws(() => span('', () => 1), /a name is needed/)
  assert.throws(() => annotate({ span: 'load' as never }, () => 1), /array of names/)
})

test('calls of one tick keep their own spans', async () => {
  const a = span('a', () => client.submit(whereAmI))
  const none = client.submit(whereAmI)
  const b = span('b', () => client.submit(whereAmI))
  assert.deepEqual(await client.gather([a, none, b]), [['a'], [], ['b']])
})

test('what a task submits belongs to its spans', async () => {
  const inner = await span('outer', () =>
    client.submit(async () => {
      const own = await getClient()
      await own.submit(() => 1)
      return [await own.submit(() => getTask().span), await span('inner', () => own.submit(() => getTask().span))]
    }),
  )
  assert.deepEqual(inner, [['outer'], ['outer', 'inner']])
})

test('spans show in the events of the scheduler and of the client', async () => {
  const seen: (readonly string[])[] = []
  const stop = client.log.listen((log, from, to) => {
    for (let n = from; n < to; n++) seen.push(...((log.detail(n) as GraphDetail | undefined)?.spans ?? []))
  })
  const { log } = cluster.scheduler
  const before = log.length
  await span('shown', () => client.submit(() => 'in a span'))
  stop()
  assert.deepEqual(seen, [['shown']])
  const there: unknown[] = []
  for (let n = before; n < log.length; n++) there.push(...((log.detail(n) as GraphDetail | undefined)?.spans ?? []))
  assert.deepEqual(there, [['shown']])
})

test('facts: while a task runs, when it has ended, when it has failed', async () => {
  const gate = await Gate.start()
  try {
    const future = client.submit(
      async (url: string, go: typeof pass) => {
        setTaskMetadata({ step: 1, when: new Date(0) })
        await go(url, 0)
        setTaskMetadata({ step: 2, rows: 10n })
      },
      gate.url,
      pass,
    )
    await gate.arrived()
    assert.deepEqual(await client.getTaskMetadata(future), { step: 1, when: new Date(0) })
    gate.open()
    await future
    assert.deepEqual(await client.getTaskMetadata(future), { step: 2, when: new Date(0), rows: 10n })
  } finally {
    gate.close()
  }
  const bad = client.submit((): number => {
    setTaskMetadata({ reached: 'here' })
    throw new Error('no good')
  })
  await bad.settled()
  assert.deepEqual(await client.getTaskMetadata(bad), { reached: 'here' })
  const plain: Future<number> = client.submit(() => 1)
  await plain
  assert.deepEqual(await client.getTaskMetadata(plain), {})
  plain.release()
  await assert.rejects(client.getTaskMetadata(plain), /released/)
})

test('facts of all tasks of a block, also of those that were let go, and of no other client', async () => {
  const other = await Client.open({ address: cluster.address, credentials: cluster.credentials, setAsDefault: false })
  const before = client.submit(() => setTaskMetadata({ when: 'before' }))
  await before
  const { result, metadata } = await getTaskMetadata(client, async () => {
    await other.submit(() => setTaskMetadata({ whose: 'another' }))
    const lazy = delayed((x: number) => {
      setTaskMetadata({ x })
      return x + 1
    })
    await lazy(lazy(1)).compute({ executor: client })
    return 'done'
  })
  await other.close()
  assert.equal(result, 'done')
  assert.deepEqual([...metadata.values()], [{ x: 1 }, { x: 2 }])
  assert.ok([...metadata.keys()].every((key) => /^lambda-\w+:\d$/.test(key)))
  const no = new Error('no')
  const fails = (): never => {
    throw no
  }
  await assert.rejects(getTaskMetadata(client, fails), no)
  await assert.rejects(
    getTaskMetadata(7 as never, () => 1),
    /must be a client/,
  )
})

test('facts that are too many, or none, are refused; without a cluster nothing happens', async () => {
  await assert.rejects(Promise.resolve(client.submit(() => setTaskMetadata({ all: 'x'.repeat(70_000) }))), /64|65536/)
  await assert.rejects(Promise.resolve(client.submit(() => setTaskMetadata([1] as never))), /an object of facts/)
  const lazy = delayed(() => {
    setTaskMetadata({ a: 1 })
    return 2
  })()
  assert.equal(await lazy.compute({ executor: 'inline' }), 2)
  assert.equal(await lazy.compute({ executor: 'threads' }), 2)
})
