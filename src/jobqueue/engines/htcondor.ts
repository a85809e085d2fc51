import { ArgumentError } from '../../base/index.js'
import { memoryOf } from '../amounts.js'
import type { Commands } from '../commands.js'
import type { Engine, EngineKind, JobPhase, JobState } from '../engine.js'
import type { JobPlan } from '../job-plan.js'
import { memory, words } from '../option-kinds.js'
import { inOrder, stateOf } from './per-job.js'

/** What HTCondor is told besides the options of every engine. `extraDirectives` are lines `name = value`, which replace Heddle's own. */
export interface HTCondorEngineOptions {
  /** disk of a job, with its unit; '1 GB' unless told */
  readonly disk?: string
  /** further arguments of condor_submit */
  readonly submitArguments?: string | readonly string[]
  /** further arguments of condor_rm */
  readonly cancelArguments?: string | readonly string[]
}

/** What condor_submit replaces by the job's own id, wherever it stands. */
const JOB_ID = '$(ClusterId).$(ProcId)'

export const htcondor: EngineKind<'htcondor', HTCondorEngineOptions> = {
  name: 'htcondor',
  title: 'HTCondor',
  options: { disk: memory, submitArguments: words, cancelArguments: words },
  jobId: JOB_ID,
  create: (plan, options, commands) => new HTCondor(plan, options, commands),
}

const ATTRIBUTES = 'ClusterId,ProcId,JobStatus,HoldReason,RemoveReason,ExitCode,ExitBySignal,ExitSignal'

class HTCondor implements Engine {
  readonly #plan: JobPlan
  readonly #options: HTCondorEngineOptions
  readonly #commands: Commands

  constructor(plan: JobPlan, options: HTCondorEngineOptions, commands: Commands) {
    this.#plan = plan
    this.#options = options
    this.#commands = commands
  }

  script(): string {
    const { prologue, command, epilogue } = this.#plan
    const line = [...prologue, epilogue.length === 0 ? `exec ${command}` : command, ...epilogue].join('; ')
    const head = [...this.#directives()].map(([name, value]) => `${name} = ${value}`)
    return [
      '#!/usr/bin/env condor_submit',
      '',
      ...head,
      '',
      `Arguments = "${condorArguments(['-c', line])}"`,
      'Executable = /bin/sh',
      '',
      'Queue',
      '',
    ].join('\n')
  }

  async submit(scriptPath: string, count: number): Promise<string[]> {
    const args = [...list(this.#options.submitArguments), scriptPath]
    const clusters = await this.#commands.submit(count, 'condor_submit', args, /submitted to cluster (\d+)/)
    return clusters.map((cluster) => `${cluster}.0`)
  }

  cancel(ids: readonly string[]): Promise<void> {
    return this.#commands.cancel('condor_rm', [...list(this.#options.cancelArguments), ...ids], /not found|already/i)
  }

  async list(ids: readonly string[]): Promise<JobState[]> {
    const states = parseCondorJson(await this.#commands.ask('condor_q', ['-json', '-attributes', ATTRIBUTES, ...ids]))
    const missing = ids.filter((id) => !states.some((job) => job.id === id))
    if (missing.length > 0) {
      const args = ['-json', '-attributes', ATTRIBUTES, '-limit', String(missing.length), ...missing]
      const past = await this.#commands.try('condor_history', args)
      if (past.code === 0) states.push(...parseCondorJson(past.stdout))
    }
    return inOrder('HTCondor', ids, states)
  }

  logFiles(id: string): string[] {
    const { logDirectory } = this.#plan
    return logDirectory === undefined ? [] : ['out', 'err'].map((kind) => `${logDirectory}/worker-${id}.${kind}`)
  }

  #directives(): Map<string, string> {
    const { jobName, cores, memory: bytes, walltime, logDirectory, skipDirectives, extraDirectives } = this.#plan
    const own = new Map([
      ['MY.HeddleWorkerName', '"htcondor--$F(MY.JobId)--"'],
      ['batch_name', jobName],
      ['RequestCpus', 'MY.HeddleWorkerCores'],
      ['RequestMemory', 'floor(MY.HeddleWorkerMemory / 1048576)'],
      ['RequestDisk', 'floor(MY.HeddleWorkerDisk / 1024)'],
      ['MY.JobId', `"${JOB_ID}"`],
      ['MY.HeddleWorkerCores', String(cores)],
      ['MY.HeddleWorkerMemory', String(bytes)],
      ['MY.HeddleWorkerDisk', String(memoryOf('disk', this.#options.disk ?? '1 GB'))],
    ])
    // HTCondor has no walltime of its own; it removes a job that has run for longer.
    if (walltime !== undefined) own.set('allowed_job_duration', String(Math.ceil(walltime / 1000)))
    if (logDirectory !== undefined) {
      own.set('LogDirectory', logDirectory)
      own.set('Output', '$(LogDirectory)/worker-$F(MY.JobId).out')
      own.set('Error', '$(LogDirectory)/worker-$F(MY.JobId).err')
      own.set('Log', '$(LogDirectory)/worker-$(ClusterId).log')
      own.set('Stream_Output', 'True')
      own.set('Stream_Error', 'True')
    }
    for (const name of skipDirectives) own.delete(name)
    for (const line of extraDirectives) {
      const [, name, value] = /^\s*([+\w.]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
      if (name === undefined) {
        throw new ArgumentError(`extraDirectives: ${JSON.stringify(line)} is not a line such as 'universe = docker'`)
      }
      own.set(name, value!)
    }
    return own
  }
}

/** Words as the value of `Arguments`, between double quotes: double quotes are doubled, and single ones hold words together. */
export function condorArguments(args: readonly string[]): string {
  return args
    .map((arg) => {
      // What sh is to replace, condor_submit must not.
      const kept = arg.replaceAll('$(', '$(DOLLAR)(').replaceAll(JOB_ID.replaceAll('$(', '$(DOLLAR)('), JOB_ID)
      const doubled = kept.replaceAll("'", "''").replaceAll('"', '""')
      return /[\s']/.test(doubled) || doubled === '' ? `'${doubled}'` : doubled
    })
    .join(' ')
}

const PHASES: Readonly<Record<number, JobPhase>> = {
  1: 'pending',
  2: 'running',
  3: 'cancelled',
  4: 'completed',
  5: 'held',
  6: 'running',
  7: 'running',
}

interface CondorJob {
  readonly ClusterId: number
  readonly ProcId: number
  readonly JobStatus: number
  readonly HoldReason?: string
  readonly RemoveReason?: string
  readonly ExitCode?: number
  readonly ExitBySignal?: boolean
  readonly ExitSignal?: number
}

/** The jobs of `condor_q -json` and of `condor_history -json`, which print nothing when there are none. */
export function parseCondorJson(json: string): JobState[] {
  if (json.trim() === '') return []
  return (JSON.parse(json) as readonly CondorJob[]).map((job) => {
    const phase = PHASES[job.JobStatus] ?? 'unknown'
    const exitCode = job.ExitBySignal && job.ExitSignal !== undefined ? 128 + job.ExitSignal : job.ExitCode
    const over = phase === 'completed' || phase === 'cancelled'
    return stateOf(`${job.ClusterId}.${job.ProcId}`, phase === 'completed' && exitCode ? 'failed' : phase, {
      reason: phase === 'held' ? job.HoldReason : phase === 'cancelled' ? job.RemoveReason : undefined,
      exitCode: over ? exitCode : undefined,
    })
  })
}

function list(given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return []
  return typeof given === 'string' ? [given] : given
}
