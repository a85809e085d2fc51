// What engines are asked for, and what becomes of their answers: with commands of the test's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CommandResult, Commands, runCommand } from '../../src/jobqueue/commands.js'
import type { Engine, EngineKind } from '../../src/jobqueue/engine.js'
import { htcondor } from '../../src/jobqueue/engines/htcondor.js'
import { lsf } from '../../src/jobqueue/engines/lsf.js'
import { moab, pbs } from '../../src/jobqueue/engines/pbs.js'
import { slurm } from '../../src/jobqueue/engines/slurm.js'
import { CommandMissing, EngineRefused } from '../../src/jobqueue/errors.js'
import type { JobOptions } from '../../src/jobqueue/job-options.js'
import { planJob } from '../../src/jobqueue/job-plan.js'

const job: JobOptions = { cores: 2, memory: '4 GB', logDirectory: '/logs' }

interface Asked {
  readonly command: string
  readonly args: readonly string[]
  readonly input: string | undefined
}

/** An engine whose commands answer what the test says, by the command's name. */
function bench<O extends object>(kind: EngineKind<string, O>, options: O, answers: Record<string, Partial<CommandResult>>) {
  const asked: Asked[] = []
  const commands = new Commands(kind.title, async (command, args, input) => {
    asked.push({ command, args, input })
    const found = answers[command]
    if (!found) throw Object.assign(new Error(`spawn ${command} ENOENT`), { code: 'ENOENT' })
    return { code: 0, stdout: '', stderr: '', ...found }
  })
  const engine: Engine = kind.create(planJob('test', { ...job, ...options }, kind, '/s.json'), options, commands)
  return { engine, asked }
}

test('a command that is missing', async () => {
  const { engine } = bench(slurm, {}, {})
  await assert.rejects(engine.submit('/job.sh', 1), (error) => {
    assert.ok(error instanceof CommandMissing)
    assert.equal(error.message, 'sbatch not found: is this a Slurm login node?')
    return true
  })
  await assert.rejects(new Commands('Slurm').ask('no-such-command-of-heddle', []), CommandMissing)
})

test('commands as they are', async () => {
  const { code, stdout } = await runCommand('sh', ['-c', 'cat; echo no >&2; exit 3'], 'said')
  assert.deepEqual([code, stdout], [3, 'said'])
  // One that does not read its input.
  assert.equal((await runCommand('true', [], 'x'.repeat(1_000_000))).code, 0)
})

test('the engine refuses, in its own words', async () => {
  const { engine } = bench(slurm, {}, { sbatch: { code: 1, stderr: 'sbatch: error: Invalid account\n' } })
  await assert.rejects(engine.submit('/job.sh', 1), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /^Slurm refused `sbatch --parsable \/job\.sh` \(exit code 1\): sbatch: error: Invalid account$/)
    return true
  })
})

test('Slurm: one job, and an array for several', async () => {
  const { engine, asked } = bench(slurm, {}, { sbatch: { stdout: '77;cluster\n' } })
  assert.deepEqual(await engine.submit('/job.sh', 1), ['77'])
  assert.deepEqual(await engine.submit('/job.sh', 3), ['77_0', '77_1', '77_2'])
  assert.deepEqual(asked[0]!.args, ['--parsable', '/job.sh'])
  assert.deepEqual(asked[1]!.args, [
    '--parsable',
    '--array=0-2',
    '--error=/logs/heddle-worker-%A_%a.err',
    '--output=/logs/heddle-worker-%A_%a.out',
    '/job.sh',
  ])
  assert.deepEqual(engine.logFiles('77_1'), ['/logs/heddle-worker-77_1.out', '/logs/heddle-worker-77_1.err'])
})

test('Slurm: a walltime that the partition does not allow', async () => {
  const limits = { sinfo: { stdout: 'main*|1:00:00\nshort|2:00\n' }, sbatch: {} }
  await assert.rejects(
    bench(slurm, { queue: 'short' }, limits).engine.check!('/job.sh'),
    /walltime 30m is longer than.*short allows \(2m\)/,
  )
  await bench(slurm, { queue: 'short' }, { sinfo: { stdout: 'short|infinite\n' }, sbatch: {} }).engine.check!('/job.sh')
  await bench(slurm, { queue: 'short' }, { sinfo: { stdout: 'short*|1-00:00:00\n' }, sbatch: {} }).engine.check!('/job.sh')
})

