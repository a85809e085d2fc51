// A Slurm with accounts: who may not, and who has too many jobs.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { type TestContext, after, test } from 'node:test'
import { EngineRefused, SlurmCluster } from '../../src/jobqueue/index.js'
import { bringUp, engineFile, scratch } from './bring-up.js'
import { queued, small, start } from './on-slurm.js'

const limit = { timeout: 240_000 }
let isUp = false
after(() => {
  if (isUp) execFileSync('bash', [engineFile('slurm-accounts-down.sh')])
})

function accounts(t: TestContext): boolean {
  const exports = bringUp(t, 'slurm-accounts-up.sh')
  if (exports === undefined) return false
  isUp = true
  process.env.SLURM_CONF = /SLURM_CONF=(\S+)/.exec(exports)![1]
  return true
}

test('an account that does not exist: the words of Slurm, before anything is submitted', limit, async (t) => {
  if (!accounts(t)) return
  const options = { ...small, sharedDirectory: scratch(), jobName: 'hdl-nobody', account: 'nobody' }
  await assert.rejects(SlurmCluster.start(options), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /Invalid account or account\/partition combination specified/)
    return true
  })
  assert.deepEqual(queued('hdl-nobody'), [])
})

test('more jobs than the user may have (MaxSubmitJobs): said at once, and what is there goes on', limit, async (t) => {
  if (!accounts(t)) return
  const { cluster, client } = await start(t, { jobName: 'hdl-two-only', account: 'two', jobs: 1 })
  await cluster.waitForWorkers(1)
  const before = cluster.jobs.map(({ id }) => id)
  await assert.rejects(cluster.scale({ jobs: 3 }), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /AssocMaxSubmitJobLimit/)
    assert.match(error.message, /Job violates accounting\/QOS policy/)
    return true
  })
  assert.deepEqual(
    cluster.jobs.map(({ id }) => id),
    before,
  )
  assert.equal(queued('hdl-two-only').length, 1)
  assert.equal(await client.submit((a: number, b: number) => a * b, 6, 7), 42)
  // As many as there may be.
  await cluster.scale({ jobs: 2 })
  await cluster.waitForWorkers(2)
  const { account } = JSON.parse(execFileSync('squeue', ['--json', '--name=hdl-two-only'], { encoding: 'utf8' })).jobs[0] as {
    account: string
  }
  assert.equal(account, 'two')
})
