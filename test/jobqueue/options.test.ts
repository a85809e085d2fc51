import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { config } from '../../src/config/index.js'
import { clock, lsfMemory, pbsMemory, shortClock, slurmMemory, slurmTime } from '../../src/jobqueue/amounts.js'
import { optionsFor } from '../../src/jobqueue/configuration.js'
import { condorArguments } from '../../src/jobqueue/engines/htcondor.js'
import { slurm } from '../../src/jobqueue/engines/slurm.js'
import type { JobOptions } from '../../src/jobqueue/job-options.js'
import { planJob } from '../../src/jobqueue/job-plan.js'
import { chosen } from '../../src/jobqueue/job-script.js'
import { quote, quoteExpanding } from '../../src/jobqueue/shell.js'
import { isWorkerOf } from '../../src/jobqueue/worker-command.js'

const KIB = 1024
const rejects = (run: () => unknown, message: RegExp): void =>
  assert.throws(run, (error) => error instanceof ArgumentError && message.test(error.message))

const plan = (options: JobOptions) => planJob('SlurmCluster', options, { jobId: '$JOB' }, '/shared/s.json')

test('an option that does not exist, and which was meant', () => {
  const start = (options: object) => optionsFor(slurm, 'SlurmCluster', options)
  rejects(() => start({ memry: '4 GB' }), /^SlurmCluster: there is no option "memry"; did you mean memory\?$/)
  rejects(() => start({ walTime: '1 h' }), /did you mean walltime\?/)
  rejects(() => start({ zzzzzzzz: 1 }), /there are account, configuration, cores/)
  rejects(() => start({ scheduler: { prt: 1 } }), /SlurmCluster: scheduler: there is no option "prt"; did you mean port\?/)
  // A line more would be a directive more.
  rejects(() => start({ queue: 'short\n#SBATCH --exclusive' }), /queue: .* is not one line/)
  rejects(() => start({ cores: 1.5 }), /cores: 1.5 is not a whole number/)
  rejects(() => start({ nanny: 'no' }), /nanny: "no" is not true or false/)
})

test('memory and times want units', () => {
  const start = (options: object) => optionsFor(slurm, 'SlurmCluster', options)
  rejects(
    () => start({ memory: 24 }),
    /^SlurmCluster: memory: 24 has no unit: write '24 GB' \(thousands\) or '24 GiB' \(1024s\)$/,
  )
  rejects(() => start({ memory: '24' }), /24 has no unit/)
  rejects(() => start({ memory: '24 GX' }), /not a size/)
  rejects(() => start({ walltime: '30' }), /30 has no unit: write '30 min'/)
  rejects(() => start({ walltime: 30 }), /^SlurmCluster: walltime: 30 counts milliseconds: write '30 s' or '30 min'$/)
  rejects(() => start({ deathTimeout: 60 }), /deathTimeout: 60 counts milliseconds/)
  rejects(() => plan({ cores: 4 }), /how large is a job\? Say cores and memory: \{ cores: 4, memory: '24 GB' \}/)
})

test('settings, those that have a name, and what the program says', () => {
  const jobqueue = {
    slurm: { queue: 'main', memory: '4 GB', account: 'abc' },
    named: { big: { memory: '200 GB', queue: 'big' } },
  }
  config.with({ jobqueue }, () => {
    assert.deepEqual(optionsFor(slurm, 'SlurmCluster', { cores: 2, account: 'xyz' }), {
      queue: 'main',
      memory: '4 GB',
      account: 'xyz',
      cores: 2,
    })
    const { memory, queue, account } = optionsFor(slurm, 'SlurmCluster', { configuration: 'big' })
    assert.deepEqual([memory, queue, account], ['200 GB', 'big', 'abc'])
    rejects(() => optionsFor(slurm, 'SlurmCluster', { configuration: 'bog' }), /no "bog" in jobqueue.named; did you mean big\?/)
  })
  config.with({ jobqueue: { slurm: { accont: 'abc' } } }, () => {
    rejects(
      () => optionsFor(slurm, 'SlurmCluster', {}),
      /^the setting jobqueue.slurm: there is no option "accont"; did you mean account/,
    )
  })
})

test('cores and memory are divided among processes', () => {
  const { processes, threads, command } = plan({ cores: 18, memory: '24 GB', processes: 17 })
  assert.deepEqual([processes, threads], [17, 1])
  assert.match(command, / --nworkers 17 --nthreads 1 --memory-limit 1411764705B /)
  // One for every 8 cores or 8 GiB, and no core is left over if that can be.
  const shape = (cores: number, memory: string): readonly number[] => {
    const { processes: workers, threads: each } = plan({ cores, memory })
    return [workers, each]
  }
  assert.deepEqual(shape(8, '24 GB'), [4, 2])
  assert.deepEqual(shape(18, '24 GB'), [3, 6])
  assert.deepEqual(shape(13, '64 GB'), [13, 1])
  assert.deepEqual(shape(7, '12 GB'), [2, 3])
  rejects(() => plan({ cores: 2, memory: '4 GB', processes: 3 }), /3 of them need as many cores, not 2/)
  rejects(() => plan({ cores: 2, memory: '4 GB', processes: 2, nanny: false }), /nanny: without one a job has one process/)
  assert.match(plan({ cores: 2, memory: '4 GB', nanny: false }).command, / --nthreads 2 .* --no-nanny/)
})

