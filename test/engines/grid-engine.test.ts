import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client } from '../../src/client/index.js'
import { EngineRefused, JobFailed, SGECluster, type SGEOptions } from '../../src/jobqueue/index.js'
import { bringUp, scratch } from './bring-up.js'

const limit = { timeout: 240_000 }
// All nodes are this machine, on which networks of other tests come and go.
const scheduler = { host: '127.0.0.1' }
const small: SGEOptions = {
  cores: 1,
  memory: '600 MB',
  walltime: '5 min',
  parallelEnvironment: 'smp',
  pollInterval: '500 ms',
  scheduler,
}

/** Grid Engine is up, and this process knows where. */
function isUp(t: TestContext): boolean {
  if (bringUp(t, 'sge-up.sh') === undefined) return false
  process.env.SGE_ROOT = '/var/lib/gridengine'
  process.env.SGE_CELL = 'default'
  return true
}

test('two jobs run a program; closing leaves nothing', limit, async (t) => {
  if (!isUp(t)) return
  const cluster = await SGECluster.start({ ...small, jobName: 'hdl-sge', sharedDirectory: scratch(t), jobs: 2 })
  t.after(() => cluster.close())
  const client = await Client.connect(cluster)
  t.after(() => client.close())
  await cluster.waitForWorkers(2)
  const ids = await client.run(() => process.env.JOB_ID)
  assert.deepEqual(new Set(ids.values()), new Set(cluster.jobs.map(({ id }) => id)))
  for (const [worker, id] of ids) assert.equal(worker, `job-${id}`)
  await cluster.scale({ jobs: 1 })
  assert.equal(await client.submit((a: number, b: number) => a * b, 6, 7), 42)
})

test('more cores than there are are refused before anything is submitted', limit, async (t) => {
  if (!isUp(t)) return
  const tooLarge = { ...small, sharedDirectory: scratch(t), cores: 999 }
  await assert.rejects(SGECluster.start(tooLarge), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /cannot run in PE "smp" because it only offers \d+ slots/)
    return true
  })
})

test('a queue that does not exist; a script that fails', limit, async (t) => {
  if (!isUp(t)) return
  await assert.rejects(SGECluster.start({ ...small, sharedDirectory: scratch(t), queue: 'nope', jobs: 1 }), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /requests unknown queue "nope"/)
    return true
  })
  const cluster = await SGECluster.start({
    ...small,
    sharedDirectory: scratch(t),
    prologue: ['echo there is no module nodejs', 'exit 7'],
    onJobFailed: () => undefined,
    jobs: 1,
  })
  t.after(() => cluster.close())
  await assert.rejects(cluster.waitForWorkers(1), (error) => {
    assert.ok(error instanceof JobFailed)
    assert.match(error.message, /exit code 7/)
    assert.match(error.message, /there is no module nodejs/)
    return true
  })
})
