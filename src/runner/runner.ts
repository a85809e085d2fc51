import { inspect } from 'node:util'
import { type Credentials, linkWithKey } from '../comm/index.js'
import { type ClientRank, enter } from './enter.js'
import { RunnerError } from './errors.js'
import type { RunnerOptions } from './runner-options.js'
import type { World } from './world.js'

/**
 * A cluster of processes that were started together and run the same program: one is the scheduler, one goes on with the
 * program, the others are workers. This is what the program gets on its rank; `Client.connect` takes it. When the program
 * ends, however it does, the others end too, with exit code 0.
 *
 * `SlurmRunner`, `PBSRunner` and `MPIRunner` find out themselves which rank a process is; `Runner.start` is told.
 */
export class Runner implements AsyncDisposable {
  /** where the scheduler can be reached from here */
  readonly address: string
  readonly credentials: Credentials
  /**
   * where a browser shows what the cluster does, with the key to it; the settings `dashboard` of the scheduler's rank say at which
   * interface and port. undefined: they say that there is to be none
   */
  readonly dashboardLink: string | undefined
  /** the file by which other programs of this user reach it */
  readonly schedulerFile: string
  /** how many workers there will be */
  readonly workers: number
  readonly #rank: ClientRank
  #closing: Promise<void> | undefined

  protected constructor(rank: ClientRank) {
    this.#rank = rank
    this.address = rank.found.address
    this.credentials = rank.found.credentials
    this.dashboardLink = rank.lifeline.dashboard && linkWithKey(rank.lifeline.dashboard, rank.found.credentials)
    this.schedulerFile = rank.file
    this.workers = rank.names.length
    void rank.lifeline.gone.then(() => {
      if (!this.#closing)
        process.emitWarning(`the scheduler at ${this.address} is gone, and its cluster with it`, 'HeddleRunnerWarning')
    })
  }

  /**
   * Has this process be what its rank is. It resolves on the rank of the program only; other processes end when the cluster
   * does.
   *
   * @throws WorldTooSmall on every rank; RunnerError when other ranks do not come; ListenError, SpillFolderError and the like
   * @example
   * const runner = await Runner.start({ world: { launcher: 'foreman', rank: Number(process.env.N), size: 4, run: 'today', ranksHere: 4 } })
   */
  static async start({ world, ...options }: RunnerOptions & { readonly world: World }): Promise<Runner> {
    return Runner.join(world, options, 'Runner', (rank) => new Runner(rank))
  }

  protected static async join<R extends Runner>(
    world: World,
    options: RunnerOptions,
    who: string,
    make: (rank: ClientRank) => R,
  ): Promise<R> {
    return (await Runner.joinOrOutlast(world, options, who, make)) ?? process.exit(0)
  }

  /** As `join`; on other ranks it resolves with undefined when the cluster has ended. */
  protected static async joinOrOutlast<R extends Runner>(
    world: World,
    options: RunnerOptions,
    who: string,
    make: (rank: ClientRank) => R,
  ): Promise<R | undefined> {
    const rank = await enter(world, options, who)
    return rank && make(rank)
  }

  /**
   * Resolves when the workers of all ranks have joined.
   *
   * @throws RunnerError that names the workers that have not, after `timeout` milliseconds (`joinTimeout` unless told)
   */
  async waitForWorkers({ timeout = this.#rank.joinTimeout }: { readonly timeout?: number } = {}): Promise<void> {
    const { Client, WaitTimeout } = await import('../client/index.js')
    const client = await Client.connect(this, { setAsDefault: false })
    try {
      await client.waitForWorkers(this.workers, { timeout })
    } catch (error) {
      if (!(error instanceof WaitTimeout)) throw error
      const there = new Set((await client.workers()).map(({ name }) => name))
      const missing = this.#rank.names.filter((name) => !there.has(name))
      throw new RunnerError(`${there.size} of ${this.workers} workers have joined in time; missing: ${missing.join(', ')}`, {
        cause: error,
      })
    } finally {
      await client.close()
    }
  }

  /** Ends the scheduler and the workers: their processes exit with code 0. Results that are still there are lost. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [inspect.custom](): string {
    return `${this.constructor.name} { ${this.address}, ${this.workers} ${this.workers === 1 ? 'worker' : 'workers'} }`
  }

  async #close(): Promise<void> {
    const { lifeline, worker } = this.#rank
    await lifeline.close()
    await worker?.ended
  }
}
