import { clock, pbsMemory } from '../amounts.js'
import type { Commands } from '../commands.js'
import type { Engine, EngineKind, JobPhase, JobState } from '../engine.js'
import type { JobPlan } from '../job-plan.js'
import { chosen, jobScript } from '../job-script.js'
import { text } from '../option-kinds.js'
import { inOrder, stateOf } from './per-job.js'

/** What PBS and Moab are told besides the options of every engine. */
export interface PbsEngineOptions {
  /** the queue: `-q` */
  readonly queue?: string
  /** whose account is charged; `$PBS_ACCOUNT` unless told: `-A` */
  readonly account?: string
  /** what a job needs, instead of cores and memory: 'nodes=1:ppn=8,mem=24gb' for Torque: `-l` */
  readonly resourceSpec?: string
}

/** The commands of PBS, or of Moab, which reads the same scripts. */
interface PbsCommands {
  readonly title: string
  readonly submit: string
  readonly cancel: string
}

const options = { queue: text, account: text, resourceSpec: text }
/** Wrappers that have PBS commands in front of Slurm leave the first one out. */
const jobId = '${PBS_JOBID:-$SLURM_JOB_ID}'

export const pbs: EngineKind<'pbs', PbsEngineOptions> = {
  name: 'pbs',
  title: 'PBS',
  options,
  jobId,
  create: (plan, given, commands) => new Pbs(plan, given, commands, { title: 'PBS', submit: 'qsub', cancel: 'qdel' }),
}

export const moab: EngineKind<'moab', PbsEngineOptions> = {
  name: 'moab',
  title: 'Moab',
  options,
  jobId,
  create: (plan, given, commands) => new Pbs(plan, given, commands, { title: 'Moab', submit: 'msub', cancel: 'canceljob' }),
}

class Pbs implements Engine {
  readonly #plan: JobPlan
  readonly #options: PbsEngineOptions
  readonly #commands: Commands
  readonly #names: PbsCommands

  constructor(plan: JobPlan, given: PbsEngineOptions, commands: Commands, names: PbsCommands) {
    this.#plan = plan
    this.#options = given
    this.#commands = commands
    this.#names = names
  }

  script(): string {
    const { jobName, cores, memory, walltime, logDirectory, skipDirectives, extraDirectives } = this.#plan
    const { queue, account = process.env.PBS_ACCOUNT, resourceSpec } = this.#options
    const own = [`-N ${jobName}`]
    if (queue !== undefined) own.push(`-q ${queue}`)
    if (account !== undefined && account !== '') own.push(`-A ${account}`)
    own.push(`-l ${resourceSpec ?? `select=1:ncpus=${cores}:mem=${pbsMemory(memory)}`}`)
    if (walltime !== undefined) own.push(`-l walltime=${clock(walltime)}`)
    if (logDirectory !== undefined) own.push(`-e ${logDirectory}/`, `-o ${logDirectory}/`)
    return jobScript({ ...this.#plan, prefix: '#PBS', directives: chosen(own, skipDirectives, extraDirectives) })
  }

  submit(scriptPath: string, count: number): Promise<string[]> {
    // 123.server, Moab.123, or a bare 123 after a line or two of news.
    return this.#commands.submit(count, this.#names.submit, [scriptPath], /(?:^|\n)[ \t]*([\w.[\]-]*\d[\w.[\]-]*)\s*$/)
  }

  cancel(ids: readonly string[]): Promise<void> {
    return this.#commands.cancel(this.#names.cancel, ids, /unknown job|invalid job|finished|has completed|not exist/i)
  }

  async list(ids: readonly string[]): Promise<JobState[]> {
    // Of several jobs it lists those that it knows, and fails for the others.
    const { code, stdout, stderr } = await this.#commands.try('qstat', ['-f', ...ids])
    const states = parseQstatFull(stdout)
    if (code !== 0 && states.length === 0 && !/unknown job|has finished|invalid job/i.test(stdout + stderr) && code !== 153)
      throw this.#commands.refused('qstat', ['-f', ...ids], { code, stdout, stderr })
    const missing = ids.filter((id) => !states.some((job) => job.id === id))
    if (missing.length > 0) {
      // PBS Professional remembers for a while; others do not know the option.
      const past = await this.#commands.try('qstat', ['-x', '-f', ...missing])
      states.push(...parseQstatFull(past.stdout))
    }
    return inOrder(this.#names.title, ids, states)
  }

  logFiles(id: string): string[] {
    const { logDirectory, jobName } = this.#plan
    if (logDirectory === undefined) return []
    const [number] = id.split('.')
    return ['OU', 'ER']
      .map((kind) => `${logDirectory}/${id}.${kind}`)
      .concat(['o', 'e'].map((kind) => `${logDirectory}/${jobName}.${kind}${number}`))
  }
}

const PHASES: Readonly<Record<string, JobPhase>> = {
  Q: 'pending',
  W: 'pending',
  T: 'pending',
  M: 'pending',
  H: 'held',
  R: 'running',
  E: 'running',
  B: 'running',
  S: 'running',
  U: 'running',
}

/** The jobs of `qstat -f`, of PBS Professional, OpenPBS, Torque, and what imitates them. */
export function parseQstatFull(stdout: string, now: number = Date.now()): JobState[] {
  return stdout
    .split(/^Job Id:\s*/m)
    .slice(1)
    .map((record) => {
      const [first = '', ...rest] = record.split('\n')
      const fields = new Map<string, string>()
      let last = ''
      for (const line of rest) {
        const [, name, value] = /^\s+([A-Za-z_][\w.]*) = ?(.*)$/.exec(line) ?? []
        if (name !== undefined) fields.set((last = name), value!)
        // Long values go on, after a tab.
        else if (line.startsWith('\t') && last !== '') fields.set(last, fields.get(last)! + line.trim())
      }
      return pbsState(first.trim(), fields, now)
    })
}

function pbsState(id: string, fields: ReadonlyMap<string, string>, now: number): JobState {
  const letter = fields.get('job_state') ?? ''
  const reason = fields.get('comment')
  const code = fields.get('Exit_status') ?? fields.get('exit_status')
  if (letter === 'C' || letter === 'F' || letter === 'X') {
    const exitCode = code === undefined ? undefined : Number(code)
    // 271: killed by the signal 15, as qdel does; substate 91: deleted before it ran.
    if (exitCode === 271 || fields.get('substate') === '91') return stateOf(id, 'cancelled', { reason, exitCode })
    return stateOf(id, exitCode === undefined || exitCode === 0 ? 'completed' : 'failed', { reason, exitCode })
  }
  const start = fields.get('estimated.start_time') ?? fields.get('Start_Time')
  const state = PHASES[letter] ?? 'unknown'
  if (state !== 'running')
    return stateOf(id, state, { reason, start: state === 'pending' && start ? new Date(start) : undefined })
  const [limit, used] = ['Resource_List.walltime', 'resources_used.walltime'].map((name) => seconds(fields.get(name)))
  const began = fields.get('stime') ?? fields.get('start_time')
  return stateOf(id, state, {
    reason,
    started: began ? new Date(began) : undefined,
    ends: limit === undefined || used === undefined ? undefined : new Date(now + (limit - used) * 1000),
  })
}

/** Of a clock such as 01:30:00, or a number. */
function seconds(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+(?::\d+)*$/.test(text)
    ? undefined
    : text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}
