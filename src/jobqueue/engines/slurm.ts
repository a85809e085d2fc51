import { ArgumentError, formatDuration } from '../../base/index.js'
import { clock, slurmMemory, slurmTime } from '../amounts.js'
import type { Commands } from '../commands.js'
import type { Engine, EngineKind, JobPhase, JobState } from '../engine.js'
import { JobQueueError } from '../errors.js'
import type { JobPlan } from '../job-plan.js'
import { chosen, jobScript } from '../job-script.js'
import { count, text } from '../option-kinds.js'
import { stateOf } from './per-job.js'

/** What Slurm is told besides the options of every engine. */
export interface SlurmEngineOptions {
  /** the partition: `-p` */
  readonly queue?: string
  /** whose account is charged: `-A` */
  readonly account?: string
  /** cores that are asked for, if not those that workers use: `--cpus-per-task` */
  readonly jobCpu?: number
  /** further resources of a job: 'gpu:1': `--gres` */
  readonly gres?: string
  /** memory that is asked for, as Slurm writes it, if not what workers use: `--mem` */
  readonly jobMemory?: string
}

/** Jobs of one array; sites allow a thousand unless they say more. */
const LARGEST_ARRAY = 1000

const PHASES: Readonly<Record<string, JobPhase>> = {
  PENDING: 'pending',
  CONFIGURING: 'pending',
  REQUEUED: 'pending',
  REQUEUE_FED: 'pending',
  REQUEUE_HOLD: 'held',
  SPECIAL_EXIT: 'held',
  RESV_DEL_HOLD: 'held',
  RUNNING: 'running',
  COMPLETING: 'running',
  STAGE_OUT: 'running',
  SIGNALING: 'running',
  SUSPENDED: 'running',
  STOPPED: 'running',
  RESIZING: 'running',
  COMPLETED: 'completed',
  CANCELLED: 'cancelled',
  REVOKED: 'cancelled',
  FAILED: 'failed',
  TIMEOUT: 'failed',
  DEADLINE: 'failed',
  NODE_FAIL: 'failed',
  BOOT_FAIL: 'failed',
  PREEMPTED: 'failed',
  OUT_OF_MEMORY: 'failed',
}

/** Milliseconds after which it is said that sbatch has not ended: it tries again and again while the queue is full. */
const SLOW = 5000

/** Reasons of jobs that wait and will not start by themselves. */
const STUCK =
  /^(?:JobHeld|Partition(?:Time|Node)Limit|PartitionConfig|BadConstraints|AccountNotAllowed|QOSNotAllowed|Invalid(?:Account|QOS))/

/** id, state, reason, start, end, separated as no reason is */
const FORMAT = '%i|%T|%r|%S|%e'

export const slurm: EngineKind<'slurm', SlurmEngineOptions> = {
  name: 'slurm',
  title: 'Slurm',
  options: { queue: text, account: text, jobCpu: count(1), gres: text, jobMemory: text },
  jobId: '${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}',
  create: (plan, options, commands) => new Slurm(plan, options, commands),
}

class Slurm implements Engine {
  readonly #plan: JobPlan
  readonly #options: SlurmEngineOptions
  readonly #commands: Commands

  constructor(plan: JobPlan, options: SlurmEngineOptions, commands: Commands) {
    this.#plan = plan
    this.#options = options
    this.#commands = commands
  }

