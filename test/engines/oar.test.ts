// OAR refuses root, so that what runs here as root submits as another user. That one may not be able to read this checkout:
// jobs are commands of the system, and the one cluster is of a copy.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
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
  const plan = planJob('test', job, oar, '/shared/scheduler.json')
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

/** A copy of this build and of what it depends on, which everybody can read. */
function copyForAll(): string {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const folder = scratch()
  chmodSync(folder, 0o755)
  const program = 'dist/test/engines/oar-program.js'
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, object> }
  const ofUsers = Object.entries(lock.packages).flatMap(([path, about]) =>
    path === '' || ['dev', 'optional', 'peer', 'devOptional'].some((kind) => kind in about) ? [] : [path],
  )
  for (const path of ['package.json', 'dist/src', program, ...ofUsers])
    cpSync(join(root, path), join(folder, path), { recursive: true, dereference: true })
  execFileSync('chmod', ['-R', 'a+rX', folder])
  return join(folder, program)
}

test('a cluster of two jobs, of which one goes', limit, async (t) => {
  if (bringUp(t, 'oar-up.sh') === undefined) return
  const shared = join(scratch(), 'shared')
  mkdirSync(shared)
  chmodSync(join(shared, '..'), 0o755)
  const user = execFileSync('id', ['-u', 'oartest'], { encoding: 'utf8' }).trim()
  execFileSync('chown', [user, shared])
  const { stdout } = await promisify(execFile)(engineFile('as-oar-user'), [process.execPath, copyForAll(), shared])
  const { jobs, workers, sum } = JSON.parse(stdout) as {
    jobs: string[]
    workers: Record<string, { job: string; user: number }>
    sum: number
  }
  assert.equal(jobs.length, 2)
  assert.deepEqual(workers, Object.fromEntries(jobs.map((job) => [`job-${job}`, { job, user: Number(user) }])))
  assert.equal(
    sum,
    [1, 2, 3, 4, 5, 6].reduce((all, x) => all + x * x, 0),
  )
  // Nothing stays in the queue: what is cancelled takes its time to end.
  const queue = (): string => execFileSync(engineFile('as-oar-user'), ['oarstat', '-J'], { encoding: 'utf8' })
  while (jobs.some((job) => queue().includes(`"${job}"`)));
})

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
