import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ArgumentError } from '../../src/base/index.js'
import { type ClusterStatus, EngineRefused, type Job, JobFailed, SlurmCluster } from '../../src/jobqueue/index.js'
import { bringUp, scratch } from './bring-up.js'
import { failures, queued, small, start } from './on-slurm.js'

const limit = { timeout: 180_000 }

test('two jobs run a program; scaling down loses nothing; closing leaves nothing', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const sharedDirectory = scratch()
  const { cluster, client } = await start(t, { jobName: 'hdl-two', sharedDirectory })
  assert.deepEqual(cluster.jobs, [])
  const early = client.submit(() => process.env.SLURM_JOB_NAME)
  await cluster.scale({ jobs: 2 })
  await cluster.waitForWorkers(2)
  assert.equal(await early, 'hdl-two')
  assert.deepEqual(new Set(cluster.jobs.map(({ id }) => id)), new Set(queued('hdl-two')))
  // Another value each time that it is computed.
  const drawn = client.map((x: number) => [x + Math.random(), process.env.SLURM_ARRAY_TASK_ID] as const, [...Array(50).keys()])
  const before = await client.gather(drawn)
  assert.deepEqual(new Set(before.map(([, task]) => task)), new Set(['0', '1']))
  await cluster.scale({ jobs: 1 })
  assert.equal(cluster.workers.length, 1)
  assert.deepEqual(await client.gather(drawn), before)
  // Nothing of the credentials is where others could see it.
  assert.ok(existsSync(cluster.schedulerFile))
  const token = Buffer.from(cluster.credentials.token).toString('hex')
  assert.ok(!cluster.jobScript().includes(token))
  await client.close()
  await cluster.close()
  while (queued('hdl-two').length > 0);
  assert.ok(!existsSync(cluster.schedulerFile))
})

test('a partition that does not exist, and one that is too short', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const sharedDirectory = scratch()
  await assert.rejects(SlurmCluster.start({ ...small, sharedDirectory, queue: 'nope', jobs: 1 }), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /invalid partition specified: nope/i)
    return true
  })
  await assert.rejects(SlurmCluster.start({ ...small, sharedDirectory, queue: 'short' }), (error) => {
    assert.ok(error instanceof ArgumentError)
    assert.match(error.message, /walltime 5m is longer than the partition short allows \(2m\)/)
    return true
  })
  await assert.rejects(
    SlurmCluster.start({ ...small, sharedDirectory, logDirectory: '/etc/passwd/logs' }),
    /logDirectory: \/etc\/passwd\/logs cannot be written/,
  )
})

test('a cancelled job: its tasks run again elsewhere, and it is reported', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const { options, next } = failures(t)
  const { cluster, client } = await start(t, { jobName: 'hdl-cancel', jobs: 2, ...options })
  await cluster.waitForWorkers(2)
  const results = client.map((x: number) => x * x, [...Array(40).keys()])
  await client.gather(results)
  const [first] = cluster.jobs
  execFileSync('scancel', ['--signal=KILL', '--full', first!.id])
  execFileSync('scancel', [first!.id])
  const { error, job } = await next()
  assert.equal(job.id, first!.id)
  assert.ok(error instanceof JobFailed)
  assert.match(error.message, new RegExp(`job ${job.id} `))
  const sum = client.submit((xs: readonly number[]) => xs.reduce((a, b) => a + b, 0), results)
  assert.equal(
    await sum,
    [...Array(40).keys()].reduce((total, x) => total + x * x, 0),
  )
})

test('a job that dies while its workers work is replaced', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const { options, next } = failures(t)
  const { cluster, client } = await start(t, { jobName: 'hdl-dies', jobs: 1, ...options })
  await cluster.waitForWorkers(1)
  const [first] = cluster.jobs
  // The process that the job is.
  await client.run(() => void process.kill(process.ppid, 'SIGKILL')).catch(() => undefined)
  const { error, job } = await next()
  assert.equal(job.id, first!.id)
  assert.equal(job.state, 'failed')
  assert.match(error.message, /another one takes its place/)
  assert.equal(await client.submit((a: number, b: number) => a * b, 6, 7), 42)
  const [second] = cluster.jobs
  assert.notEqual(second!.id, first!.id)
})

test('a job whose script fails is reported with the end of its log, and not tried again', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const { options, next } = failures(t)
  const { cluster } = await start(t, {
    jobName: 'hdl-fails',
    jobs: 1,
    pollInterval: '200 ms',
    prologue: ['echo there is no module nodejs >&2', 'exit 7'],
    ...options,
  })
  await assert.rejects(cluster.waitForWorkers(1), (error) => {
    assert.ok(error instanceof JobFailed)
    assert.match(error.message, /has failed \(FAILED, NonZeroExitCode\), exit code 7 before any of its workers had joined/)
    assert.match(error.message, /there is no module nodejs/)
    return true
  })
  assert.match((await next()).error.message, /it is not replaced/)
  assert.deepEqual(cluster.jobs, [])
})

