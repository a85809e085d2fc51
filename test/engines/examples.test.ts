// The programs of examples/hpc, on real engines.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { bringUp, scratch } from './bring-up.js'
import { ownWords } from './own-words.js'

const limit = { timeout: 240_000 }
const root = fileURLToPath(new URL('../../../', import.meta.url))
const run = promisify(execFile)

test('local-cluster.ts', limit, async () => {
  const { stdout, stderr } = await run(process.execPath, ['dist/examples/hpc/local-cluster.js', '5'], { cwd: root })
  assert.equal(ownWords(stderr), '')
  // x is i + 1, y is x - 1.
  assert.equal(stdout.trim(), Array.from({ length: 256 }, (_, i) => i + 1 + i).join(' '))
})

test('slurm-cluster.ts', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  // The address of each node is this machine's, on which networks of other tests come and go.
  const home = join(scratch(), 'home')
  mkdirSync(home)
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: home }
  const args = ['--cores', '2', '--memory', '1200 MB', '--processes', '2', '--queue', 'main', '--walltime', '00:05:00']
  const { stdout } = await run(process.execPath, ['dist/examples/hpc/slurm-cluster.js', ...args], { cwd: root, env })
  const text = stripVTControlCharacters(stdout)
  const [, counts] = /^\{(.+)\}$/m.exec(text)!
  const numbers = [...counts!.matchAll(/: (\d+)/g)].map(([, n]) => Number(n))
  assert.equal(
    numbers.reduce((a, b) => a + b),
    2000,
  )
  assert.match(text, /^#SBATCH -p main$/m)
})

/** Submits a launcher with options of this Slurm, waits for its end, and gives its log. */
async function submitted(launcher: string, ...args: string[]): Promise<string> {
  const folder = scratch()
  const log = join(folder, 'log')
  const options = ['--wait', '--partition=main', '--mem=1500', `--output=${log}`, '--export=ALL', '--overcommit']
  await run('sbatch', [...options, launcher, ...args], { cwd: root, env: { ...process.env, SCRATCH: folder } })
  return ownWords(stripVTControlCharacters(readFileSync(log, 'utf8')))
}

test('slurm-runner.ts by its launcher', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const log = await submitted('examples/hpc/slurm-runner.sh')
  assert.match(log, /^the dashboard: http:\/\/127\.0\.0\.1:\d+ on \S+\n/m)
  assert.match(log, /^the scheduler listens at tls:\/\/\S+:\d+\n11\n21\nSlurmRunner works\n$/m)
})

test('mpi.ts by its launcher', limit, async (t) => {
  if (bringUp(t, 'slurm-up.sh') === undefined) return
  const log = await submitted('examples/hpc/mpi.sh', '20', '1')
  assert.match(log, /^nodes: \{ .+: 20 \}\n$/)
})
