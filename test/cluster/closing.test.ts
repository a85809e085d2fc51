import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SchedulerServer } from '../../src/cluster/index.js'
import { connect, generateToken } from '../../src/comm/index.js'

test('a scheduler that closes leaves no connection behind, not even of those that have not said who they are', async () => {
  const credentials = { token: generateToken() }
  const scheduler = await SchedulerServer.start({ credentials, addresses: ['tcp://127.0.0.1:0'] })
  const ends: Promise<unknown>[] = []
  for (const role of ['nanny', 'worker', 'client', 'manager']) {
    let end!: (error: unknown) => void
    ends.push(new Promise((resolve) => (end = resolve)))
    await connect(scheduler.addresses[0]!, { credentials, role, events: { frame() {}, closed: end } })
  }
  await scheduler.close()
  // Each was closed in order, and none broke.
  assert.deepEqual(await Promise.all(ends), [undefined, undefined, undefined, undefined])
})
