import type { Writable } from 'node:stream'
import { asError, formatDuration, loaderFlags } from '../../base/index.js'
import { config } from '../../config/index.js'
import type { PluginPayload } from '../../plugins/index.js'
import { loadFirst } from '../preload.js'
import { BackOff } from './back-off.js'
import { NannyError, WorkerStartError } from './errors.js'
import { watchMemory } from './memory-watch.js'
import type { NannyPlugins } from './nanny-plugins.js'
import { type LifeEnd, WorkerLife } from './worker-life.js'
import { type NannyWorld, systemWorld } from './world.js'

/** The end of a worker process. */
export interface WorkerDeath {
  /** undefined when there never was a process */
  readonly pid: number | undefined
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** what is known of why; it completes the sentence "the worker …" */
  readonly reason: string
  /** it took too much memory, as far as that can be told */
  readonly outOfMemory: boolean
  /** the end of what it wrote, to stdout and stderr, at most 64 kB */
  readonly logTail: string
  /** whether somebody wanted it to end: itself, whoever stopped it, or its lifetime */
  readonly expected: boolean
  /** whether it starts again */
  readonly restarts: boolean
}

/** What a worker process is started with, and what its nanny does for it. Durations are in milliseconds. */
export interface NannyOptions<Options, Info> {
  /** the program: a module that calls `superviseMe` */
  readonly entry: URL | string
  /**
   * what it gets: plain data, anything that structured clone knows. It is in no list of processes. When it is promised, the
   * process starts meanwhile
   */
  readonly options: Options | Promise<Options>
  /** what messages call it; 'the worker' unless given */
  readonly name?: string
  /** bytes that it may take; Infinity (no limit) unless given */
  readonly memoryLimit?: number
  /** the share of the limit from which it is killed; the setting `memory.terminate` unless given */
  readonly terminate?: number | false
  /** how long it works before it ends gracefully; for ever unless given */
  readonly lifetime?: number
  /** by how much a lifetime may be shorter or longer, by chance, so that not all workers end at the same time */
  readonly lifetimeStagger?: number
  /** whether it starts again after its lifetime; it does not unless told */
  readonly lifetimeRestart?: boolean
  /** from the request to end to the kill; the setting `nanny.gracePeriod` unless given */
  readonly gracePeriod?: number
  /** from the start to ready; the setting `nanny.startTimeout` unless given */
  readonly startTimeout?: number
  /** the addresses of modules that are loaded first, into the process of the nanny: they may be its plugins */
  readonly preload?: readonly string[]
  /** flags of Node's; those of this process that load code unless given */
  readonly execArgv?: readonly string[]
  /** more of them */
  readonly flags?: readonly string[]
  /** the environment variables; those of this process unless given */
  readonly environment?: NodeJS.ProcessEnv
  /** where what it writes goes to; the same of this process unless given */
  readonly stdout?: Writable
  readonly stderr?: Writable
  /** It is ready, for the first time or again. */
  readonly onReady?: (info: Info) => void
  /** It has ended, for whatever reason. */
  readonly onDeath?: (death: WorkerDeath) => void
  /** time, chance and measurements; the real ones unless given */
  readonly world?: NannyWorld
}

/** What follows when the present process ends; undefined: that depends on how. */
type Plan = 'end' | 'restart' | undefined

/**
 * Runs a worker as a process of its own: starts it, starts it again when it dies, kills it when it takes too much memory,
 * and ends it in the end. When the nanny's own process dies, the worker's exits.
 *
 * @example
 * const nanny = new Nanny({ entry: new URL('./worker-main.js', import.meta.url), options: { scheduler: address } })
 * const { address } = await nanny.start()
 * await nanny.stop()
 */
export class Nanny<Options = unknown, Info = unknown> implements AsyncDisposable {
  /** Kept when there will be no process any more, with how the last one ended (undefined: there was none). */
  readonly ended: Promise<WorkerDeath | undefined>
  readonly #options: NannyOptions<Options, Info>
  readonly #world: NannyWorld
  readonly #name: string
  readonly #settings = config.get('nanny')
  readonly #terminate: number | false
  readonly #backOff: BackOff
  #end: (death: WorkerDeath | undefined) => void = () => undefined
  #started: Promise<Info> | undefined
  #life: WorkerLife | undefined
  #death: WorkerDeath | undefined
  #plan: Plan
  #stopping = false
  #referenced = true
  #restarts = 0
  #ready = false
  #wake: (() => void) | undefined
  readonly #environment: NodeJS.ProcessEnv
  #plugins: NannyPlugins | undefined

