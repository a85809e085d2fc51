// The commands about jobs, with a stand-in for those of Slurm.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ClusterStatus } from '../../src/jobqueue/index.js'
import { heddle, main } from './places.js'

/** A home with clusters, and a Slurm that knows two jobs of them. */
function home(t: TestContext, clusters: Record<string, object>): { run(...args: string[]): string; folder: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-jobs-')))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, cluster] of Object.entries(clusters)) {
    mkdirSync(join(folder, '.local/state/heddle/clusters', name), { recursive: true })
    writeFileSync(join(folder, '.local/state/heddle/clusters', name, 'cluster.json'), JSON.stringify(cluster))
  }
  const began = new Date(Date.now() - 3_600_000).toISOString()
  const ends = new Date(Date.now() + 1_800_000).toISOString()
  writeFileSync(join(folder, 'squeue'), `#!/bin/sh\necho '7|RUNNING|None|${began}|${ends}'\necho '8|PENDING|Priority|N/A|N/A'\n`)
  writeFileSync(join(folder, 'scancel'), `#!/bin/sh\necho "$@" > '${join(folder, 'cancelled')}'\n`)
  for (const name of ['squeue', 'scancel']) chmodSync(join(folder, name), 0o755)
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HEDDLE|XDG|NODE)_/.test(name)))
  const env = { ...own, HOME: folder, PATH: `${folder}:${process.env.PATH}` }
  return {
    folder,
    run(...args) {
      const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8', env })
      assert.deepEqual([status, stderr], [0, ''])
      return stdout
    },
  }
}

const cluster = (pid: number): object => ({
  name: 'SlurmCluster',
  engine: 'slurm',
  host: hostname(),
  pid,
  started: 1_700_000_000_000,
  dashboard: 'http://127.0.0.1:8787',
  pools: [
    {
      name: '',
      jobName: 'heddle-worker',
      cores: 4,
      jobs: [
        { id: '7', state: 'pending' },
        { id: '8', state: 'pending' },
      ],
    },
  ],
})

test('the jobs of a cluster, with their states, reasons and costs', (t) => {
  const { run } = home(t, { one: cluster(process.pid) })
  const lines = run('jobs').split('\n')
  assert.equal(lines[0], `SlurmCluster  of the program ${process.pid} on ${hostname()}, since 2023-11-14 22:13:20 UTC`)
  // Without the key, as nobody reads this on a terminal.
  assert.equal(lines[1], '  http://127.0.0.1:8787')
  assert.match(lines[3]!, /^ {2}7 +running +1h(?: \d+s)? +(?:30m|29m \d+s) +4 +4\.0\d$/)
  assert.match(lines[4]!, /^ {2}8 +pending +4 +Priority$/)
  assert.match(lines[5]!, /^ {2}4\.0\d core-hours so far$/)
  const [status] = JSON.parse(run('jobs', '--json')) as [ClusterStatus]
  assert.deepEqual([status.alive, status.jobs.map(({ state }) => state)], [true, ['running', 'pending']])
  assert.match(run('jobs', '--clean'), /There is nothing/)
})

test('what a program that was killed has left behind goes', (t) => {
  const gone = spawnSync('true').pid!
  const { run, folder } = home(t, { one: cluster(gone) })
  assert.match(run('jobs'), /left behind by the program(?!.*8787).*heddle jobs --clean removes/s)
  assert.match(run('jobs', '--clean'), /SlurmCluster of the program \d+: removed, with 2 jobs/)
  assert.equal(readFileSync(join(folder, 'cancelled'), 'utf8'), '--quiet 7 8\n')
  assert.ok(!existsSync(join(folder, '.local/state/heddle/clusters/one')))
  assert.equal(run('jobs'), 'There are no clusters of jobs.\n')
})

test('an engine that cannot be asked', (t) => {
  const { run } = home(t, { one: { ...cluster(process.pid), engine: 'lsf' } })
  assert.match(run('jobs'), /bjobs not found: is this an LSF login node\?/)
})

test('a job script, of options and settings', (t) => {
  const files = { 'heddle.yaml': 'jobqueue: { slurm: { account: abc } }' }
  const args = [
    'cores=4',
    'memory=8GB',
    'scheduler.port=8786',
    'extraDirectives=--exclusive',
    'extraDirectives=-w n1',
    'nanny=false',
  ]
  const { stdout, status } = heddle(t, ['jobscript', 'slurm', ...args], { files })
  assert.equal(status, 0)
  for (const line of ['#SBATCH -A abc', '#SBATCH --cpus-per-task=4', '#SBATCH --exclusive', '#SBATCH -w n1']) {
    assert.ok(stdout.split('\n').includes(line), line)
  }
  assert.match(stdout, / worker .* --no-nanny/)
  const wrong = (...words: string[]): string => {
    const { status: code, stderr } = heddle(t, ['jobscript', ...words])
    assert.equal(code, 2)
    return stderr.trim()
  }
  assert.match(wrong(), /of which engine\?/)
  assert.match(wrong('slrm'), /there is no engine "slrm"; did you mean slurm\?/)
  assert.match(wrong('slurm', 'coers=2'), /there is no option "coers"; did you mean cores\?/)
  assert.match(wrong('slurm', 'cores=2', 'memory=8'), /8 has no unit/)
  assert.match(wrong('slurm', 'cores'), /"cores" is not an option such as walltime=1h/)
})
