import { userInfo } from 'node:os'
import { clock } from '../amounts.js'
import type { Commands } from '../commands.js'
import type { Engine, EngineKind, JobState } from '../engine.js'
import type { JobPlan } from '../job-plan.js'
import { chosen, jobScript } from '../job-script.js'
import { text } from '../option-kinds.js'
import { elements, parseXml, textOf } from '../xml.js'
import { inOrder, stateOf } from './per-job.js'

/** What Grid Engine is told besides the options of every engine. */
export interface SgeEngineOptions {
  /** the queue: `-q` */
  readonly queue?: string
  /** the project: `-P` */
  readonly project?: string
  /** what jobs need, as the site names it: 'h_vmem=24G,mem_free=24G'; Grid Engine is asked for memory by this alone: `-l` */
  readonly resourceSpec?: string
  /** the parallel environment that gives a job its cores: 'smp'; without, a job has one slot: `-pe` */
  readonly parallelEnvironment?: string
}

export const sge: EngineKind<'sge', SgeEngineOptions> = {
  name: 'sge',
  title: 'Grid Engine',
  options: { queue: text, project: text, resourceSpec: text, parallelEnvironment: text },
  jobId: '$JOB_ID',
  create: (plan, options, commands) => new GridEngine(plan, options, commands),
}

class GridEngine implements Engine {
  readonly #plan: JobPlan
  readonly #options: SgeEngineOptions
  readonly #commands: Commands

  constructor(plan: JobPlan, options: SgeEngineOptions, commands: Commands) {
    this.#plan = plan
    this.#options = options
    this.#commands = commands
  }

  script(): string {
    const { jobName, cores, walltime, logDirectory, skipDirectives, extraDirectives } = this.#plan
    const { queue, project, resourceSpec, parallelEnvironment } = this.#options
    const own = [`-N ${jobName}`]
    if (queue !== undefined) own.push(`-q ${queue}`)
    if (project !== undefined) own.push(`-P ${project}`)
    if (parallelEnvironment !== undefined) own.push(`-pe ${parallelEnvironment} ${cores}`)
    if (resourceSpec !== undefined) own.push(`-l ${resourceSpec}`)
    if (walltime !== undefined) own.push(`-l h_rt=${clock(walltime)}`)
    if (logDirectory !== undefined) own.push(`-e ${logDirectory}/`, `-o ${logDirectory}/`)
    own.push('-cwd', '-j y')
    return jobScript({ ...this.#plan, prefix: '#$', directives: chosen(own, skipDirectives, extraDirectives) })
  }

  async check(scriptPath: string): Promise<void> {
    const args = ['-w', 'v', scriptPath]
    const result = await this.#commands.try('qsub', args)
    // What depends on how busy the site is may be had later.
    const never = /unknown (?:queue|resource|project)|only offers|does not exist|no permission|not allowed/i
    if (result.code !== 0 && never.test(result.stdout + result.stderr)) throw this.#commands.refused('qsub', args, result)
  }

  submit(scriptPath: string, count: number): Promise<string[]> {
    return this.#commands.submit(count, 'qsub', ['-terse', scriptPath], /^(\d+)/m)
  }

  cancel(ids: readonly string[]): Promise<void> {
    return this.#commands.cancel('qdel', ids, /does not exist|already in deletion/i)
  }

  async list(ids: readonly string[]): Promise<JobState[]> {
    const answer = await this.#commands.ask('qstat', ['-xml', '-u', userInfo().username])
    const known = new Map(parseQstatXml(answer).map((job) => [job.id, job]))
    return Promise.all(ids.map(async (id) => known.get(id) ?? (await this.#ended(id))))
  }

  logFiles(id: string): string[] {
    const { logDirectory, jobName } = this.#plan
    return logDirectory === undefined ? [] : [`${logDirectory}/${jobName}.o${id}`]
  }

  /** Accounting knows how a job has ended, some seconds later. */
  async #ended(id: string): Promise<JobState> {
    const past = await this.#commands.try('qacct', ['-j', id])
    if (past.code === 0) return parseQacct(id, past.stdout)
    const [state] = inOrder('Grid Engine', [id], [])
    return state!
  }
}

/** The jobs of `qstat -xml`, which lists those that wait, run, or are in error. */
export function parseQstatXml(xml: string): JobState[] {
  return elements(parseXml(xml), 'job_list').map((job) => {
    const id = textOf(job, 'JB_job_number')
    const letters = textOf(job, 'state')
    if (letters.includes('E')) return stateOf(id, 'held', { reason: `error state ${letters}: see qstat -explain E -j ${id}` })
    // A job that is being deleted runs, or waits, until it is not there any more.
    if (/[rtRsST]/.test(letters)) {
      const started = new Date(textOf(job, 'JAT_start_time'))
      return stateOf(id, 'running', { reason: letters === 'r' ? undefined : `state ${letters}`, started })
    }
    if (letters.includes('h')) return stateOf(id, 'held', { reason: `state ${letters}` })
    return stateOf(id, 'pending')
  })
}

/** What `qacct -j` says of a job that is over. */
export function parseQacct(id: string, stdout: string): JobState {
  // Of a job that was run again, the last.
  const record = stdout.split(/^=+$/m).at(-1)!
  const field = (name: string): string => new RegExp(`^${name}\\s+(.*)$`, 'm').exec(record)?.[1]?.trim() ?? ''
  const [code] = field('exit_status').split(/\s+/)
  const exitCode = Number(code)
  const failed = field('failed')
  const trouble = failed !== '' && !/^0\b/.test(failed)
  if (field('deleted_by') !== '' && field('deleted_by') !== 'NONE') {
    return stateOf(id, 'cancelled', { reason: `deleted by ${field('deleted_by')}`, exitCode })
  }
  // 100: assumedly after the job, which is how it ends when it is deleted.
  if (/^100\b/.test(failed) && exitCode === 137) return stateOf(id, 'failed', { reason: `killed: ${failed}`, exitCode })
  if (trouble) return stateOf(id, 'failed', { reason: failed, exitCode })
  return stateOf(id, exitCode === 0 ? 'completed' : 'failed', { exitCode })
}
