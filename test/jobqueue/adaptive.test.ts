// Adaptive clusters of jobs, with a stand-in for Slurm whose queue the test plays.
import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from '../../src/client/index.js'
import { EngineRefused, JobFailed, type RunCommand, SlurmCluster } from '../../src/jobqueue/index.js'

/** A Slurm that takes so many jobs, which are what the test says. */
class Queue {
  room = Infinity
  state = 'PENDING|Priority'
  readonly jobs = new Set<string>()
  submitted = 0
  #next = 100

  readonly run: RunCommand = async (command, args) => {
    const said = (stdout: string): { code: number; stdout: string; stderr: string } => ({ code: 0, stdout, stderr: '' })
    if (command === 'sbatch') {
      if (args.includes('--test-only')) return said('')
      const count = Number(/--array=0-(\d+)/.exec(args.join(' '))?.[1] ?? 0) + 1
      if (this.jobs.size + count > this.room) {
        return { code: 1, stdout: '', stderr: 'sbatch: error: Job violates accounting/QOS policy (job submit limit)' }
      }
      const id = this.#next++
      for (let n = 0; n < count; n++) this.jobs.add(count === 1 ? String(id) : `${id}_${n}`)
      this.submitted += count
      return said(`${id}\n`)
    }
    if (command === 'scancel') for (const id of args) this.jobs.delete(id)
    return said(command === 'squeue' ? [...this.jobs].map((id) => `${id}|${this.state}|N/A|N/A\n`).join('') : '')
  }
}

async function start(t: TestContext, queue: Queue): Promise<{ cluster: SlurmCluster; client: Client }> {
  const sharedDirectory = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-adaptive-')))
  // What is registered first is run first: the cluster, which writes there, ends only after this test.
  process.once('exit', () => rmSync(sharedDirectory, { recursive: true, force: true }))
  const own = { cores: 1, memory: '1 GB', scheduler: { host: '127.0.0.1' }, onJobFailed: () => undefined }
  const cluster = await SlurmCluster.start({ ...own, sharedDirectory }, queue.run)
  t.after(() => cluster.close())
  const client = await Client.connect(cluster)
  t.after(() => client.close())
  return { cluster, client }
}

/** Resolves when the scheduler has heard of so many tasks. */
async function submitted(client: Client, tasks: number): Promise<void> {
  while ((await client.load()).tasks < tasks);
}

/** Looks only when it is told to. */
const never = { interval: '1 h', targetDuration: '100 ms', waitCount: 1 } as const

test('a queue that is full: what it says is in the log, and nothing is taken for submitted', async (t) => {
  const queue = new Queue()
  queue.room = 2
  const { cluster, client } = await start(t, queue)
  const results = client.map((x: number) => x, [1, 2, 3, 4, 5, 6])
  await submitted(client, 6)
  const adaptive = cluster.adapt({ ...never, maximum: { jobs: 4 } })
  await assert.rejects(adaptive.look(), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /Slurm refused `sbatch .*job submit limit/)
    return true
  })
  assert.deepEqual(cluster.jobs, [])
  assert.deepEqual(
    adaptive.log.map(({ kind, to }) => [kind, to]),
    [
      ['up', 4],
      ['failed', 0],
    ],
  )
  // Those that there is room for are taken all the same.
  await cluster.scale({ jobs: 2 })
  assert.equal(cluster.jobs.length, 2)
  for (const result of results) result.release()
})

test('never more wait than may, and they are not asked for again', async (t) => {
  const queue = new Queue()
  const { cluster, client } = await start(t, queue)
  const results = client.map((x: number) => x, [...Array(50).keys()])
  await submitted(client, 50)
  const adaptive = cluster.adapt({ ...never, maximum: { jobs: 20 }, maximumPending: 3 })
  for (let n = 0; n < 4; n++) {
    await adaptive.look()
    await cluster.refresh()
  }
  assert.deepEqual([queue.submitted, cluster.jobs.length], [3, 3])
  for (const result of results) result.release()
  // Nobody needs them any more: they were never there, so they go at once.
  while (cluster.jobs.length > 0) await adaptive.look()
  assert.deepEqual([queue.submitted, queue.jobs.size], [3, 0])
})

test('jobs that fail as soon as they start are not submitted again and again', async (t) => {
  const queue = new Queue()
  const { cluster, client } = await start(t, queue)
  const result = client.submit(() => 1)
  await submitted(client, 1)
  const adaptive = cluster.adapt({ ...never, maximum: { jobs: 2 } })
  await adaptive.look()
  assert.equal(queue.submitted, 1)
  queue.state = 'FAILED|NonZeroExitCode'
  await cluster.refresh()
  assert.deepEqual(cluster.jobs, [])
  await assert.rejects(adaptive.look(), (error) => {
    assert.ok(error instanceof JobFailed)
    assert.match(
      error.message,
      /a job has failed before any worker had joined: the next one is submitted in \d+ s; .*NonZeroExitCode/,
    )
    return true
  })
  assert.equal(queue.submitted, 1)
  queue.jobs.clear()
  result.release()
})

test('limits that cannot be', async (t) => {
  const { cluster } = await start(t, new Queue())
  assert.throws(() => cluster.adapt({ maximum: { jobs: 0 } }), /adapt: the maximum must be/)
  assert.throws(() => cluster.adapt({ minimum: { jobs: -1 } }), /adapt: minimum: jobs: -1 is no number/)
  assert.throws(() => cluster.adapt({ minimum: 3, maximum: 2 }), /adapt: the maximum must be/)
  assert.throws(() => cluster.adapt({ cooldown: '30' }), /cooldown: 30 has no unit/)
  assert.throws(() => cluster.adapt({ maximumPending: 0 }), /maximumPending must be at least 1/)
  assert.throws(() => cluster.adapt({}, { pool: 'gpu' }), /this cluster has no pools/)
})