test('why a job waits; those that wait are cancelled first', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const { cluster } = await start(t, { jobName: 'hdl-waits', cores: 4, processes: 1, jobs: 1 })
  await cluster.waitForWorkers(1)
  const [running] = cluster.jobs
  // The partition has no node with so much.
  const held = execFileSync('sinfo', ['--noheader', '--partition=main', '--format=%D'], { encoding: 'utf8' })
  await cluster.scale({ jobs: Number(held) + 1 })
  const waits = (): readonly Job[] => cluster.jobs.filter(({ state, reason }) => state === 'pending' && reason !== undefined)
  // Slurm finds its reasons after a while.
  while (waits().length === 0) await cluster.refresh()
  for (const { reason } of waits()) assert.match(reason!, /^(?:Resources|Priority|None)$/)
  await cluster.scale({ jobs: 1 })
  assert.deepEqual(
    cluster.jobs.filter(({ state }) => state === 'running').map(({ id }) => id),
    [running!.id],
  )
})

test('jobs of a program that was killed leave the queue by themselves', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const program = fileURLToPath(new URL('./killed-program.js', import.meta.url))
  const child = spawn(process.execPath, [program, scratch(), '2 s', 'stay'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  assert.equal(queued('hdl-killed').length, 1)
  child.kill('SIGKILL')
  while (queued('hdl-killed').length > 0);
})

test('a program that forgets its cluster takes its jobs along', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const folder = scratch()
  const program = fileURLToPath(new URL('./killed-program.js', import.meta.url))
  // Far longer than this test may take.
  const child = spawn(process.execPath, [program, folder, '1 h'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  child.stdout.resume()
  const [code] = (await once(child, 'exit')) as [number]
  assert.equal(code, 0)
  while (queued('hdl-killed').length > 0);
  assert.deepEqual(readdirSync(folder), [])
})

test('the cluster of a scheduler that runs already', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const owner = await start(t, { jobName: 'hdl-first' })
  const { schedulerFile } = owner.cluster
  const { cluster, client } = await start(t, { jobName: 'hdl-second', schedulerFile, jobs: 1 })
  await cluster.waitForWorkers(1)
  assert.equal(await owner.client.submit(() => process.env.SLURM_JOB_NAME), 'hdl-second')
  await client.close()
  await cluster.close()
  // It is not theirs to end.
  assert.ok(existsSync(schedulerFile))
  assert.notEqual((await owner.client.schedulerInfo()).id, '')
})

test('heddle jobs and heddle jobscript know of it', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const sharedDirectory = scratch()
  const { cluster } = await start(t, { jobName: 'hdl-listed', sharedDirectory, jobs: 1 })
  await cluster.waitForWorkers(1)
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
  const heddle = (...args: string[]): string => execFileSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  const [listed] = JSON.parse(heddle('jobs', '--json', '--shared-directory', sharedDirectory)) as [ClusterStatus]
  assert.deepEqual([listed.name, listed.pid, listed.alive], ['SlurmCluster', process.pid, true])
  assert.deepEqual(
    listed.jobs.map(({ id, state, cores }) => [id, state, cores]),
    [[cluster.jobs[0]!.id, 'running', 1]],
  )
  assert.ok(listed.jobs[0]!.coreHours! >= 0 && listed.jobs[0]!.coreHours! < 0.1)
  const script = join(sharedDirectory, 'try.sh')
  writeFileSync(script, heddle('jobscript', 'slurm', 'cores=1', 'memory=600MB', 'queue=main', 'walltime=5 min'))
  execFileSync('sbatch', ['--test-only', script], { stdio: 'pipe' })
})

test('the program in docs/hpc.md', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const [, program] = /^```js\n(.*?)^```/ms.exec(readFileSync(join(root, 'docs', 'hpc.md'), 'utf8'))!
  // Below the package's root, `heddle` is the package itself.
  const folder = join(root, 'dist', 'hpc')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'try.mjs'), program!)
  const env = { ...process.env, XDG_STATE_HOME: scratch() }
  const out = execFileSync(process.execPath, [join(folder, 'try.mjs')], { encoding: 'utf8', env })
  assert.match(out, /^#SBATCH --mem=2G$/m)
  assert.match(out, /'node\d+'/)
})
