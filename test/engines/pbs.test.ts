// The commands of PBS and Moab, which here stand in front of a real Slurm.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client } from '../../src/client/index.js'
import { EngineRefused, MoabCluster, PBSCluster, type PBSOptions } from '../../src/jobqueue/index.js'
import { bringUp, scratch } from './bring-up.js'

const limit = { timeout: 240_000 }
// All nodes are this machine, on which networks of other tests come and go.
const scheduler = { host: '127.0.0.1' }
const small: PBSOptions = { cores: 1, memory: '600 MB', walltime: '5 min', queue: 'main', pollInterval: '500 ms', scheduler }

/** They are there, and this process finds them. */
function isUp(t: TestContext): boolean {
  if (bringUp(t, 'slurm-up.sh') === undefined) return false
  const printed = bringUp(t, 'pbs-on-slurm-up.sh')
  if (printed === undefined) return false
  for (const [, name, value] of printed.matchAll(/(\w+)=(\S+)/g)) {
    const before = process.env.PATH!
    process.env[name!] = value!.replace('$PATH', before.replace(value!.split(':')[0] + ':', ''))
  }
  // They leave logs where they are called.
  const before = process.cwd()
  process.chdir(scratch())
  t.after(() => process.chdir(before))
  return true
}

for (const [name, start] of [
  ['PBS', (options: PBSOptions) => PBSCluster.start(options)],
  ['Moab', (options: PBSOptions) => MoabCluster.start(options)],
] as const) {
  test(`${name}: a job runs a program; closing leaves nothing`, limit, async (t) => {
    if (!isUp(t)) return
    const cluster = await start({ ...small, jobName: `hdl-${name}`, sharedDirectory: scratch(), jobs: 1 })
    t.after(() => cluster.close())
    const client = await Client.connect(cluster)
    t.after(() => client.close())
    await cluster.waitForWorkers(1)
    const [job] = cluster.jobs
    assert.deepEqual(job!.workers, [`job-${job!.id}`])
    assert.equal(await client.submit(() => process.env.SLURM_JOB_ID), job!.id)
    await cluster.refresh()
    assert.equal(cluster.jobs[0]!.state, 'running')
  })
}

test('a queue that does not exist', limit, async (t) => {
  if (!isUp(t)) return
  await assert.rejects(PBSCluster.start({ ...small, sharedDirectory: scratch(), queue: 'nope', jobs: 1 }), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /invalid partition/i)
    return true
  })
})
