// The directives of job scripts, compared with those that dask-jobqueue 0.9 writes for the same options
// (test/engines/jobscripts). What differs on purpose is in `changed`, with the reason.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Commands } from '../../src/jobqueue/commands.js'
import type { EngineKind } from '../../src/jobqueue/engine.js'
import { htcondor } from '../../src/jobqueue/engines/htcondor.js'
import { lsf } from '../../src/jobqueue/engines/lsf.js'
import { oar } from '../../src/jobqueue/engines/oar.js'
import { moab, pbs } from '../../src/jobqueue/engines/pbs.js'
import { sge } from '../../src/jobqueue/engines/sge.js'
import { slurm } from '../../src/jobqueue/engines/slurm.js'
import type { JobOptions } from '../../src/jobqueue/job-options.js'
import { planJob } from '../../src/jobqueue/job-plan.js'

const min: JobOptions = { cores: 8, memory: '24 GB', jobName: 'dask-worker' }
const full: JobOptions = {
  cores: 4,
  memory: '16 GiB',
  processes: 2,
  jobName: 'j1',
  walltime: '00:45:00',
  lifetime: '40 min',
  shebang: '#!/bin/bash -l',
  prologue: ['export A=1', 'module load x'],
  epilogue: 'echo bye "now"',
  extraDirectives: ['--foo bar', '-p x=1'],
  logDirectory: '/scratch/logs',
  localDirectory: '/scratch/$USER',
  interface: 'eth0',
  deathTimeout: '90 s',
}
const skip: JobOptions = { cores: 1, memory: '500 MB', jobName: 'dask-worker' }

interface Case {
  readonly kind: EngineKind<string, object>
  readonly prefix: string
  /** what the engine is told besides */
  readonly min?: object
  readonly full: object
  readonly skip: object
  /** what Heddle writes instead, and why */
  readonly changed?: Readonly<Record<string, string | undefined>>
}

const queue = 'regular'

const cases: readonly Case[] = [
  {
    kind: slurm,
    prefix: '#SBATCH',
    full: { queue },
    skip: { skipDirectives: ['-n', '--mem'] },
    // %j is the number by which squeue, scancel and the messages of the cluster call the job; %J adds the step to it.
    changed: {
      '-e /scratch/logs/j1-%J.err': '-e /scratch/logs/j1-%j.err',
      '-o /scratch/logs/j1-%J.out': '-o /scratch/logs/j1-%j.out',
    },
  },
  { kind: sge, prefix: '#$', full: { queue }, skip: {} },
  { kind: pbs, prefix: '#PBS', full: { queue }, skip: { skipDirectives: '-l select' } },
  { kind: moab, prefix: '#PBS', full: { queue }, skip: { skipDirectives: '-l select' } },
  {
    kind: oar,
    prefix: '#OAR',
    full: { queue },
    skip: {},
  },
  {
    kind: lsf,
    prefix: '#BSUB',
    full: { queue, units: 'KB' },
    min: { units: 'KB' },
    skip: { units: 'KB', skipDirectives: '-n' },
    changed: {
      // -W takes [hours:]minutes: 00:45:00 is refused.
      '-W 00:45:00': '-W 00:45',
      // The name that the other engines give them, too.
      '-e /scratch/logs/dask-0-%J.err': '-e /scratch/logs/j1-%J.err',
      '-o /scratch/logs/dask-0-%J.out': '-o /scratch/logs/j1-%J.out',
    },
  },
]

function scriptOf(kind: Case['kind'], options: JobOptions, own: object): string {
  const all = { ...options, ...own }
  const plan = planJob('test', all, kind, '/shared/scheduler.json')
  return kind.create(plan, all, new Commands(kind.title)).script()
}

function expectedScript(engine: string, set: string): string {
  return readFileSync(new URL(`../../../test/engines/jobscripts/${engine}-${set}.txt`, import.meta.url), 'utf8')
}

function directives(script: string, prefix: string): string[] {
  return script
    .split('\n')
    .filter((line) => line.startsWith(`${prefix} `))
    .map((line) => line.slice(prefix.length + 1))
}

for (const { kind, prefix, changed = {}, ...sets } of cases) {
  for (const [set, options, own] of [
    ['min', min, sets.min ?? {}],
    ['full', full, sets.full],
    ['skip', skip, sets.skip],
  ] as const) {
    test(`${kind.name}, ${set}`, () => {
      const script = scriptOf(kind, options, own)
      const expected = expectedScript(kind.name, set)
      const wanted = directives(expected, prefix).map((line) => changed[line] ?? line)
      // OAR is also told where logs go, which dask-jobqueue does not do.
      const written = directives(script, prefix).filter((line) => kind.name !== 'oar' || !/^-[OE] /.test(line))
      assert.deepEqual(written, wanted)
      // Around the command, which is another, the script is the same.
      assert.equal(script.split('\n')[0], expected.split('\n')[0])
      if (set === 'full') {
        const lines = script.trim().split('\n')
        assert.deepEqual(lines.slice(-5, -2), ['export A=1', 'module load x', 'trap : TERM'])
        assert.equal(lines.at(-1), 'echo bye "now"')
        assert.match(lines.at(-2)!, / --nworkers 2 --nthreads 2 --memory-limit 8589934592B --death-timeout 90s --lifetime 2400s /)
        assert.match(lines.at(-2)!, / --local-directory "\/scratch\/\$USER" --interface eth0$/)
      }
    })
  }
}

test('htcondor', () => {
  const fields = (script: string): Record<string, string> =>
    Object.fromEntries(
      script
        .split('\n')
        .map((line) => /^([+\w.]+) = (.*)$/.exec(line))
        .filter((match) => match !== null && match[1] !== 'Arguments')
        .map((match) => [match![1]!, match![2]!.replaceAll('Dask', 'Heddle')]),
    )
  const sets = {
    min: [{ ...min, walltime: 'none', jobName: 'dask-0' }, {}],
    full: [{ ...full, walltime: 'none', jobName: 'dask-0' }, { extraDirectives: ['universe = docker', '+WantX = true'] }],
    skip: [{ ...skip, walltime: 'none' }, { skipDirectives: ['batch_name'] }],
  } as const
  for (const [set, [options, own]] of Object.entries(sets)) {
    const script = scriptOf(htcondor, options, own)
    const expected = expectedScript('htcondor', set).replaceAll('DaskWorker', 'HeddleWorker')
    assert.deepEqual(fields(script), fields(expected), set)
    assert.equal(script.split('\n')[0], expected.split('\n')[0])
    const tail = (text: string): string[] => text.trim().split('\n').slice(-3)
    assert.deepEqual(tail(script), tail(expected))
  }
  const quoted = /^Arguments = "-c '(.*)'"$/m.exec(scriptOf(htcondor, ...sets.full))![1]!
  assert.match(quoted, /^export A=1; module load x; .*; echo bye ""now""$/)
  assert.match(quoted, / --name ""job-\$\(ClusterId\)\.\$\(ProcId\)"" /)
})
