import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, LeaseExpired, Lock, Queue } from '../../src/client/index.js'
import { config } from '../../src/config/index.js'
import { Proxy } from '../client/proxy.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

interface Parts {
  readonly cluster: InProcessCluster
  /** the client whose connection goes through the proxy */
  readonly remote: Client
  /** Its connection is gone, and does not come back before `restore`. */
  cut(): void
  restore(): void
}

async function withRemote(lease: string, use: (parts: Parts) => Promise<void>): Promise<void> {
  await config.with({ coordination: { lease } }, async () => {
    const cluster = await InProcessCluster.start({ workers: 1 })
    const port = Number(new URL(cluster.address).port)
    const proxy = await Proxy.start(port)
    const { credentials } = cluster
    const remote = await Client.connect({ address: proxy.address, credentials }, { setAsDefault: false, name: 'remote' })
    const cut = (): void => {
      proxy.target = undefined
      proxy.cut()
    }
    const restore = (): void => {
      proxy.target = port
    }
    try {
      await use({ cluster, remote, cut, restore })
    } finally {
      restore()
      await remote.close()
      proxy.close()
      await cluster.close()
    }
  })
}

test('a lock whose holder is away for longer than its lease is given to the next, and the holder learns of it', async () => {
  await withRemote('20 ms', async ({ cluster, remote, cut, restore }) => {
    const lock = new Lock('leased', { client: remote })
    const inside = lock.with(async (lease) => {
      await new Promise<void>((resolve) => {
        lease.signal.addEventListener('abort', () => resolve())
        cut()
        void new Lock('leased', { client: cluster.client }).with(restore)
      })
      assert.ok(lease.signal.reason instanceof LeaseExpired)
      assert.match(lease.signal.reason.message, /the lock 'leased', held by remote, .* for 20 ms \(coordination.lease\)/)
    })
    await assert.rejects(inside, LeaseExpired)
    assert.equal(await lock.locked(), false)
    await lock.with((lease) => assert.equal(lease.signal.aborted, false))
  })
})

test('a lock whose holder is away for less is kept', async () => {
  await withRemote('1 min', async ({ cluster, remote, cut, restore }) => {
    const lock = new Lock('kept', { client: remote })
    const lease = await lock.acquire()
    cut()
    restore()
    // The answer comes through the new connection.
    assert.equal(await lock.locked(), true)
    assert.equal(lease.signal.aborted, false)
    const next = new Lock('kept', { client: cluster.client }).acquire()
    await lease.release()
    await (await next).release()
  })
})

test('who waits and is away is passed over, and has its turn when it is back', async () => {
  await withRemote('1 min', async ({ cluster, remote, cut, restore }) => {
    const { client } = cluster
    const lock = new Lock('passed over', { client })
    const queue = new Queue<number>('passed over', { client })
    const lease = await lock.acquire()
    const theirLock = new Lock('passed over', { client: remote })
    const theirs = theirLock.acquire()
    const theirItem = new Queue<number>('passed over', { client: remote }).get()
    await theirLock.locked()
    cut()
    // The end of that connection is read long before so many answers have come.
    for (let i = 0; i < 10; i++) await lock.locked()
    const mine = lock.acquire()
    const item = queue.get()
    await lease.release()
    await queue.put(1)
    assert.equal(await item, 1)
    await (await mine).release()
    restore()
    await queue.put(2)
    assert.equal(await theirItem, 2)
    await (await theirs).release()
  })
})