  script(): string {
    const { jobName, cores, memory, walltime, logDirectory } = this.#plan
    const { queue, account, jobCpu, gres, jobMemory } = this.#options
    const own = [`-J ${jobName}`]
    if (logDirectory !== undefined) own.push(...this.#logs('%j', ' ', '-e', '-o'))
    if (queue !== undefined) own.push(`-p ${queue}`)
    if (account !== undefined) own.push(`-A ${account}`)
    own.push('-n 1', '-N 1', `--cpus-per-task=${jobCpu ?? cores}`, `--mem=${jobMemory ?? slurmMemory(memory)}`)
    if (gres !== undefined) own.push(`--gres=${gres}`)
    if (walltime !== undefined) own.push(`-t ${clock(walltime)}`)
    const { skipDirectives, extraDirectives } = this.#plan
    return jobScript({ ...this.#plan, prefix: '#SBATCH', directives: chosen(own, skipDirectives, extraDirectives) })
  }

  async check(scriptPath: string): Promise<void> {
    const args = ['--test-only', scriptPath]
    const result = await this.#commands.try('sbatch', args)
    // What is not to be had now may be later, and so may be room in the queue: such a job waits.
    if (result.code !== 0 && !/\bnow\b|temporarily unavailable/.test(result.stderr))
      throw this.#commands.refused('sbatch', args, result)
    await this.#checkWalltime()
  }

  /** A job for which the partition has not enough time is accepted, and waits for ever. */
  async #checkWalltime(): Promise<void> {
    const { walltime } = this.#plan
    const { queue } = this.#options
    if (walltime === undefined) return
    const { code, stdout } = await this.#commands.try('sinfo', ['--noheader', '--format', '%P|%l'])
    if (code !== 0) return
    // The partition that is taken unless one is named has a star.
    const partitions = stdout.split('\n').map((line) => line.trim().split('|'))
    const [name = '', limit = ''] =
      partitions.find(([one]) => (queue === undefined ? one!.endsWith('*') : one === queue || one === `${queue}*`)) ?? []
    const most = slurmTime(limit)
    if (most === undefined || walltime <= most) return
    throw new ArgumentError(
      `the walltime ${formatDuration(walltime)} is longer than the partition ${name.replace(/\*$/, '')} allows (${formatDuration(most)}): such a job waits for ever`,
    )
  }

  async submit(scriptPath: string, count: number): Promise<string[]> {
    const ids: string[] = []
    while (ids.length < count) {
      const size = Math.min(count - ids.length, LARGEST_ARRAY)
      const args = ['--parsable']
      if (size > 1) {
        args.push(`--array=0-${size - 1}`)
        if (this.#plan.logDirectory !== undefined) args.push(...this.#logs('%A_%a', '=', '--error', '--output'))
      }
      // id, or id;cluster
      const answer = await saidWhenSlow(this.#commands.ask('sbatch', [...args, scriptPath]))
      const [, id] = /^(\d+)(?:;\S+)?$/m.exec(answer.trim()) ?? []
      if (id === undefined) throw new JobQueueError(`Slurm has submitted a job, but says not which: ${JSON.stringify(answer)}`)
      if (size === 1) ids.push(id)
      else for (let i = 0; i < size; i++) ids.push(`${id}_${i}`)
    }
    return ids
  }

  cancel(ids: readonly string[]): Promise<void> {
    return this.#commands.cancel('scancel', ['--quiet', ...ids], /already|invalid job id/i)
  }

  async list(ids: readonly string[]): Promise<JobState[]> {
    const args = ['--noheader', '--array', '--states=all', `--jobs=${ids.join(',')}`, `--format=${FORMAT}`]
    const result = await this.#commands.try('squeue', args)
    // It knows none of them any more, and there was but one.
    if (result.code !== 0 && !/invalid job id/i.test(result.stderr)) throw this.#commands.refused('squeue', args, result)
    const known = new Map(parseSqueue(result.stdout).map((job) => [job.id, job]))
    return Promise.all(
      ids.map(async (id) => {
        const job = known.get(id)
        return job && !['completed', 'failed', 'cancelled'].includes(job.state) ? job : await this.#ended(id, job)
      }),
    )
  }

  logFiles(id: string): string[] {
    const { logDirectory, jobName } = this.#plan
    return logDirectory === undefined ? [] : ['out', 'err'].map((kind) => `${logDirectory}/${jobName}-${id}.${kind}`)
  }

  /** How a job has ended: the controller knows for some minutes, and accounting, where there is one, for longer. */
  async #ended(id: string, squeue: JobState | undefined): Promise<JobState> {
    const shown = await this.#commands.try('scontrol', ['--oneliner', 'show', 'job', id])
    if (shown.code === 0 && shown.stdout.trim() !== '') return parseScontrol(id, shown.stdout)
    const columns = 'State,ExitCode,Reason'
    const past = await this.#commands.try('sacct', ['-X', '-n', '-P', '-j', id, '-o', columns])
    if (past.code === 0 && past.stdout.trim() !== '') return parseSacct(id, past.stdout)
    return squeue ?? { id, state: 'unknown', reason: 'Slurm does not know it any more' }
  }

  #logs(id: string, between: string, error: string, output: string): string[] {
    const { logDirectory, jobName } = this.#plan
    const path = `${logDirectory}/${jobName}-${id}`
    return [`${error}${between}${path}.err`, `${output}${between}${path}.out`]
  }
}

/** Whoever waits for jobs to be accepted is told once that Slurm is not about to. */
async function saidWhenSlow(submission: Promise<string>): Promise<string> {
  const late = setTimeout(() => {
    const words = `sbatch has not ended after ${formatDuration(SLOW)}: the queue may be full, or Slurm is busy; it tries for some minutes`
    process.emitWarning(words, 'HeddleJobWarning')
  }, SLOW)
  try {
    return await submission
  } finally {
    clearTimeout(late)
  }
}

/** The lines of `squeue --format=%i|%T|%r|%S|%e`. */
export function parseSqueue(stdout: string): JobState[] {
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [id = '', state = '', reason = '', start = '', end = ''] = line.trim().split('|')
      return jobState(id, state, reason, { start, end })
    })
}

