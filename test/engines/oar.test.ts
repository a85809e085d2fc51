// OAR refuses root, so that what runs here as root submits as another user, who cannot read this program: the jobs are
// commands of the system.
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Commands, runCommand } from '../../src/jobqueue/commands.js'
import { type Engine, type JobState, isOver } from '../../src/jobqueue/engine.js'
import { oar } from '../../src/jobqueue/engines/oar.js'
import { EngineRefused } from '../../src/jobqueue/errors.js'
import type { JobOptions } from '../../src/jobqueue/job-options.js'
import { planJob } from '../../src/jobqueue/job-plan.js'
import { bringUp, engineFile, scratch } from './bring-up.js'

const limit = { timeout: 240_000 }

function engineFor(command: string, options: Partial<JobOptions> = {}): { engine: Engine; script: string } {
  const folder = scratch()
  const job: JobOptions = {
    cores: 1,
    memory: '600 MB',
    walltime: '5 min',
    jobName: 'hdl-oar',
    workerCommand: ['sh', '-c', command],
    logDirectory: folder,
    ...options,
  }
  chmodSync(folder, 0o777)
  const plan = planJob('test', job, oar.jobId, '/shared/scheduler.json')
  const asUser = new Commands('OAR', (name, args) => runCommand(engineFile('as-oar-user'), [name, ...args]))
  const engine = oar.create(plan, {}, asUser)
  const script = join(folder, 'job.sh')
  writeFileSync(script, engine.script(), { mode: 0o755 })
  return { engine, script }
}

async function until(engine: Engine, id: string, holds: (job: JobState) => boolean): Promise<JobState> {
  for (;;) {
    const [job] = await engine.list([id])
    if (holds(job!)) return job!
  }
}

test('a job runs to its end', limit, async (t) => {
  if (bringUp(t, 'oar-up.sh') === undefined) return
  const { engine, script } = engineFor('exit 3')
  const [id] = await engine.submit(script, 1)
  const job = await until(engine, id!, ({ state }) => isOver(state))
  assert.deepEqual([job.state, job.exitCode], ['failed', 3])
})

test('a job is cancelled', limit, async (t) => {
  if (bringUp(t, 'oar-up.sh') === undefined) return
  const { engine, script } = engineFor('sleep 100')
  const [id] = await engine.submit(script, 1)
  await until(engine, id!, ({ state }) => state === 'running')
  await engine.cancel([id!])
  assert.equal((await until(engine, id!, ({ state }) => isOver(state))).state, 'cancelled')
  // Once more does no harm.
  await engine.cancel([id!])
})

test('more cores than there are', limit, async (t) => {
  if (bringUp(t, 'oar-up.sh') === undefined) return
  const { engine, script } = engineFor('exit 0', { cores: 99 })
  await assert.rejects(engine.submit(script, 1), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /not enough resources for your request/)
    return true
  })
})
