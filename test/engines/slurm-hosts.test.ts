// Slurm on several hosts: network namespaces with addresses and names of their own. This machine is the login node.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from '../../src/client/index.js'
import { JobFailed, SlurmCluster, type SlurmOptions } from '../../src/jobqueue/index.js'
import { bringUp, engineFile, scratch } from './bring-up.js'

const limit = { timeout: 240_000 }
const root = fileURLToPath(new URL('../../../', import.meta.url))
const LOGIN = '10.77.0.254'
const PORTS = { scheduler: '8786-8790', workers: '9000-9010' }
/** what Slurm itself needs */
const SLURMCTLD = '6827'
const SLURMD = '6818'
let isUp = false

after(() => {
  if (isUp) execFileSync('bash', [engineFile('slurm-hosts-down.sh')])
})

/** Whether there are hosts; if not, the test is skipped. */
function hosts(t: TestContext): boolean {
  const exports = bringUp(t, 'slurm-hosts-up.sh')
  if (exports === undefined) return false
  isUp = true
  process.env.SLURM_CONF = /SLURM_CONF=(\S+)/.exec(exports)![1]
  return true
}

/** Something that happens to the network until the test has ended. */
function fault(t: TestContext, begin: readonly string[], end: readonly string[]): void {
  const script = engineFile('netns-fault.sh')
  execFileSync('bash', [script, ...begin])
  t.after(() => void execFileSync('bash', [script, ...end]))
}

/** A job has a host of its own. */
const one: SlurmOptions = { cores: 4, processes: 1, memory: '1 GB', walltime: '5 min', queue: 'main', scheduler: { host: LOGIN } }

async function start(t: TestContext, options: SlurmOptions): Promise<{ cluster: SlurmCluster; client: Client }> {
  const cluster = await SlurmCluster.start({ ...one, sharedDirectory: scratch(t), ...options })
  t.after(() => cluster.close())
  const client = await Client.connect(cluster)
  t.after(() => client.close())
  return { cluster, client }
}

const hostOf = (address: string): string => new URL(address.replace('tls:', 'http:')).hostname

test('workers connect across addresses, and to each other', limit, async (t) => {
  if (!hosts(t)) return
  const { cluster, client } = await start(t, { jobs: 3 })
  await cluster.waitForWorkers(3)
  const workers = await client.workers()
  assert.deepEqual(new Set(workers.map(({ address }) => hostOf(address))), new Set(['10.77.0.1', '10.77.0.2', '10.77.0.3']))
  assert.deepEqual(new Set(workers.map(({ host }) => host)), new Set(['node1', 'node2', 'node3']))
  // A value of each host, together on each.
  const parts = workers.map(({ name }) =>
    client.with({ workers: [name] }).submit((n: number) => new Float64Array(n).fill(1), 100_000),
  )
  const sum = (...all: Float64Array[]): number => all.reduce((total, part) => total + part.reduce((a, b) => a + b, 0), 0)
  const totals = workers.map(({ name }) => client.with({ workers: [name] }).submit(sum, ...parts))
  assert.deepEqual(await client.gather(totals), [300_000, 300_000, 300_000])
})

test('a firewall that leaves a range of ports on every host', limit, async (t) => {
  if (!hosts(t)) return
  fault(t, ['fw', 'login', `${PORTS.scheduler},${SLURMCTLD}`], ['nofw', 'login'])
  for (const host of ['h1', 'h2']) fault(t, ['fw', host, `${PORTS.workers},${SLURMD}`], ['nofw', host])
  const { cluster, client } = await start(t, {
    jobs: 2,
    scheduler: { host: LOGIN, port: PORTS.scheduler },
    workerPorts: PORTS.workers,
    extraDirectives: '--exclude=node3',
  })
  await cluster.waitForWorkers(2)
  const workers = await client.workers()
  for (const { address } of workers) {
    const port = Number(new URL(address.replace('tls:', 'http:')).port)
    assert.ok(port >= 9000 && port <= 9010, address)
  }
  const drawn = await client.gather(client.map((x: number) => x * x, [...Array(100).keys()]))
  assert.deepEqual(
    drawn,
    [...Array(100).keys()].map((x) => x * x),
  )
})

test('a login node whose ports are closed: the job says which address it could not reach', limit, async (t) => {
  if (!hosts(t)) return
  fault(t, ['fw', 'login', SLURMCTLD], ['nofw', 'login'])
  const cluster = await SlurmCluster.start({
    ...one,
    sharedDirectory: scratch(t),
    deathTimeout: '2 s',
    pollInterval: '200 ms',
    logDirectory: scratch(t),
    jobs: 1,
    onJobFailed: () => undefined,
  })
  t.after(() => cluster.close())
  await assert.rejects(cluster.waitForWorkers(1), (error) => {
    assert.ok(error instanceof JobFailed)
    assert.match(error.message, /no scheduler could be reached at tls:\/\/10\.77\.0\.254:\d+ within 2 s \(--death-timeout\)/)
    return true
  })
})

test('a node vanishes: its work is done elsewhere', limit, async (t) => {
  if (!hosts(t)) return
  process.env.HEDDLE_SCHEDULER__WORKER_TIMEOUT = '4 s'
  t.after(() => delete process.env.HEDDLE_SCHEDULER__WORKER_TIMEOUT)
  const { cluster, client } = await start(t, { jobs: 2, replacements: 0, onJobFailed: () => undefined })
  await cluster.waitForWorkers(2)
  const [victim, survivor] = await client.workers()
  const made = client
    .with({ workers: [victim!.name], allowOtherWorkers: true })
    .submit((x: number) => [x, process.pid] as const, 7)
  await client.gather(client.submit((value: readonly number[]) => value.length, made))
  const host = `h${victim!.host.replace('node', '')}`
  fault(t, ['down', host], ['up', host])
  // What only it held is made again.
  const [x] = await client.submit((value: readonly [number, number]) => value, made)
  assert.equal(x, 7)
  const left = (await client.workers()).map(({ name }) => name)
  assert.deepEqual(left, [survivor!.name])
})

test('SlurmRunner on two hosts', limit, async (t) => {
  if (!hosts(t)) return
  const folder = scratch(t)
  const log = join(folder, 'log')
  await promisify(execFile)(
    'sbatch',
    ['--wait', '--nodes=2', '--ntasks-per-node=2', '--mem=1500', `--output=${log}`, 'examples/hpc/slurm-runner.sh'],
    { cwd: root, env: { ...process.env, SCRATCH: folder } },
  )
  assert.match(readFileSync(log, 'utf8'), /^the dashboard: http:\/\/127\.0\.0\.1:\d+ on node[12]\n/m)
  assert.match(readFileSync(log, 'utf8'), /^the scheduler listens at tls:\/\/10\.77\.0\.[12]:\d+\n11\n21\nSlurmRunner works\n$/m)
})
