// How jobs end on the real Slurm, and what becomes of what they held and ran.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bringUp, scratch } from './bring-up.js'
import { failures, queued, start } from './on-slurm.js'

const limit = { timeout: 180_000 }
const numbers = [...Array(20).keys()]

test('before the real end of a job its work moves to another one: nothing is lost, and no task is charged', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const { options, come } = failures(t)
  // Workers leave 50 s before the end.
  const walltime = { walltime: '5 min', lifetime: '250 s', pollInterval: '300 ms' }
  const { cluster, client } = await start(t, { jobName: 'hdl-drain', jobs: 1, ...walltime, ...options })
  await cluster.waitForWorkers(1)
  const [first] = cluster.jobs
  const drawn = client.map((x: number) => x + Math.random(), numbers)
  const before = await client.gather(drawn)
  // An administrator gives it a minute in all.
  execFileSync('scontrol', ['update', `JobId=${first!.id}`, 'TimeLimit=1'])
  while (cluster.jobs.some(({ id }) => id === first!.id)) await cluster.refresh()
  await cluster.waitForWorkers(1)
  while (cluster.workers.includes(`job-${first!.id}`)) await cluster.refresh()
  assert.deepEqual(await client.gather(drawn), before)
  assert.equal(cluster.jobs.length, 1)
  assert.deepEqual(come, [])
})

test('a job that takes more memory than it may: reported, replaced, and its tasks run again', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const { options, next } = failures(t)
  const marker = join(scratch(), 'once')
  // Slurm allows less than the workers believe.
  const { cluster, client } = await start(t, {
    jobName: 'hdl-memory',
    jobs: 1,
    memory: '3 GB',
    jobMemory: '500M',
    pollInterval: '500 ms',
    ...options,
  })
  await cluster.waitForWorkers(1)
  const result = client.submit(async (path: string) => {
    const { existsSync, writeFileSync } = await import('node:fs')
    if (existsSync(path)) return process.env.SLURM_JOB_ID
    writeFileSync(path, '')
    const held = Array.from({ length: 20 }, () => new Uint8Array(64 * 2 ** 20).fill(1))
    // Until Slurm looks.
    await new Promise((resolve) => setTimeout(resolve, 120_000))
    return String(held.length)
  }, marker)
  const { error, job } = await next()
  assert.equal(job.state, 'failed')
  assert.match(error.message, /has failed \((?:OUT_OF_MEMORY|FAILED).*another one takes its place/s)
  assert.notEqual(await result, job.id)
  assert.ok(existsSync(marker))
})

test('a job that is put back into the queue: it comes again, and so do its workers', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const { options, come } = failures(t)
  const { cluster, client } = await start(t, {
    jobName: 'hdl-requeue',
    jobs: 1,
    extraDirectives: '--requeue',
    pollInterval: '500 ms',
    ...options,
  })
  await cluster.waitForWorkers(1)
  const [first] = cluster.jobs
  const squares = client.map((x: number) => x * x, numbers)
  await client.gather(squares)
  execFileSync('scontrol', ['requeue', first!.id])
  while (cluster.workers.length > 0) await cluster.refresh()
  // Slurm lets such a job wait for two minutes, from when it is in the queue again.
  const inQueue = (): string => execFileSync('squeue', ['--noheader', `--jobs=${first!.id}`, '--format=%T'], { encoding: 'utf8' })
  while (inQueue().trim() !== 'PENDING') await cluster.refresh()
  execFileSync('scontrol', ['update', `JobId=${first!.id}`, 'StartTime=now'])
  await cluster.waitForWorkers(1)
  assert.deepEqual(
    cluster.jobs.map(({ id }) => id),
    [first!.id],
  )
  assert.deepEqual(
    await client.gather(squares),
    numbers.map((x) => x * x),
  )
  assert.deepEqual(come, [])
})

test('a job that never starts is told of, with the reason of Slurm, and leaves with its cluster', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const told: string[] = []
  const take = ({ name, message }: Error): void => void (name === 'HeddleJobWarning' && told.push(message))
  process.on('warning', take)
  t.after(() => process.off('warning', take))
  // More than the partition allows, and nobody looks before.
  const { cluster } = await start(t, { jobName: 'hdl-never', queue: 'short', preflight: false, jobs: 1 })
  const [job] = cluster.jobs
  while (cluster.jobs[0]!.state !== 'held') await cluster.refresh()
  const { reason } = cluster.jobs[0]!
  assert.match(reason!, /^Partition(?:TimeLimit|Config)$/)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(told, [`SlurmCluster: the job ${job!.id} is held (${reason}): it does not start by itself`])
  await cluster.close()
  while (queued('hdl-never').length > 0);
})

test('a job of the scheduler’s own; another cluster finds it by its file', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const schedulerFile = join(scratch(), 'scheduler.json')
  const schedulerJob = { memory: '500 MB', jobName: 'hdl-sched' }
  const first = await start(t, { jobName: 'hdl-before', schedulerJob, schedulerFile, jobs: 1 })
  await first.cluster.waitForWorkers(1)
  assert.equal(await first.client.submit(() => process.env.SLURM_JOB_NAME), 'hdl-before')
  assert.equal(queued('hdl-sched').length, 1)
  // The program ends, its scheduler stays.
  await first.client.close()
  await first.cluster.close()
  assert.equal(queued('hdl-sched').length, 1)
  const second = await start(t, { jobName: 'hdl-next', schedulerJob, schedulerFile, jobs: 1 })
  await second.cluster.waitForWorkers(1)
  assert.equal(queued('hdl-sched').length, 1)
  assert.equal(await second.client.submit(() => process.env.SLURM_JOB_NAME), 'hdl-next')
  await second.client.shutdown()
  while (queued('hdl-sched').length > 0);
})
