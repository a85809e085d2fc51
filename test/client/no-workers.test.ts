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

test('who waits for a lock does not wait for workers: nothing fails because there are none yet', async () => {
  const credentials = { token: generateToken() }
  const scheduler = await SchedulerServer.start({ credentials, addresses: ['tcp://127.0.0.1:0'] })
  const client = await Client.connect({ address: scheduler.addresses[0]!, credentials }, { setAsDefault: false })
  try {
    await config.with({ client: { workersTimeout: 20 } }, async () => {
      const future = client.submit(() => 1)
      const lock = new Lock('held', { client })
      await lock.acquire()
      await assert.rejects(lock.acquire({ timeout: 100 }), { name: 'WaitTimeout', message: /others hold it/ })
      assert.equal(future.status, 'pending')
    })
  } finally {
    await client.close()
    await scheduler.close()
  }
})
