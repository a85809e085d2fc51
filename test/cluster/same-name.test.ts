// Workers of one name: one after the other, and both at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SchedulerServer } from '../../src/cluster/index.js'
import { type Comm, connect, generateToken } from '../../src/comm/index.js'
import { ControlChannel, ManagerLink, type WorkerInfo } from '../../src/protocol/index.js'

const info: WorkerInfo = {
  name: 'job-7',
  address: 'tcp://127.0.0.1:1',
  host: 'node1',
  pid: 1,
  threads: 1,
  resources: {},
  memoryLimit: undefined,
  localDirectory: '/tmp',
  nanny: true,
  versions: { heddle: '0', node: process.version },
}

test('a job that is put back and begins at once: its worker joins while it is still asked why the one before has gone', async (t) => {
  const credentials = { token: generateToken() }
  const scheduler = await SchedulerServer.start({ credentials, addresses: ['tcp://127.0.0.1:0'] })
  t.after(() => scheduler.close())
  const address = scheduler.addresses[0]!
  const register = async (): Promise<Comm> => {
    const made: { control?: ControlChannel } = {}
    const events = {
      frame: (kind: number, body: Uint8Array) => void made.control?.receive(kind, body),
      closed: (error: Error | undefined) => made.control?.closed(error ?? new Error('closed')),
    }
    const comm = await connect(address, { credentials, role: 'worker', events })
    made.control = new ControlChannel(comm, {})
    await made.control.ask('register', info)
    return comm
  }
  // Who has jobs is asked what has become of one when its worker is gone.
  const manager = new ManagerLink(address, credentials)
  t.after(() => manager.close())
  const times = { estimatedStart: undefined, started: undefined, ends: undefined }
  await manager.tellJobs('SlurmCluster', [
    { id: '7', pool: undefined, state: 'running', reason: undefined, workers: 1, ...times },
  ])
  const first = await register()
  await assert.rejects(register(), /there is a worker of the name job-7 already, on node1/)
  first.abort(new Error('its job was put back into the queue'))
  while ((await manager.workers()).length > 0);
  await register()
  assert.deepEqual(await manager.workers(), ['job-7'])
})
