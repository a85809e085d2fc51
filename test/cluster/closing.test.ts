import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HeddleError } from '../../src/base/index.js'
import { SchedulerServer, WorkerServer } from '../../src/cluster/index.js'
import { connect, generateToken, listen } from '../../src/comm/index.js'

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

test('whoever closes a scheduler that is closing waits for the same end', async () => {
  const credentials = { token: generateToken() }
  const scheduler = await SchedulerServer.start({ credentials, addresses: ['tcp://127.0.0.1:0'] })
  let open!: () => void
  const gate = new Promise<void>((resolve) => (open = resolve))
  let reached!: () => void
  const waiting = new Promise<void>((resolve) => (reached = resolve))
  scheduler.onClose(() => {
    reached()
    return gate
  })
  const first = scheduler.close()
  await waiting
  let ended = false
  const second = scheduler.close().then(() => (ended = true))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(ended, false)
  open()
  await Promise.all([first, second])
})

test('a worker that ends as soon as it has joined ends after its threads, whoever asks', async (t) => {
  const credentials = { token: generateToken() }
  const scheduler = await SchedulerServer.start({ credentials, addresses: ['tcp://127.0.0.1:0'] })
  t.after(() => scheduler.close())
  const localDirectory = mkdtempSync(join(tmpdir(), 'heddle-closing-'))
  t.after(() => rmSync(localDirectory, { recursive: true }))
  const options = { scheduler: scheduler.addresses[0]!, credentials, threads: 3, listen: 'tcp://127.0.0.1:0', localDirectory }
  for (const name of ['a', 'b', 'c']) {
    const worker = await WorkerServer.start({ ...options, name })
    let ended = false
    void worker.ended.then(() => (ended = true))
    void worker.close('it was interrupted')
    await worker.close('again')
    // What awaits it may exit the process: there is no thread left.
    await Promise.resolve()
    assert.equal(ended, true)
  }
  assert.deepEqual(readdirSync(localDirectory), [])
})

test('a worker whose scheduler goes while it joins has no threads left when it says so', async (t) => {
  const credentials = { token: generateToken() }
  // It greets, and goes.
  const gone = await listen('tcp://127.0.0.1:0', {
    credentials,
    accept: (comm) => ({ frame: () => comm.abort(new Error('no')), closed: () => undefined }),
  })
  t.after(() => gone.close())
  const localDirectory = mkdtempSync(join(tmpdir(), 'heddle-closing-'))
  t.after(() => rmSync(localDirectory, { recursive: true }))
  const options = { scheduler: gone.address, credentials, threads: 3, listen: 'tcp://127.0.0.1:0', localDirectory }
  await assert.rejects(WorkerServer.start({ ...options, name: 'late' }), HeddleError)
  // Its folder goes after its threads.
  assert.deepEqual(readdirSync(localDirectory), [])
})
