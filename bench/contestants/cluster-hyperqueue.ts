import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Reply, type Request, serve } from '../contestant.js'

// HyperQueue's server and two workers of one core each. What it runs are programs: a trivial task is one process.

const program = process.argv[2]!
const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
const started: ChildProcess[] = []
process.once('exit', () => {
  for (const child of started) child.kill()
  rmSync(folder, { recursive: true, force: true })
})
process.once('SIGTERM', () => process.exit())

const hq = (...args: readonly string[]): Promise<{ stdout: string }> => run(program, ['--server-dir', folder, ...args])

async function start(...args: readonly string[]): Promise<void> {
  const child = spawn(program, ['--server-dir', folder, ...args], { stdio: 'ignore', cwd: folder })
  started.push(child)
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
}

/** Asks until it holds: HyperQueue has no way to be told. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await holds().catch(() => false))) {
    if (performance.now() > end) throw new Error('HyperQueue did not start within 20 s')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const workers = async (): Promise<number> =>
  (JSON.parse((await hq('worker', 'list', '--output-mode=json')).stdout) as unknown[]).length

await start('server', 'start')
await until(async () => (await workers()) === 0)
for (let i = 0; i < 2; i++) await start('worker', 'start', '--cpus=1')
await until(async () => (await workers()) === 2)

async function submit(...args: readonly string[]): Promise<number> {
  const before = performance.now()
  await hq('submit', '--wait', '--stdout=none', '--stderr=none', ...args, '/bin/true')
  return performance.now() - before
}

const measures: Record<string, (request: Request) => Promise<Reply>> = {
  async map({ tasks }) {
    const n = tasks as number
    return { figures: { rate: (n / (await submit(`--array=1-${n}`))) * 1000 } }
  },
  async one() {
    return { figures: { milliseconds: await submit() } }
  },
}

const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim().split(' ').at(-1)!
await serve(`HyperQueue ${version} (a process a task)`, [], (request) => measures[request.measure as string]!(request))
