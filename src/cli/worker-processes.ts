import { asError, formatDuration } from '../base/index.js'
import {
  preloadFlags,
  processFlags,
  Nanny,
  SCHEDULER_UNREACHABLE,
  type WorkerDeath,
  type WorkerServerOptions,
  reportDeath,
  workerEntry,
  workerEnvironment,
} from '../cluster/index.js'
import { config } from '../config/index.js'
import { ServiceError } from './errors.js'
import { ExitCode } from './exit-codes.js'
import { HeldOutput } from './held-output.js'
import type { ServiceLog } from './service-log.js'
import type { WorkerPlan } from './worker-plan.js'

type WorkerNanny = Nanny<WorkerServerOptions, { readonly address: string }>

/** The workers of one command, each a process of its own with a nanny. */
export class WorkerProcesses {
  readonly #plan: WorkerPlan
  readonly #each: Omit<WorkerServerOptions, 'name'>
  readonly #shape: string
  readonly #log: ServiceLog
  readonly #nannies: WorkerNanny[] = []
  /** why a worker cannot go on; undefined: all ended as they were asked to */
  #failure: ServiceError | undefined
  #closing = false

  constructor(plan: WorkerPlan, each: Omit<WorkerServerOptions, 'name'>, shape: string, log: ServiceLog) {
    this.#plan = plan
    this.#each = each
    this.#shape = shape
    this.#log = log
  }

  /**
   * Starts all of them, and resolves when all have ended.
   *
   * @throws ServiceError when one does not start, or the scheduler cannot be reached any more
   */
  async run(): Promise<void> {
    const environment = {
      ...workerEnvironment(),
      HEDDLE_WORKER__DEATH_TIMEOUT: `${this.#plan.deathTimeout} ms`,
    }
    const imports = preloadFlags(this.#plan.preload)
    const execArgv = imports.length === 0 ? undefined : [...process.execArgv, ...imports]
    for (const name of this.#plan.names) this.#nannies.push(this.#nanny(name, environment, execArgv))
    const started = await Promise.allSettled(this.#nannies.map((nanny) => nanny.start()))
    const failed = started.find((result) => result.status === 'rejected')
    if (failed && !this.#closing) {
      // One line: what the worker wrote besides is passed on before it.
      this.#failure ??= new ServiceError(asError(failed.reason).message.split(/\. The last that it wrote:\n|\n/)[0]!)
      this.close()
    }
    await Promise.all(this.#nannies.map((nanny) => nanny.ended))
    if (this.#failure) throw this.#failure
  }

  /** Lets each end once what it holds is with other workers. */
  drain(): void {
    this.#closing = true
    for (const nanny of this.#nannies) void nanny.stop()
  }

  /** Lets each end without that. */
  close(): void {
    this.#closing = true
    for (const nanny of this.#nannies) {
      if (nanny.pid !== undefined && nanny.state !== 'starting') askToClose(nanny.pid)
      void nanny.stop({ graceful: nanny.state !== 'starting' })
    }
  }

  /** Ends all at once. */
  kill(): void {
    for (const { pid } of this.#nannies) if (pid !== undefined) signal(pid, 'SIGKILL')
  }

  #nanny(name: string, environment: NodeJS.ProcessEnv, execArgv: readonly string[] | undefined): WorkerNanny {
    const { memory, lifetime, lifetimeStagger, lifetimeRestart, deathTimeout } = this.#plan
    const stderr = new HeldOutput(process.stderr)
    let lostSince: number | undefined
    let wasReady = false
    const nanny: WorkerNanny = new Nanny({
      entry: workerEntry,
      name: `worker ${name}`,
      flags: processFlags,
      options: { ...this.#each, name },
      memoryLimit: memory,
      ...(lifetime === undefined ? {} : { lifetime }),
      lifetimeStagger,
      lifetimeRestart,
      preload: this.#plan.preloadNanny,
      startTimeout: deathTimeout + config.get('nanny.startTimeout'),
      environment,
      ...(execArgv ? { execArgv } : {}),
      // Its own stdout is for news.
      stdout: process.stderr,
      stderr,
      onReady: ({ address }) => {
        wasReady = true
        lostSince = undefined
        stderr.release()
        this.#log.tell('good', 'worker-ready', `worker ${name} has joined ${this.#each.scheduler}: ${address}, ${this.#shape}`, {
          name,
          address,
          pid: nanny.pid,
          scheduler: this.#each.scheduler,
        })
      },
      onDeath: (death) => {
        const gaveUp = death.reason.startsWith('gave up')
        stderr.hold({ forget: gaveUp && (!wasReady || death.code === SCHEDULER_UNREACHABLE) })
        if (!wasReady) return
        if (death.code === SCHEDULER_UNREACHABLE) {
          lostSince ??= performance.now()
          if (performance.now() - lostSince >= deathTimeout) this.#unreachable(death.reason)
          return
        }
        this.#tellDeath(name, death)
        if (!this.#closing) void reportDeath(this.#each.scheduler, this.#each.credentials, name, death)
        if (!death.expected) lostSince = performance.now()
      },
    })
    return nanny
  }

  #tellDeath(name: string, { expected, reason, restarts, code, signal, pid }: WorkerDeath): void {
    const text = `worker ${name} ${reason}${restarts ? '; it starts again' : ''}`
    this.#log.tell(expected ? 'plain' : 'bad', 'worker-ended', text, { name, pid, code, signal, reason, expected, restarts })
  }

  #unreachable(reason: string): void {
    this.#failure ??= new ServiceError(
      `the scheduler at ${this.#each.scheduler} was lost, and could not be reached again within ` +
        `${formatDuration(this.#plan.deathTimeout)} (--death-timeout): ${reason.replace(/^gave up: /, '')}`,
      ExitCode.unreachable,
    )
    this.close()
  }
}

/** Asks a worker process to close. SIGINT would not do: a terminal sends it to all processes, and it is for this one to judge. */
function askToClose(pid: number): void {
  signal(pid, process.platform === 'win32' ? 'SIGKILL' : 'SIGUSR2')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It may have ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
