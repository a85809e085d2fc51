import { asError } from '../base/index.js'
import { WorkerServer, type WorkerServerOptions } from '../cluster/index.js'
import { config } from '../config/index.js'
import { preload } from '../transfer/index.js'
import { ServiceError } from './errors.js'
import { preloadHere } from './preload.js'
import type { ServiceLog } from './service-log.js'
import type { WorkerPlan } from './worker-plan.js'

/** A worker in this very process, which nobody starts again: for debuggers, and where something else watches over it. */
export class WorkerInProcess {
  readonly #plan: WorkerPlan
  readonly #each: Omit<WorkerServerOptions, 'name'>
  readonly #shape: string
  readonly #log: ServiceLog
  #worker: WorkerServer | undefined
  /** what it was asked to do while it started */
  #wish: 'drain' | 'close' | undefined

  constructor(plan: WorkerPlan, each: Omit<WorkerServerOptions, 'name'>, shape: string, log: ServiceLog) {
    this.#plan = plan
    this.#each = each
    this.#shape = shape
    this.#log = log
  }

  /** Joins the scheduler, and resolves when the worker has ended as it was asked to. */
  async run(): Promise<void> {
    const { names, lifetime, lifetimeStagger, deathTimeout } = this.#plan
    const name = names[0]!
    config.set({ worker: { deathTimeout }, progress: { show: false } })
    await preloadHere(this.#plan.preload)
    preload()
    let worker: WorkerServer
    try {
      worker = await WorkerServer.start({ ...this.#each, name })
    } catch (error) {
      throw new ServiceError(`worker ${name} did not start: ${asError(error).message}`, 1, { cause: error })
    }
    this.#worker = worker
    const { address } = worker
    const facts = { name, address, pid: process.pid, scheduler: this.#each.scheduler }
    this.#log.tell('good', 'worker-ready', `worker ${name} has joined ${this.#each.scheduler}: ${address}, ${this.#shape}`, facts)
    if (this.#wish) this[this.#wish]()
    const span = lifetime === undefined ? undefined : Math.max(0, lifetime + lifetimeStagger * (2 * Math.random() - 1))
    const timer = span === undefined ? undefined : setTimeout(() => this.drain(), span)
    const { orderly, reason } = await worker.ended
    clearTimeout(timer)
    if (!orderly) throw new ServiceError(`worker ${name} has ended: ${reason}`)
    this.#log.tell('plain', 'worker-ended', `worker ${name} has ended: ${reason}`, {
      name,
      reason,
      expected: true,
      restarts: false,
    })
  }

  drain(): void {
    this.#wish = 'drain'
    void this.#worker?.retire()
  }

  close(): void {
    this.#wish = 'close'
    void this.#worker?.close('it was interrupted')
  }

  /** The process ends anyway. */
  kill(): void {
    this.#wish = 'close'
  }
}
