import { basename, resolve } from 'node:path'
import { ArgumentError } from '../../base/index.js'
import { memoryOf, timeOf } from '../amounts.js'
import type { Commands } from '../commands.js'
import type { Engine, EngineKind, JobPhase, JobState, WorkerPlace } from '../engine.js'
import type { JobOptions } from '../job-options.js'
import type { JobPlan } from '../job-plan.js'
import { count, memory, text, time, words } from '../option-kinds.js'
import { inOrder, stateOf } from './per-job.js'

/** What HTCondor is told besides the options of every engine. `extraDirectives` are lines `name = value`, which replace Heddle's own. */
export interface HTCondorEngineOptions {
  /** disk of a job, with its unit; '1 GB' unless told */
  readonly disk?: string
  /**
   * the image that jobs run in, by the docker universe: it has Node and the command `heddle`. The scheduler's file travels with the
   * job, and HTCondor forwards a port of the machine to the worker's, of which a job has one then
   */
  readonly image?: string
  /** the port that a worker listens at in its image; 8786 unless told */
  readonly containerPort?: number
  /** further files that jobs are given into their folder; the scheduler's, too, then: for machines that share none with this one */
  readonly transferFiles?: string | readonly string[]
  /** GPUs of a job: `request_gpus` */
  readonly gpus?: number
  /** what a machine must have: '(Target.HasCHTCStaging)' */
  readonly requirements?: string
  /** how long a machine stays claimed when its job has ended: `keep_claim_idle` */
  readonly keepClaimIdle?: string | number
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
  options: {
    disk: memory,
    image: text,
    containerPort: count(1),
    transferFiles: words,
    gpus: count(0),
    requirements: text,
    keepClaimIdle: time,
    submitArguments: words,
    cancelArguments: words,
  },
  jobId: JOB_ID,
  workerPlace: placeOf,
  create: (plan, options, commands) => new HTCondor(plan, options, commands),
}

/** What HTCondor calls the port that it forwards. */
const SERVICE = 'heddle'
const CONTAINER_PORT = 8786

/** Seconds that a job waits until HTCondor has said which port is forwarded to it, which it mostly does with its first update. */
const PATIENCE = 300

/** What the description of the job, which HTCondor keeps up to date beside it, says by a name: the first group of `value`. */
const said = (name: string, value: string): string =>
  String.raw`$(sed -n 's/^${name} *= *"\{0,1\}${value}"\{0,1\} *$/\1/p' "$_CONDOR_JOB_AD")`

const FORWARDED_PORT =
  `n=0; until port=${said(`${SERVICE}_HostPort`, String.raw`\([0-9]\{1,\}\)`)}; [ -n "$port" ]; do ` +
  `n=$((n + 1)); [ $n -le ${PATIENCE} ] || { echo "HTCondor has not said which port is forwarded to this job" >&2; exit 1; }; sleep 1; done`

/** RemoteHost is slot1@machine, or the machine alone. */
const REMOTE_HOST = `host=${said('RemoteHost', String.raw`\([^"]*\)`)}; host="${'$'}{host##*@}"`

/**
 * Jobs in images, or without a shared folder, find the scheduler's file in their own. In images a worker is reached by another
 * port and host than it sees, which are in the description of the job that HTCondor keeps up to date beside it:
 * https://htcondor.readthedocs.io/en/latest/users-manual/docker-universe-jobs.html
 */
function placeOf(where: string, options: JobOptions & HTCondorEngineOptions, schedulerFile: string): WorkerPlace | undefined {
  const { image, containerPort = CONTAINER_PORT, transferFiles, processes = 1, protocol = 'tls' } = options
  if (image === undefined && options.containerPort !== undefined) {
    throw new ArgumentError(`${where}: containerPort: only jobs with an image have one`)
  }
  if (image === undefined && transferFiles === undefined) return undefined
  const file = basename(schedulerFile)
  // Whoever transfers it may not keep that only its owner can read it.
  const here = ['cd "$_CONDOR_SCRATCH_DIR"', `chmod 600 ${file}`]
  if (image === undefined) return { schedulerFile: file, arguments: [], before: here }
  if (processes > 1) throw new ArgumentError(`${where}: processes: in an image a job has one, as one port is forwarded to it`)
  for (const option of ['node', 'interface', 'workerPorts'] as const) {
    if (options[option] !== undefined) throw new ArgumentError(`${where}: ${option}: in an image that is the image's own affair`)
  }
  return {
    schedulerFile: file,
    command: 'heddle worker',
    arguments: ['--listen-address', `${protocol}://0.0.0.0:${containerPort}`, '--contact-address', `"${protocol}://$host:$port"`],
    before: [...here, FORWARDED_PORT, REMOTE_HOST],
    processes: 1,
  }
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
    for (const [name, value] of this.#transfers()) own.set(name, value)
    const { gpus, requirements, keepClaimIdle } = this.#options
    if (gpus !== undefined) own.set('request_gpus', String(gpus))
    if (requirements !== undefined) own.set('requirements', requirements)
    if (keepClaimIdle !== undefined) own.set('keep_claim_idle', String(Math.ceil(timeOf('keepClaimIdle', keepClaimIdle) / 1000)))
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

  /** What makes a job independent of the folders, and the network, of this machine. */
  #transfers(): [name: string, value: string][] {
    const { image, containerPort = CONTAINER_PORT, transferFiles } = this.#options
    if (image === undefined && transferFiles === undefined) return []
    const { schedulerFile } = this.#plan
    return [
      ['should_transfer_files', 'YES'],
      ['transfer_input_files', [schedulerFile, ...list(transferFiles).map((path) => resolve(path))].join(', ')],
      // It has the secrets of the cluster.
      ['encrypt_input_files', schedulerFile],
      ['transfer_output_files', '""'],
      ...(image === undefined
        ? []
        : ([
            ['universe', 'docker'],
            ['docker_image', image],
            // The sh of the image, not that of this machine.
            ['transfer_executable', 'False'],
            ['container_service_names', SERVICE],
            [`${SERVICE}_container_port`, String(containerPort)],
          ] as [string, string][])),
    ]
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
