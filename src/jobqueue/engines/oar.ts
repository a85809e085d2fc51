import { clock } from '../amounts.js'
import type { Commands } from '../commands.js'
import type { Engine, EngineKind, JobPhase, JobState } from '../engine.js'
import type { JobPlan } from '../job-plan.js'
import { chosen, jobScript } from '../job-script.js'
import { quote } from '../shell.js'
import { text } from '../option-kinds.js'
import { inOrder, stateOf } from './per-job.js'

/** What OAR is told besides the options of every engine. */
export interface OarEngineOptions {
  /** the queue: `-q` */
  readonly queue?: string
  /** the project: `--project` */
  readonly project?: string
  /** what a job needs, instead of cores of one node: '/nodes=1/core=4' */
  readonly resourceSpec?: string
  /** the property that says how many MiB a core has: 'memcore'; without, OAR is not asked for memory: `-p` */
  readonly memoryPerCoreProperty?: string
}

export const oar: EngineKind<'oar', OarEngineOptions> = {
  name: 'oar',
  title: 'OAR',
  options: { queue: text, project: text, resourceSpec: text, memoryPerCoreProperty: text },
  jobId: '$OAR_JOB_ID',
  create: (plan, options, commands) => new Oar(plan, options, commands),
}

class Oar implements Engine {
  readonly #plan: JobPlan
  readonly #options: OarEngineOptions
  readonly #commands: Commands

  constructor(plan: JobPlan, options: OarEngineOptions, commands: Commands) {
    this.#plan = plan
    this.#options = options
    this.#commands = commands
  }

  script(): string {
    return jobScript({ ...this.#plan, prefix: '#OAR', directives: this.#directives() })
  }

  submit(scriptPath: string, count: number): Promise<string[]> {
    // It reads the directives of a script only if asked to, which sites may not allow: they are given as arguments.
    const args = this.#directives().flatMap(wordsOfDirective)
    return this.#commands.submit(count, 'oarsub', [...args, quote(scriptPath)], /OAR_JOB_ID\s*=\s*(\d+)/)
  }

  cancel(ids: readonly string[]): Promise<void> {
    return this.#commands.cancel('oardel', ids, /already|not found|terminated|finished/i)
  }

  async list(ids: readonly string[]): Promise<JobState[]> {
    const args = ['-J', '-f', ...ids.flatMap((id) => ['-j', id])]
    return inOrder('OAR', ids, parseOarstat(await this.#commands.ask('oarstat', args)))
  }

  logFiles(id: string): string[] {
    const { logDirectory, jobName } = this.#plan
    return logDirectory === undefined ? [] : ['stdout', 'stderr'].map((kind) => `${logDirectory}/${jobName}.${id}.${kind}`)
  }

  #directives(): string[] {
    const { jobName, cores, memory, walltime, logDirectory, skipDirectives, extraDirectives } = this.#plan
    const { queue, project, resourceSpec, memoryPerCoreProperty } = this.#options
    const own = [`-n ${jobName}`]
    if (queue !== undefined) own.push(`-q ${queue}`)
    if (project !== undefined) own.push(`--project ${project}`)
    // Two of them would be a choice between two jobs.
    const time = walltime === undefined ? '' : `,walltime=${clock(walltime)}`
    own.push(`-l ${resourceSpec ?? `/nodes=1/core=${cores}`}${time}`)
    if (memoryPerCoreProperty !== undefined) {
      own.push(`-p ${memoryPerCoreProperty}>=${Math.ceil(memory / (cores * 2 ** 20))}`)
    }
    if (logDirectory !== undefined) {
      own.push(`-O ${logDirectory}/${jobName}.%jobid%.stdout`, `-E ${logDirectory}/${jobName}.%jobid%.stderr`)
    }
    return chosen(own, skipDirectives, extraDirectives)
  }
}

/** `-p memcore>=1000` as the words `-p` and `memcore>=1000`; quotes keep words together. */
function wordsOfDirective(directive: string): string[] {
  const [, option = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(directive.trim()) ?? []
  return rest === '' ? [option] : [option, rest.replace(/^(["'])(.*)\1$/, '$2')]
}

const PHASES: Readonly<Record<string, JobPhase>> = {
  Waiting: 'pending',
  toLaunch: 'pending',
  toAckReservation: 'pending',
  Launching: 'pending',
  Hold: 'held',
  Running: 'running',
  Suspended: 'running',
  Resuming: 'running',
  Finishing: 'running',
  toError: 'running',
  Terminated: 'completed',
  Error: 'failed',
}

interface OarJob {
  readonly state?: string
  readonly message?: string
  readonly exit_code?: string | number | null
  readonly scheduledStart?: string | number | null
  readonly startTime?: string | number | null
  /** seconds */
  readonly walltime?: string | number | null
  readonly events?: readonly { readonly type?: string; readonly description?: string }[]
}

/** The jobs of `oarstat -J -f`. */
export function parseOarstat(json: string): JobState[] {
  if (json.trim() === '') return []
  const jobs = JSON.parse(json) as Readonly<Record<string, OarJob>>
  return Object.entries(jobs).map(([id, job]) => {
    const { state = '', message, exit_code: exit, scheduledStart, startTime, walltime, events = [] } = job
    const phase = PHASES[state] ?? 'unknown'
    const over = phase === 'completed' || phase === 'failed'
    // As wait(2) gives it: the code in the high byte, or "256 (1,0,0)".
    const status = exit === null || exit === undefined || exit === '' ? undefined : parseInt(String(exit), 10)
    const exitCode = status === undefined ? undefined : status >= 256 ? status >> 8 : status === 0 ? 0 : 128 + (status & 127)
    const start = phase === 'pending' && Number(scheduledStart) > 0 ? new Date(Number(scheduledStart) * 1000) : undefined
    const failed = phase === 'completed' && exitCode !== undefined && exitCode !== 0
    // Somebody's oardel.
    const deleted = events.find(({ type }) => type === 'FRAG_JOB_REQUEST')
    if (phase === 'failed' && deleted) return stateOf(id, 'cancelled', { reason: deleted.description, exitCode })
    const started = Number(startTime) > 0 ? new Date(Number(startTime) * 1000) : undefined
    const ends =
      phase === 'running' && started && Number(walltime) > 0 ? new Date(started.getTime() + Number(walltime) * 1000) : undefined
    const code = over ? exitCode : undefined
    return stateOf(id, failed ? 'failed' : phase, { reason: message, start, started, ends, exitCode: code })
  })
}