/** The line of `scontrol --oneliner show job`. */
export function parseScontrol(id: string, stdout: string): JobState {
  const field = (name: string): string | undefined => new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(stdout)?.[1]
  return jobState(id, field('JobState') ?? '', field('Reason') ?? '', { start: field('StartTime'), exit: field('ExitCode') })
}

/** The line of `sacct -X -n -P -o State,ExitCode,Reason`. */
export function parseSacct(id: string, stdout: string): JobState {
  const [state = '', exit = '', reason = ''] = stdout.trim().split('\n').at(-1)!.split('|')
  return jobState(id, state, reason, { exit })
}

interface Particulars {
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** as Slurm writes it, code:signal */
  readonly exit?: string | undefined
}

function jobState(id: string, word: string, reason: string, { start = '', end = '', exit }: Particulars): JobState {
  // CANCELLED by 1000
  const [name = ''] = word.split(' ')
  const stuck = PHASES[name] === 'pending' && STUCK.test(reason)
  const state = stuck ? 'held' : (PHASES[name] ?? 'unknown')
  const said = reason === '' || reason === 'None' ? '' : reason
  // What has ended is TIMEOUT, OUT_OF_MEMORY, …, which says more than FAILED does.
  const parts = state === 'pending' || state === 'held' || state === 'running' ? [said] : [word === 'COMPLETED' ? '' : word, said]
  const why = [...new Set(parts)].filter((part) => part !== '').join(', ')
  const [code, signal] = (exit ?? '').split(':').map(Number)
  return stateOf(id, state, {
    reason: why,
    start: state === 'pending' ? new Date(start) : undefined,
    started: state === 'pending' || state === 'held' ? undefined : new Date(start),
    // A job that waits and has no start yet has none; one without a limit, neither. What is being ended has the time of that: as
    // if it were about to have done its time, while it may have failed.
    ends: state === 'running' && name !== 'COMPLETING' ? new Date(end) : undefined,
    // As shells count signals.
    exitCode: exit === undefined || code === undefined ? undefined : signal ? 128 + signal : code,
  })
}
