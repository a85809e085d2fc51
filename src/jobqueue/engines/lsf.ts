import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LSF_UNITS, type LsfUnit, lsfMemory, shortClock } from '../amounts.js'
import type { Commands } from '../commands.js'
import type { Engine, EngineKind, JobPhase, JobState } from '../engine.js'
import type { JobPlan } from '../job-plan.js'
import { chosen, jobScript } from '../job-script.js'
import { count, flag, memory, oneOf, text } from '../option-kinds.js'
import { memoryOf } from '../amounts.js'
import { inOrder, stateOf } from './per-job.js'

/** What LSF is told besides the options of every engine. */
export interface LsfEngineOptions {
  /** the queue: `-q` */
  readonly queue?: string
  /** the project: `-P` */
  readonly project?: string
  /** cores that are asked for, if not those that workers use: `-n` */
  readonly jobCpu?: number
  /** memory that is asked for, with its unit, if not what workers use: `-M` */
  readonly jobMemory?: string
  /** what the site's limits count in; what LSF_UNIT_FOR_LIMITS in its lsf.conf says, or KB, unless told */
  readonly units?: LsfUnit
  /** whether bsub reads the script from stdin, as it must to see the directives; true unless told */
  readonly useStdin?: boolean
}

export const lsf: EngineKind<'lsf', LsfEngineOptions> = {
  name: 'lsf',
  title: 'LSF',
  options: { queue: text, project: text, jobCpu: count(1), jobMemory: memory, units: oneOf(...LSF_UNITS), useStdin: flag },
  jobId: '$LSB_JOBID',
  create: (plan, options, commands) => new Lsf(plan, options, commands),
}

const COLUMNS = 'jobid stat exit_code exit_reason pend_reason estimated_start_time'

class Lsf implements Engine {
  readonly #plan: JobPlan
  readonly #options: LsfEngineOptions
  readonly #commands: Commands

  constructor(plan: JobPlan, options: LsfEngineOptions, commands: Commands) {
    this.#plan = plan
    this.#options = options
    this.#commands = commands
  }

  script(): string {
    const { jobName, cores, memory: bytes, walltime, logDirectory, skipDirectives, extraDirectives } = this.#plan
    const { queue, project, jobCpu = cores, jobMemory, units = siteUnits() } = this.#options
    const own = [`-J ${jobName}`]
    if (logDirectory !== undefined) {
      own.push(`-e ${logDirectory}/${jobName}-%J.err`, `-o ${logDirectory}/${jobName}-%J.out`)
    }
    if (queue !== undefined) own.push(`-q ${queue}`)
    if (project !== undefined) own.push(`-P "${project}"`)
    own.push(`-n ${jobCpu}`)
    // Cores of several machines are of no use to one worker.
    if (jobCpu > 1) own.push('-R "span[hosts=1]"')
    own.push(`-M ${lsfMemory(jobMemory === undefined ? bytes : memoryOf('jobMemory', jobMemory), units)}`)
    if (walltime !== undefined) own.push(`-W ${shortClock(walltime)}`)
    return jobScript({ ...this.#plan, prefix: '#BSUB', directives: chosen(own, skipDirectives, extraDirectives) })
  }

  submit(scriptPath: string, count: number): Promise<string[]> {
    const { useStdin = true } = this.#options
    const [args, input] = useStdin ? [[], this.script()] : [[scriptPath], undefined]
    return this.#commands.submit(count, 'bsub', args, /Job <(\d+)> is submitted/, input)
  }

  cancel(ids: readonly string[]): Promise<void> {
    return this.#commands.cancel('bkill', ids, /already finished|no matching job|not found/i)
  }

  async list(ids: readonly string[]): Promise<JobState[]> {
    const args = ['-a', '-json', '-o', COLUMNS, ...ids]
    const result = await this.#commands.try('bjobs', args)
    const known = result.stdout.trim().startsWith('{') ? parseBjobs(result.stdout) : []
    if (result.code !== 0 && known.length === 0 && !/not found|no .*job/i.test(result.stdout + result.stderr))
      throw this.#commands.refused('bjobs', args, result)
    return inOrder('LSF', ids, known)
  }

  logFiles(id: string): string[] {
    const { logDirectory, jobName } = this.#plan
    return logDirectory === undefined ? [] : ['out', 'err'].map((kind) => `${logDirectory}/${jobName}-${id}.${kind}`)
  }
}

const PHASES: Readonly<Record<string, JobPhase>> = {
  PEND: 'pending',
  WAIT: 'pending',
  PROV: 'pending',
  PSUSP: 'held',
  RUN: 'running',
  USUSP: 'running',
  SSUSP: 'running',
  UNKWN: 'running',
  DONE: 'completed',
  EXIT: 'failed',
}

/** The jobs of `bjobs -json`; those that it knows. */
export function parseBjobs(json: string): JobState[] {
  const { RECORDS } = JSON.parse(json) as { readonly RECORDS: readonly Readonly<Record<string, string>>[] }
  return RECORDS.filter(({ ERROR }) => ERROR === undefined).map(
    ({ JOBID, STAT, EXIT_CODE, EXIT_REASON, PEND_REASON, ...more }) => {
      const phase = PHASES[STAT ?? ''] ?? 'unknown'
      const waits = phase === 'pending' || phase === 'held'
      const reason = said(waits ? PEND_REASON : EXIT_REASON)
      const code = said(EXIT_CODE)
      // TERM_OWNER, TERM_ADMIN, TERM_FORCE_OWNER, …: somebody's bkill.
      const killed = phase === 'failed' && /TERM_\w*(?:OWNER|ADMIN)/.test(reason ?? '')
      const start = said(more.ESTIMATED_START_TIME)
      return stateOf(JOBID ?? '', killed ? 'cancelled' : phase, {
        reason,
        start: waits && start ? new Date(start) : undefined,
        exitCode: code !== undefined ? Number(code) : phase === 'completed' ? 0 : undefined,
      })
    },
  )
}

const said = (value: string | undefined): string | undefined =>
  value === undefined || /^\s*-?\s*$/.test(value) ? undefined : value

/** What the limits of this site count in. */
function siteUnits(environment: NodeJS.ProcessEnv = process.env): LsfUnit {
  const folder = environment.LSF_ENVDIR ?? environment.LSF_CONFDIR ?? '/etc'
  let conf: string
  try {
    conf = readFileSync(join(folder, 'lsf.conf'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) return 'KB'
    throw error
  }
  return unitsIn(conf)
}

/** The units that an lsf.conf says; of several lines the last holds. */
export function unitsIn(conf: string): LsfUnit {
  const [, letter = 'K'] = [...conf.matchAll(/^\s*LSF_UNIT_FOR_LIMITS\s*=\s*"?([KMGTPE])/gim)].at(-1) ?? []
  return LSF_UNITS.find((unit) => unit.startsWith(letter.toUpperCase())) ?? 'KB'
}
