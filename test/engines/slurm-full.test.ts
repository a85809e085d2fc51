// A Slurm whose queue takes four jobs, those that have just ended included.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, test } from 'node:test'
import { EngineRefused } from '../../src/jobqueue/index.js'
import { bringUp, engineFile } from './bring-up.js'
import { start } from './on-slurm.js'

let isUp = false
after(() => {
  if (isUp) execFileSync('bash', [engineFile('slurm-full-down.sh')])
})

// sbatch itself tries for two minutes.
test('a queue that is full: told of, refused in the words of Slurm, and what is there goes on', {
  timeout: 300_000,
}, async (t) => {
  const exports = bringUp(t, 'slurm-full-up.sh')
  if (exports === undefined) return
  isUp = true
  process.env.SLURM_CONF = /SLURM_CONF=(\S+)/.exec(exports)![1]
  const told: string[] = []
  const take = ({ name, message }: Error): void => void (name === 'HeddleJobWarning' && told.push(message))
  process.on('warning', take)
  t.after(() => process.off('warning', take))
  const { cluster, client } = await start(t, { jobName: 'hdl-full', jobs: 1 })
  await cluster.waitForWorkers(1)
  const [first] = cluster.jobs
  await assert.rejects(cluster.scale({ jobs: 9 }), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /temporarily unable to accept job, sleeping and retrying/)
    assert.match(error.message, /Batch job submission failed: Resource temporarily unavailable/)
    return true
  })
  assert.equal(told.length, 1)
  assert.match(told[0]!, /the queue may be full/)
  assert.deepEqual(
    cluster.jobs.map(({ id }) => id),
    [first!.id],
  )
  assert.equal(await client.submit((a: number, b: number) => a * b, 6, 7), 42)
})
