// A job on the real Slurm that is still at work when its time is over.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { bringUp, scratch } from './bring-up.js'
import { failures, start } from './on-slurm.js'

// Slurm looks for jobs whose time is over twice a minute.
test('a job that its walltime kills: what it ran runs again, and is not held against it', { timeout: 300_000 }, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  process.env.HEDDLE_SCHEDULER__ALLOWED_FAILURES = '0'
  t.after(() => delete process.env.HEDDLE_SCHEDULER__ALLOWED_FAILURES)
  const { options, come } = failures(t)
  const marker = join(scratch(), 'once')
  const { cluster, client } = await start(t, {
    jobName: 'hdl-walltime',
    jobs: 1,
    walltime: '1 min',
    pollInterval: '500 ms',
    ...options,
  })
  await cluster.waitForWorkers(1)
  const [first] = cluster.jobs
  const ranOn = await client.submit(async (path: string) => {
    const { existsSync, writeFileSync } = await import('node:fs')
    if (!existsSync(path)) {
      writeFileSync(path, '')
      await new Promise((resolve) => setTimeout(resolve, 3_600_000))
    }
    return process.env.SLURM_JOB_ID
  }, marker)
  assert.notEqual(ranOn, first!.id)
  assert.match(execFileSync('scontrol', ['show', 'job', first!.id], { encoding: 'utf8' }), /JobState=TIMEOUT/)
  assert.deepEqual(come, [])
})
