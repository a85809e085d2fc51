// Clusters of several kinds of jobs, which are processes of this machine.
import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from '../../src/client/index.js'
import { annotate } from '../../src/expr/index.js'
import { delayed } from '../../src/delayed/index.js'
import { type ClusterOptions, type JobOptions, LocalJobCluster, type LocalJobOptions } from '../../src/jobqueue/index.js'

const limit = { timeout: 180_000 }
// Networks of other tests come and go.
const scheduler = { host: '127.0.0.1' }
const small: JobOptions & ClusterOptions = { cores: 1, memory: '600 MB', walltime: '5 min', pollInterval: '200 ms', scheduler }

async function start(t: TestContext, options: LocalJobOptions): Promise<{ cluster: LocalJobCluster; client: Client }> {
  const sharedDirectory = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-pools-')))
  // What is registered first is run first: the cluster, which writes there, ends only after this test.
  process.once('exit', () => rmSync(sharedDirectory, { recursive: true, force: true }))
  const cluster = await LocalJobCluster.start({ ...small, sharedDirectory, ...options })
  t.after(() => cluster.close())
  const client = await Client.connect(cluster)
  t.after(() => client.close())
  return { cluster, client }
}

/** Which pool the job of this process is of: the name of its log says so. */
const here = (): string | undefined => process.env.POOL

test('pools are scaled separately, and tasks say which one they are for', limit, async (t) => {
  const { cluster, client } = await start(t, {
    pools: {
      cpu: { prologue: 'export POOL=cpu' },
      gpu: { prologue: 'export POOL=gpu', resources: { gpu: 1 } },
    },
  })
  await cluster.scale({ jobs: 1 }, { pool: 'cpu' })
  await cluster.scale({ jobs: 1 }, { pool: 'gpu' })
  await cluster.waitForWorkers(2)
  assert.deepEqual(
    cluster.jobs.map(({ pool }) => pool),
    ['cpu', 'gpu'],
  )
  const where = annotate({ pool: 'gpu' }, () => delayed(here)())
  assert.equal(await client.compute(where), 'gpu')
  assert.equal(await annotate({ pool: 'cpu' }, () => client.submit(here)), 'cpu')
  assert.equal(await annotate({ resources: { gpu: 1 } }, () => client.submit(here)), 'gpu')
  assert.throws(() => cluster.scale(1), /scale: which pool\? There are cpu, gpu/)
  assert.throws(() => cluster.scale(1, { pool: 'gpus' }), /there is no pool "gpus"; did you mean gpu\?/)
  assert.deepEqual((await client.workers()).map(({ name, pool }) => [name, pool]).sort(), [
    [cluster.jobs[0]!.workers[0], 'cpu'],
    [cluster.jobs[1]!.workers[0], 'gpu'],
  ])
  assert.match(cluster.jobScript({ pool: 'gpu' }), /--resources gpu=1,pool:gpu=1000000000/)
})

test('each pool adapts to what waits for it', limit, async (t) => {
  const { cluster, client } = await start(t, {
    pools: { cpu: { prologue: 'export POOL=cpu' }, big: { prologue: 'export POOL=big', memory: '1200 MB' } },
  })
  const adapt = { maximum: { jobs: 1 }, interval: '100 ms', cooldown: '100 ms' } as const
  const cpu = cluster.adapt(adapt, { pool: 'cpu' })
  const big = cluster.adapt(adapt, { pool: 'big' })
  assert.equal(await annotate({ pool: 'big' }, () => client.submit(here)), 'big')
  // Nothing waited for the other.
  assert.deepEqual(cpu.log, [])
  assert.deepEqual(
    big.log.map(({ kind, from, to }) => [kind, from, to]),
    [['up', 0, 1]],
  )
  assert.equal(await client.submit(here), 'big')
})

test('a task that takes too much memory runs again on a pool with more', limit, async (t) => {
  const { client, cluster } = await start(t, {
    pools: { cpu: { prologue: 'export POOL=cpu', memory: '300 MB' }, big: { prologue: 'export POOL=big', memory: '4 GB' } },
  })
  cluster.adapt({ maximum: { jobs: 1 }, interval: '100 ms' }, { pool: 'cpu' })
  cluster.adapt({ maximum: { jobs: 1 }, interval: '100 ms' }, { pool: 'big' })
  const greedy = async (): Promise<string> => {
    const held = Array.from({ length: 8 }, () => new Uint8Array(64 * 2 ** 20).fill(1))
    // Whoever watches it is to see it.
    if (process.env.POOL === 'cpu') await new Promise(() => undefined)
    return `${process.env.POOL} ${held.length}`
  }
  assert.equal(await client.submit(greedy), 'big 8')
  // It alone did.
  assert.equal(await annotate({ pool: 'cpu' }, () => client.submit(here)), 'cpu')
})

test('a job that is killed whole, as for its memory: what it ran runs again on a pool with more', limit, async (t) => {
  const { client, cluster } = await start(t, {
    pools: { cpu: { prologue: 'export POOL=cpu' }, big: { prologue: 'export POOL=big', memory: '1200 MB' } },
  })
  cluster.adapt({ maximum: { jobs: 1 }, interval: '100 ms' }, { pool: 'cpu' })
  cluster.adapt({ maximum: { jobs: 1 }, interval: '100 ms' }, { pool: 'big' })
  const killer = async (): Promise<string> => {
    if (process.env.POOL === 'big') return 'big'
    // Its nanny leads the processes of the job.
    process.kill(-process.ppid, 'SIGKILL')
    return new Promise(() => undefined)
  }
  assert.equal(await client.submit(killer), 'big')
})

test('scaling to nothing loses no result', limit, async (t) => {
  const { cluster, client } = await start(t, { jobs: 2 })
  await cluster.waitForWorkers(2)
  const drawn = client.map((x: number) => x + Math.random(), [...Array(20).keys()])
  const before = await client.gather(drawn)
  await cluster.scale(0)
  assert.deepEqual([cluster.jobs, cluster.workers], [[], []])
  // There is nobody, and they are there all the same.
  assert.deepEqual(await client.gather(drawn), before)
  await cluster.scale(1)
  assert.equal(await client.submit((xs: readonly number[]) => xs.length, drawn), 20)
  assert.deepEqual(await client.gather(drawn), before)
})
