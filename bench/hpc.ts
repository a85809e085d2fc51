import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '../src/client/index.js'
import { type RunCommand, SlurmCluster, type SlurmOptions, runCommand } from '../src/jobqueue/index.js'
import type { Benchmark, Measurement } from './benchmark.js'
import { median } from './statistics.js'

const script = (name: string): string => fileURLToPath(new URL(`../../test/engines/${name}`, import.meta.url))

/** Brings Slurm up with nodes that claim to be larger than this machine; gives why it cannot. */
function bringUp(): string | undefined {
  if (process.getuid?.() !== 0) return 'Slurm: only root can bring it up here'
  if (!existsSync('/etc/debian_version')) return 'Slurm: this is not Debian'
  const env = { ...process.env, SLURM_CPUS: '50', SLURM_MEM: '60000' }
  const { status, stderr } = spawnSync('bash', [script('slurm-up.sh')], { encoding: 'utf8', timeout: 240_000, env })
  return status === 0 ? undefined : `Slurm could not be brought up: ${stderr.trim()}`
}

const seconds = (since: number): number => (Date.now() - since) / 1000

async function started(folder: string, options: SlurmOptions, run?: RunCommand): Promise<SlurmCluster> {
  const own: SlurmOptions = { cores: 1, memory: '600 MB', walltime: '10 min', queue: 'main', scheduler: { host: '127.0.0.1' } }
  return SlurmCluster.start({ ...own, sharedDirectory: folder, pollInterval: '500 ms', ...options }, run)
}

/** Seconds from the first line of a job to its worker. */
async function firstWorker(folder: string): Promise<number> {
  const cluster = await started(folder, { prologue: `date +%s.%N > '${join(folder, 'began')}'`, jobs: 1 })
  await cluster.waitForWorkers(1)
  const joined = Date.now() / 1000
  await cluster.close()
  return joined - Number(readFileSync(join(folder, 'began'), 'utf8'))
}

/** Seconds until so many workers have connected, and until none is left; and what workers took of the processors to get there. */
async function many(folder: string, workers: number): Promise<{ up: number; cpu: number }> {
  const processes = Math.min(25, workers)
  const cluster = await started(folder, { cores: processes, processes, memory: `${processes * 400} MB` })
  const client = await Client.connect(cluster)
  const since = Date.now()
  await cluster.scale({ workers })
  await cluster.waitForWorkers(workers)
  const up = seconds(since)
  const used = await client.run(() => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  await client.close()
  await cluster.close()
  return { up, cpu: [...used.values()].reduce((a, b) => a + b, 0) / used.size }
}

/** Seconds to move everything away and be gone, and how many of the results were not what they were. */
async function scaleToNothing(folder: string): Promise<{ down: number; lost: number }> {
  const cluster = await started(folder, { jobs: 4 })
  const client = await Client.connect(cluster)
  await cluster.waitForWorkers(4)
  const drawn = client.map((x: number) => Float64Array.from({ length: 131_072 }, () => Math.random() + x), [...Array(100).keys()])
  const firsts = async (): Promise<number[]> => (await client.gather(drawn)).map((values) => values[0]!)
  const before = await firsts()
  const since = Date.now()
  await cluster.scale(0)
  const down = seconds(since)
  const after = await firsts()
  await client.close()
  await cluster.close()
  return { down, lost: before.filter((first, i) => first !== after[i]).length }
}

/** Jobs that are submitted when there is work for four, which wait in the queue for half a minute. */
async function adaptive(folder: string): Promise<number> {
  let submitted = 0
  const run: RunCommand = (command, args, input) => {
    const [, last] = /--array=0-(\d+)/.exec(args.join(' ')) ?? []
    if (command === 'sbatch' && !args.includes('--test-only')) submitted += Number(last ?? 0) + 1
    return runCommand(command, args, input)
  }
  const cluster = await started(folder, { jobName: 'bench-adaptive', extraDirectives: '--begin=now+30' }, run)
  const client = await Client.connect(cluster)
  cluster.adapt({ maximum: { jobs: 4 }, cooldown: '2 s', targetDuration: '2 s' })
  const pause = (x: number): Promise<number> => new Promise((resolve) => setTimeout(resolve, 250, x))
  const results = client.map(pause, [...Array(160).keys()])
  await client.gather(results)
  for (const result of results) result.release()
  const inQueue = (): string => execFileSync('squeue', ['--noheader', '--name=bench-adaptive'], { encoding: 'utf8' }).trim()
  while (inQueue() !== '') await cluster.refresh()
  await client.close()
  await cluster.close()
  return submitted
}

export const benchmark: Benchmark = {
  name: 'hpc',
  title: 'clusters of Slurm jobs, on a real Slurm of this machine',
  async run({ quick, say }) {
    const missing = bringUp()
    if (missing !== undefined) return { measurements: [], notes: [], skipped: [missing] }
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-bench-hpc-')))
    const measurements: Measurement[] = []
    const loads: number[] = []
    const look = (): unknown => loads.push(loadavg()[0]!)
    try {
      const first: number[] = []
      for (let round = 0; round < (quick ? 1 : 5); round++) first.push(await firstWorker(folder))
      look()
      say(`first worker: ${first.map((s) => s.toFixed(1)).join(', ')} s`)
      measurements.push({ what: 'the first worker, after its job has started', unit: 's', ours: median(first), goal: 3 })
      const workers = quick ? 10 : 100
      const { up, cpu } = await many(folder, workers)
      look()
      say(`${workers} workers: ${up.toFixed(1)} s`)
      measurements.push({ what: `${workers} workers, after scale`, unit: 's', ours: up, goal: 60 })
      measurements.push({ what: 'processor time of one of them until then', unit: 's', ours: cpu })
      const { down, lost } = await scaleToNothing(folder)
      look()
      measurements.push({ what: 'four workers with 100 results of 1 MiB, to none', unit: 's', ours: down })
      measurements.push({ what: 'results of them that are lost', unit: 'results', ours: lost, goal: 0 })
      if (!quick) {
        say('adaptive, with a queue of half a minute')
        measurements.push({
          what: 'jobs submitted, adaptive 0 → 4 → 0, each 30 s in the queue',
          unit: 'jobs',
          ours: await adaptive(folder),
          goal: 4,
        })
      }
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      // The nodes are as large again as tests expect them.
      spawnSync('bash', [script('slurm-up.sh')], { timeout: 240_000 })
    }
    const notes = [
      'A real Slurm, whose three nodes are all this machine, so that all workers share its cores; scheduler and program, too.',
      `Workers of a hundred come in jobs of 25. Load averages while it ran: ${loads.map((load) => load.toFixed(0)).join(', ')}.`,
    ]
    return { measurements, notes }
  },
}
