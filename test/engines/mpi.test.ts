import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { fileURLToPath } from 'node:url'
import { Client } from '../../src/client/index.js'
import { bringUp, scratch } from './bring-up.js'
import { ownWords } from './own-words.js'

const limit = { timeout: 180_000 }
const root = fileURLToPath(new URL('../../../', import.meta.url))
const example = join(root, 'dist', 'examples', 'hpc', 'mpi.js')
const job = fileURLToPath(new URL('../runner/programs/job.js', import.meta.url))
const heddle = join(root, 'dist', 'src', 'cli', 'main.js')

const launchers = {
  'Open MPI': ['mpirun.openmpi', '--allow-run-as-root', '--oversubscribe'],
  MPICH: ['mpirun.mpich'],
  srun: ['srun', '--partition=main', '--overcommit', '--mem=1500'],
  'srun with PMI-2': ['srun', '--partition=main', '--overcommit', '--mem=1500', '--mpi=pmi2'],
} as const
type Launcher = keyof typeof launchers

interface Run {
  readonly ended: Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>
  /** Resolves when it has written this to stdout. */
  written(text: string): Promise<void>
}

/** Runs a program on ranks; undefined: the test is skipped. */
function run(
  t: TestContext,
  launcher: Launcher,
  size: number,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Run | undefined {
  if (bringUp(t, launcher.startsWith('srun') ? 'slurm-up.sh' : 'mpi-up.sh') === undefined) return undefined
  const folder = scratch()
  const [command, ...options] = launchers[launcher]
  const child = spawn(command, [...options, '-n', String(size), process.execPath, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGTERM'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    child.emit('written')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, stdout, stderr }))
  return {
    ended,
    async written(text) {
      while (!stdout.includes(text)) {
        if (child.exitCode !== null) throw new Error(`it has ended without writing ${text}: ${stderr}`)
        await Promise.race([once(child, 'written'), once(child, 'close')])
      }
    },
  }
}

for (const launcher of Object.keys(launchers) as Launcher[]) {
  test(`${launcher}: examples/hpc/mpi.ts on four ranks`, limit, async (t) => {
    const running = run(t, launcher, 4, [example, '20', '1'])
    if (!running) return
    const { code, stdout, stderr } = await running.ended
    assert.deepEqual({ code, stderr: ownWords(stderr) }, { code: 0, stderr: '' })
    assert.match(stripVTControlCharacters(stdout), /^nodes: \{ .+: 20 \}\n$/)
  })

  test(`${launcher}: an error of the program hangs nobody`, limit, async (t) => {
    const running = run(t, launcher, 3, [job], { HOW: 'throw' })
    if (!running) return
    const { code, stderr } = await running.ended
    assert.equal(code, 1)
    assert.match(stderr, /the program is wrong/)
  })

  test(`${launcher}: a rank that fails at once hangs nobody`, limit, async (t) => {
    const running = run(t, launcher, 3, [job], { HOW: 'early 1', JOIN: '3 s' })
    if (!running) return
    const { code, stderr } = await running.ended
    assert.notEqual(code, 0)
    assert.match(stderr, /this rank fails/)
  })

  test(`${launcher}: a world that is too small`, limit, async (t) => {
    const running = run(t, launcher, 2, [job])
    if (!running) return
    const { code, stderr } = await running.ended
    assert.notEqual(code, 0)
    assert.match(stderr, /the world is too small: 2 of at least 3 ranks/)
  })
}

for (const launcher of ['Open MPI', 'MPICH', 'srun'] as const) {
  test(`${launcher}: heddle mpi, until a client shuts it down`, limit, async (t) => {
    const file = join(scratch(), 'scheduler.json')
    const options = ['--scheduler-file', file, '--nthreads', '1', '--name', 'm', '--protocol', 'tcp', '--no-nanny']
    const running = run(t, launcher, 3, [heddle, 'mpi', ...options])
    if (!running) return
    await running.written('the scheduler listens')
    const client = await Client.connect({ schedulerFile: file })
    t.after(() => client.close())
    await client.waitForWorkers(2)
    assert.deepEqual((await client.workers()).map(({ name }) => name).sort(), ['m-1', 'm-2'])
    assert.equal(await client.submit((a: number, b: number) => a + b, 40, 2), 42)
    // The token is in no command line.
    const token = (JSON.parse(readFileSync(file, 'utf8')) as { token: string }).token
    assert.ok(!(await allCommandLines()).includes(token))
    await client.shutdown()
    assert.equal((await running.ended).code, 0)
    assert.ok(!existsSync(file))
  })
}

/** What the process list of this machine shows of everybody. */
async function allCommandLines(): Promise<string> {
  const child = spawn('ps', ['-eww', '-o', 'args'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more))
  await once(child, 'close')
  return text
}