test('workers leave before the walltime', () => {
  const lifetime = (options: JobOptions): string | undefined =>
    /--lifetime (\d+)s/.exec(plan({ cores: 1, memory: '1 GB', ...options }).command)?.[1]
  assert.equal(lifetime({}), String(30 * 60 - 120))
  assert.equal(lifetime({ walltime: '10 min' }), '540')
  assert.equal(lifetime({ walltime: '10 min', lifetime: '5 min' }), '300')
  assert.equal(lifetime({ walltime: '10 min', lifetime: 'none' }), undefined)
  assert.equal(lifetime({ walltime: 'none' }), undefined)
  rejects(() => lifetime({ walltime: '10 min', lifetime: '10 min' }), /must end before the walltime/)
})

test('nothing secret is in a script', () => {
  const { command } = plan({ cores: 1, memory: '1 GB' })
  assert.match(command, /--scheduler-file \/shared\/s.json --name "job-\$JOB" /)
  assert.doesNotMatch(command, /token|--security/)
})

test('memory as engines count it, rounded up and never far', () => {
  const unit = { K: KIB, M: KIB ** 2, G: KIB ** 3, B: 1, kB: KIB, MB: KIB ** 2, GB: KIB ** 3 } as const
  const read = (text: string): number => {
    const [, digits, name] = /^(\d+)(\w+)$/.exec(text)!
    return Number(digits) * unit[name as keyof typeof unit]
  }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 46 }), (bytes) => {
      const [ofSlurm, ofPbs] = [read(slurmMemory(bytes)), read(pbsMemory(bytes))]
      assert.ok(ofSlurm >= bytes && ofSlurm <= Math.max(2 * bytes, KIB))
      assert.ok(ofPbs >= bytes && ofPbs <= bytes * 1.1)
      for (const [name, factor] of [
        ['KB', 1e3],
        ['MB', 1e6],
        ['GB', 1e9],
      ] as const) {
        const ofLsf = Number(lsfMemory(bytes, name)) * factor
        assert.ok(ofLsf >= bytes && ofLsf < bytes + factor)
      }
    }),
  )
})

test('times as engines write them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (seconds) => {
      const [h, m, s] = clock(seconds * 1000)
        .split(':')
        .map(Number)
      assert.equal(h! * 3600 + m! * 60 + s!, seconds)
      assert.equal(slurmTime(clock(seconds * 1000)), seconds * 1000)
      const [hours, minutes] = shortClock(seconds * 1000)
        .split(':')
        .map(Number)
      const short = (hours! * 60 + minutes!) * 60
      assert.ok(short >= seconds && short < seconds + 60)
    }),
  )
  assert.equal(slurmTime('2:00'), 120_000)
  assert.equal(slurmTime('7-00:00:00'), 7 * 86_400_000)
  assert.equal(slurmTime('30'), 30 * 60_000)
  assert.equal(slurmTime('infinite'), undefined)
})

test('what sh makes of words', () => {
  const echo = (word: string): string =>
    execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8', env: { NAME: 'x y' } })
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ' ', "'", '"', '$', '\\', '`', '*', '\n', '(', '!', '~') }), (word) => {
      assert.equal(echo(quote(word)), word)
      assert.equal(echo(quoteExpanding(word.replaceAll('$a', '$ a'))), word.replaceAll('$a', '$ a'))
    }),
    { numRuns: 60 },
  )
  assert.equal(echo(quoteExpanding('/scratch/$NAME/${NAME}`id`$(id)"')), '/scratch/x y/x y`id`$(id)"')
})

test('what condor_submit makes of words', () => {
  // The grammar of its manual, read backwards.
  const read = (text: string): string[] => {
    const plain = text.replaceAll('""', '"').replaceAll('$(DOLLAR)', '$')
    const words: string[] = []
    for (const [, quoted, bare] of plain.matchAll(/'((?:[^']|'')*)'|([^\s']+)/g))
      words.push(quoted?.replaceAll("''", "'") ?? bare!)
    return words
  }
  const word = fc.string({ unit: fc.constantFrom('a', ' ', "'", '"', '$', '('), minLength: 1 })
  fc.assert(fc.property(fc.array(word), (words) => assert.deepEqual(read(condorArguments(words)), words)))
  assert.equal(condorArguments(['job-$(ClusterId).$(ProcId)']), 'job-$(ClusterId).$(ProcId)')
})

test('directives that are left out', () => {
  const own = ['-n 1', '-N 1', '--nodes=2', '-l select=1:mem=1GB', '-l walltime=1', '--mem=4G', '--mem-per-cpu=1G', '-cwd']
  assert.deepEqual(chosen(own, ['-n', '--mem', '-l select', '-cwd'], ['-x']), [
    '-N 1',
    '--nodes=2',
    '-l walltime=1',
    '--mem-per-cpu=1G',
    '-x',
  ])
})

test('whose worker one is', () => {
  assert.ok(isWorkerOf('job-3', '3'))
  assert.ok(isWorkerOf('job-3-0', '3'))
  assert.ok(isWorkerOf('job-3_1-12', '3_1'))
  assert.ok(!isWorkerOf('job-31', '3'))
  assert.ok(!isWorkerOf('job-3_1', '3'))
  assert.ok(isWorkerOf('job-12.server', '12.server'))
})