test('Slurm: what sbatch itself says of a script', async () => {
  const check = (stderr: string) =>
    bench(slurm, {}, { sinfo: { stdout: 'main*|infinite\n' }, sbatch: { code: 1, stderr } }).engine.check!('/job.sh')
  await assert.rejects(check('allocation failure: Requested node configuration is not available'), (error) => {
    assert.ok(error instanceof EngineRefused)
    assert.match(error.message, /Slurm refused `sbatch --test-only \/job.sh` .*node configuration is not available/)
    return true
  })
  // It waits until there is one.
  await check('allocation failure: Requested partition configuration not available now')
  // The queue is full.
  await check('allocation failure: Resource temporarily unavailable')
  await assert.rejects(
    bench(slurm, {}, { sbatch: {}, sinfo: { stdout: 'main*|10:00\nlong|infinite\n' } }).engine.check!('/job.sh'),
    /the walltime 30m is longer than the partition main allows \(10m\)/,
  )
})

test('Slurm: how a job ended, from whoever still knows', async () => {
  const gone = { code: 1, stderr: 'slurm_load_jobs error: Invalid job id specified' }
  const accounting = { squeue: gone, scontrol: gone, sacct: { stdout: 'TIMEOUT|0:0|None\n' } }
  assert.deepEqual(await bench(slurm, {}, accounting).engine.list(['5']), [
    { id: '5', state: 'failed', reason: 'TIMEOUT', exitCode: 0 },
  ])
  const nobody = { squeue: gone, scontrol: gone, sacct: { code: 1, stderr: 'Slurm accounting storage is disabled' } }
  const [job] = await bench(slurm, {}, nobody).engine.list(['5'])
  assert.equal(job!.state, 'unknown')
  const down = { squeue: { code: 1, stderr: 'Unable to contact slurm controller' } }
  await assert.rejects(bench(slurm, {}, down).engine.list(['5']), /Unable to contact slurm controller/)
})

test('PBS and Moab', async () => {
  const answers = {
    qsub: { stdout: '12.server\n' },
    msub: { stdout: '\nMoab.7\n' },
    qdel: { code: 1, stderr: 'qdel: Unknown Job Id 12' },
  }
  const one = bench(pbs, {}, answers)
  assert.deepEqual(await one.engine.submit('/job.sh', 2), ['12.server', '12.server'])
  await one.engine.cancel(['12.server'])
  assert.deepEqual(await bench(moab, {}, answers).engine.submit('/job.sh', 1), ['Moab.7'])
  await assert.rejects(bench(pbs, {}, { qsub: { stdout: 'what?\nno number' } }).engine.submit('/job.sh', 1), /says not which/)
})

test('LSF reads its script from stdin', async () => {
  const answers = { bsub: { stdout: 'Job <31> is submitted to queue <normal>.\n' } }
  const { engine, asked } = bench(lsf, { units: 'MB' as const }, answers)
  assert.deepEqual(await engine.submit('/job.sh', 1), ['31'])
  assert.deepEqual(asked[0]!.args, [])
  assert.match(asked[0]!.input!, /^#BSUB -M 4000$/m)
  const other = bench(lsf, { useStdin: false }, answers)
  await other.engine.submit('/job.sh', 1)
  assert.deepEqual(other.asked[0]!.args, ['/job.sh'])
})

test('HTCondor: jobs that have left the queue are in the history', async () => {
  const answers = {
    condor_submit: { stdout: 'Submitting job(s).\n1 job(s) submitted to cluster 6.\n' },
    condor_q: { stdout: '' },
    condor_history: { stdout: '[{"ClusterId":6,"ProcId":0,"JobStatus":4,"ExitCode":0}]' },
  }
  const { engine, asked } = bench(htcondor, { submitArguments: '-spool' }, answers)
  assert.deepEqual(await engine.submit('/job.sh', 1), ['6.0'])
  assert.deepEqual(asked[0]!.args, ['-spool', '/job.sh'])
  assert.deepEqual(await engine.list(['6.0']), [{ id: '6.0', state: 'completed', exitCode: 0 }])
})
