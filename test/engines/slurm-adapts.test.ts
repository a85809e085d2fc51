// Clusters on the real Slurm that follow what there is to do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { annotate } from '../../src/expr/index.js'
import { type RunCommand, runCommand } from '../../src/jobqueue/index.js'
import { bringUp } from './bring-up.js'
import { queued, start } from './on-slurm.js'

const limit = { timeout: 240_000 }

test('0 → 4 → 0 jobs with a queue in which they wait for half a minute: four are submitted, and no more', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  let submitted = 0
  const run: RunCommand = (command, args, input) => {
    const [, last] = /--array=0-(\d+)/.exec(args.join(' ')) ?? []
    if (command === 'sbatch' && !args.includes('--test-only')) submitted += Number(last ?? 0) + 1
    return runCommand(command, args, input)
  }
  const name = 'hdl-adapts'
  const { cluster, client } = await start(t, { jobName: name, extraDirectives: '--begin=now+30', pollInterval: '1 s' }, run)
  const adaptive = cluster.adapt({ maximum: { jobs: 4 }, cooldown: '2 s', interval: '500 ms', targetDuration: '2 s' })
  const pause = (x: number): Promise<number> => new Promise((resolve) => setTimeout(resolve, 250, x))
  const numbers = [...Array(160).keys()]
  const sum = client.submit((xs: readonly number[]) => xs.reduce((a, b) => a + b, 0), client.map(pause, numbers))
  await cluster.waitForWorkers(4)
  assert.equal(
    await sum,
    numbers.reduce((a, b) => a + b, 0),
  )
  sum.release()
  while (queued(name).length > 0) await cluster.refresh()
  assert.equal(submitted, 4, JSON.stringify(adaptive.log))
  assert.deepEqual(cluster.jobs, [])
})

test('pools, each for what waits for it', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const { cluster, client } = await start(t, {
    jobName: 'hdl-pools',
    pools: { cpu: {}, big: { queue: 'big', cores: 2, processes: 1, memory: '1 GB' } },
  })
  for (const pool of ['cpu', 'big']) cluster.adapt({ maximum: { jobs: 2 }, interval: '300 ms' }, { pool })
  const where = (): string | undefined => process.env.SLURM_JOB_PARTITION
  assert.equal(await annotate({ pool: 'big' }, () => client.submit(where)), 'big')
  assert.equal(await annotate({ pool: 'cpu' }, () => client.submit(where)), 'main')
  assert.deepEqual(queued('hdl-pools-big').length, 1)
})
