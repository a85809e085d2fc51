import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, Lock } from '../../src/client/index.js'
import { SchedulerServer } from '../../src/cluster/index.js'
import { generateToken } from '../../src/comm/index.js'
import { config } from '../../src/config/index.js'

test('without workers, who waits is told after client.workersTimeout, and waitForWorkers after its timeout', async () => {
  const credentials = { token: generateToken() }
  const scheduler = await SchedulerServer.start({ credentials, addresses: ['tcp://127.0.0.1:0'] })
  const address = scheduler.addresses[0]!
  const client = await Client.connect({ address, credentials }, { setAsDefault: false })
  try {
    await assert.rejects(client.waitForWorkers(2, { timeout: 50 }), {
      name: 'WaitTimeout',
      message: `0 of 2 workers have joined the scheduler at ${address} within 0.05 s: do the others find it, and do they know its token?`,
    })
    await config.with({ client: { workersTimeout: 50 } }, () =>
      assert.rejects(
        client.submit(() => 1).result(),
        (error: Error) => error.name === 'WaitTimeout' && error.message.includes(`heddle worker ${address}`),
      ),
    )
  } finally {
    await client.close()
    await scheduler.close()
  }
})

test('who waits for results is warned that there are no workers; who waits for a lock is not', async (t) => {
  const credentials = { token: generateToken() }
  const scheduler = await SchedulerServer.start({ credentials, addresses: ['tcp://127.0.0.1:0'] })
  const client = await Client.connect({ address: scheduler.addresses[0]!, credentials }, { setAsDefault: false })
  const warnings: string[] = []
  const listen = ({ message }: Error): void => {
    if (message.includes('heddle worker')) warnings.push(message)
  }
  process.on('warning', listen)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const lock = new Lock('held', { client })
    await lock.acquire()
    const patience = new AbortController()
    const second = assert.rejects(lock.acquire({ signal: patience.signal }), { name: 'AbortError' })
    await lock.locked() // the scheduler has heard of it
    t.mock.timers.tick(60_000)
    await lock.locked()
    assert.deepEqual(warnings, [])
    const result = assert.rejects(client.submit(() => 1).result(), { name: 'Cancelled' })
    await lock.locked()
    t.mock.timers.tick(60_000)
    await lock.locked()
    assert.equal(warnings.length, 1)
    patience.abort()
    await second
    await client.close()
    await result
  } finally {
    t.mock.timers.reset()
    process.off('warning', listen)
    await client.close()
    await scheduler.close()
  }
})
