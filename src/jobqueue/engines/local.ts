import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Engine, EngineKind, JobState } from '../engine.js'
import { EngineRefused } from '../errors.js'
import type { JobPlan } from '../job-plan.js'
import { body } from '../job-script.js'
import { inOrder, stateOf } from './per-job.js'

/** There is nothing to tell it besides the options of every engine. */
export type LocalEngineOptions = object

/** Jobs as processes of this machine: to try out scripts, and what a cluster does with jobs, where there is no queue. */
export const local: EngineKind<'local', LocalEngineOptions> = {
  name: 'local',
  title: 'this machine',
  options: {},
  jobId: '$LOCAL_JOB_ID',
  create: (plan) => new Local(plan),
}

/** Milliseconds from SIGTERM to SIGKILL. */
const GRACE = 30_000

let lastId = 0

class Local implements Engine {
  readonly #plan: JobPlan
  readonly #running = new Map<string, ChildProcess>()
  readonly #ended = new Map<string, JobState>()
  readonly #cancelled = new Set<string>()

  constructor(plan: JobPlan) {
    this.#plan = plan
  }

  script(): string {
    const { shebang, prologue, command, epilogue } = this.#plan
    return `${[shebang, '', ...prologue, ...body(command, epilogue)].join('\n')}\n`
  }

  async submit(scriptPath: string, count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.#start(scriptPath)))
  }

  async cancel(ids: readonly string[]): Promise<void> {
    await Promise.all(
      ids.map(async (id) => {
        const child = this.#running.get(id)
        if (!child) return
        this.#cancelled.add(id)
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.ref()
        signal(child, 'SIGTERM')
        const late = setTimeout(() => signal(child, 'SIGKILL'), GRACE)
        await ended
        clearTimeout(late)
      }),
    )
  }

  async list(ids: readonly string[]): Promise<JobState[]> {
    const running = [...this.#running.keys()].map((id) => stateOf(id, 'running'))
    return inOrder('this machine', ids, [...running, ...this.#ended.values()])
  }

  logFiles(id: string): string[] {
    const { logDirectory, jobName } = this.#plan
    return logDirectory === undefined ? [] : [`${logDirectory}/${jobName}-${id}.out`]
  }

  #start(scriptPath: string): Promise<string> {
    const id = String(++lastId)
    const [path] = this.logFiles(id)
    const log = path === undefined ? undefined : openSync(path, 'w', 0o600)
    const child = spawn(scriptPath, [], {
      // A group of its own, as jobs have: what it started ends with it.
      detached: true,
      env: { ...process.env, LOCAL_JOB_ID: id },
      stdio: ['ignore', log ?? 'ignore', log ?? 'ignore'],
    })
    if (log !== undefined) closeSync(log)
    child.unref()
    child.once('exit', (code, name) => {
      this.#running.delete(id)
      const reason = name === null ? undefined : `killed by ${name}`
      const state = this.#cancelled.has(id) ? 'cancelled' : code === 0 ? 'completed' : 'failed'
      this.#ended.set(id, stateOf(id, state, { reason, exitCode: code ?? undefined }))
    })
    return new Promise((resolve, reject) => {
      child.once('spawn', () => {
        this.#running.set(id, child)
        resolve(id)
      })
      child.once('error', (error) => reject(new EngineRefused(`${scriptPath} cannot be run: ${error.message}`, { cause: error })))
    })
  }
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-pid!, name)
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