  constructor(options: NannyOptions<Options, Info>) {
    this.#options = options
    this.#world = options.world ?? systemWorld
    this.#name = options.name ?? 'the worker'
    this.#terminate = options.terminate ?? config.get('memory.terminate')
    this.#environment = { ...(options.environment ?? process.env) }
    this.#backOff = new BackOff(this.#settings.restartDelay, this.#settings.maximumRestartDelay)
    this.ended = new Promise((resolve) => (this.#end = resolve))
  }

  /** the worker's process; undefined while there is none */
  get pid(): number | undefined {
    return this.#life?.pid
  }

  /** how often it was started again */
  get restarts(): number {
    return this.#restarts
  }

  get state(): 'new' | 'starting' | 'ready' | 'waiting' | 'stopping' | 'ended' {
    if (!this.#started) return this.#stopping ? 'ended' : 'new'
    if (!this.#life) return this.#stopping || this.#death?.restarts === false ? 'ended' : 'waiting'
    if (this.#plan) return 'stopping'
    return this.#ready ? 'ready' : 'starting'
  }

  /** The end of what the worker has written, to stdout and stderr: of the last one that there was. */
  logTail(): string {
    return this.#life?.logTail() ?? this.#death?.logTail ?? ''
  }

  /**
   * Starts the worker. Gives what it said of itself when it was ready.
   *
   * @throws WorkerStartError when it ended instead. Then it is not started again; once it was ready, it always is
   */
  start(): Promise<Info> {
    if (this.#started || this.#stopping) throw new NannyError(`${this.#name} was started before: a new nanny can start another`)
    return (this.#started = new Promise((resolve, reject) => {
      void this.#run(resolve, reject)
        .catch(reject)
        .then(() => this.#plugins?.close())
        .then(() => this.#end(this.#death))
    }))
  }

  /** Lets the worker keep this process alive, as it does at first, or not. Without this process it ends anyway. */
  reference(on: boolean): void {
    this.#referenced = on
    this.#life?.reference(on)
  }

  /** Ends the present process gracefully, and starts another. It is for who calls to wait for `onReady`. */
  restart(): void {
    if (this.#stopping || this.#plan) return
    this.#wake?.()
    if (!this.#life) return
    this.#plan = 'restart'
    this.#life.stop('was restarted')
  }

  /**
   * Ends the worker for good: asks it (SIGTERM), and kills it when it has not ended within the grace period. When called a
   * second time, or when told not to be graceful, kills it at once. The promise is kept when it is gone.
   */
  async stop({ graceful = true }: { readonly graceful?: boolean } = {}): Promise<void> {
    const again = this.#stopping
    this.#stopping = true
    this.#plan = 'end'
    if (!this.#started) this.#end(undefined)
    this.#wake?.()
    if (again || !graceful) this.#life?.kill('was stopped at once')
    else this.#life?.stop('was stopped')
    await this.ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** One process after the other. */
  async #run(started: (info: Info) => void, failed: (error: Error) => void): Promise<void> {
    const { preload = [] } = this.#options
    if (preload.length > 0) await (await this.#host()).adopt(await loadFirst(preload))
    let everReady = false
    for (;;) {
      const end = await this.#live(started)
      everReady ||= end.wasReady
      const plan = this.#plan
      const restarts = plan === 'restart' || (plan === undefined && everReady && !end.orderly)
      const expected = plan !== undefined || end.orderly
      const { pid, code, signal, reason, logTail, outOfMemory } = end
      const death: WorkerDeath = { pid, code, signal, reason, logTail, outOfMemory, expected, restarts }
      this.#life = undefined
      this.#plan = undefined
      this.#death = death
      const waited = restarts && !expected ? this.#pause(this.#backOff.after(end.lived)) : undefined
      // Its errors are its own: not those of who waits for the start.
      queueMicrotask(() => this.#options.onDeath?.(death))
      if (!everReady && !restarts) failed(new WorkerStartError(this.#name, reason, logTail))
      if (!restarts) return
      await waited
      if (this.#stopping) return
      this.#restarts++
    }
  }

  /** From the start of a process to its end. */
  async #live(started: (info: Info) => void): Promise<LifeEnd> {
    const world = this.#world
    const { entry, options, gracePeriod, startTimeout = this.#settings.startTimeout } = this.#options
    let life: WorkerLife
    try {
      life = new WorkerLife({
        entry,
        options,
        execArgv: [...(this.#options.execArgv ?? loaderFlags(process.execArgv)), ...(this.#options.flags ?? [])],
        environment: this.#environment,
        stdout: this.#options.stdout ?? process.stdout,
        stderr: this.#options.stderr ?? process.stderr,
        gracePeriod: gracePeriod ?? this.#settings.gracePeriod,
        world,
        onPlugins: (plugins) => this.#takePlugins(plugins),
        onReady: (info) => {
          this.#ready = true
          stopWaiting()
          this.#options.onReady?.(info as Info)
          started(info as Info)
          cancels.push(this.#limitLifetime(life))
        },
      })
    } catch (error) {
      // Some of what the system refuses comes like this: a lack of memory, for one.
      return neverLived(asError(error))
    }
    this.#life = life
    life.reference(this.#referenced)
    this.#ready = false
    const stopWaiting = world.after(startTimeout, () => life.kill(`was not ready within ${formatDuration(startTimeout)}`))
    const cancels = [stopWaiting]
    if (life.pid !== undefined) cancels.push(this.#watchMemory(life, life.pid))
    try {
      return await life.ended
    } finally {
      for (const cancel of cancels) cancel()
    }
  }

  /** Has these plugins, and no others; starts the worker again when one of them wants that. */
  async #takePlugins(payloads: readonly PluginPayload[]): Promise<void> {
    if (payloads.length === 0 && !this.#plugins) return
    const host = await this.#host()
    if (!(await host.sync(payloads))) return
    if (this.#ready) {
      // After the answer.
      setImmediate(() => this.restart())
      return
    }
    // One that is still starting is not to join as it is: it gets no answer.
    const life = this.#life
    this.restart()
    await life?.ended
  }

  async #host(): Promise<NannyPlugins> {
    const { NannyPlugins } = await import('./nanny-plugins.js')
    return (this.#plugins ??= new NannyPlugins({
      name: this.#name,
      environment: this.#environment,
      pid: () => this.pid,
      logTail: () => this.logTail(),
    }))
  }

  #watchMemory(life: WorkerLife, pid: number): () => void {
    return watchMemory(pid, {
      limit: this.#options.memoryLimit ?? Infinity,
      terminate: this.#terminate,
      interval: this.#settings.checkInterval,
      world: this.#world,
      onExceeded: (reason) => life.kill(reason, { outOfMemory: true }),
      onProblem: (error) =>
        process.emitWarning(
          `${this.#name} goes on without a limit of memory, since what it takes cannot be found out: ${asError(error).message}`,
        ),
    })
  }

  #limitLifetime(life: WorkerLife): () => void {
    const { lifetime = Infinity, lifetimeStagger = 0, lifetimeRestart = false } = this.#options
    if (lifetime === Infinity) return () => undefined
    const span = Math.max(0, lifetime + lifetimeStagger * (2 * this.#world.random() - 1))
    return this.#world.after(span, () => {
      this.#plan ??= lifetimeRestart ? 'restart' : 'end'
      life.stop('reached the end of its lifetime')
    })
  }

  /** Waits, unless somebody calls `wake`. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel()
        this.#wake = undefined
        resolve()
      }
      const cancel = this.#world.after(ms, wake)
      this.#wake = wake
    })
  }
}

function neverLived(error: Error): LifeEnd {
  const reason = `could not be started: ${error.message}`
  return {
    pid: undefined,
    code: null,
    signal: null,
    reason,
    wasReady: false,
    orderly: false,
    outOfMemory: false,
    lived: 0,
    logTail: '',
  }
}
