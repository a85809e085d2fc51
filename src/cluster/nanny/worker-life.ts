import { type ChildProcess, fork } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { asError, formatDuration } from '../../base/index.js'
import type { PluginPayload } from '../../plugins/index.js'
import { LogRing } from './log-ring.js'
import { passOn } from './pass-on.js'
import { type FromWorker, type ToWorker, isNannys } from './protocol.js'
import type { NannyWorld } from './world.js'

/** What a worker process is started with. */
export interface LifeOptions {
  readonly entry: URL | string
  /** or a promise of them */
  readonly options: unknown
  readonly execArgv: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly stdout: Writable
  readonly stderr: Writable
  /** milliseconds from SIGTERM to SIGKILL */
  readonly gracePeriod: number
  readonly world: NannyWorld
  /** the worker is ready */
  onReady(info: unknown): void
  /** The worker wants its nanny to have these plugins. */
  onPlugins(plugins: readonly PluginPayload[]): Promise<void>
}

/** How a worker process ended. */
export interface LifeEnd {
  /** undefined: it was never there */
  readonly pid: number | undefined
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** completes the sentence "the worker …" */
  readonly reason: string
  /** whether it had said that it was ready */
  readonly wasReady: boolean
  /** whether it had said that it would end, and ended well */
  readonly orderly: boolean
  /** it took too much memory, says its nanny, or the system killed it, which mostly is why */
  readonly outOfMemory: boolean
  /** milliseconds */
  readonly lived: number
  readonly logTail: string
}

/** How long the rest of its output is waited for when a process has ended but others hold its pipes, in milliseconds. */
const LAST_WORDS = 500

/** One process, from its start to its end. */
export class WorkerLife {
  readonly ended: Promise<LifeEnd>
  readonly #process: ChildProcess
  readonly #log = new LogRing()
  readonly #options: LifeOptions
  readonly #began: number
  #ready = false
  #closing = false
  #exited = false
  /** why it is made to end */
  #reason: string | undefined
  #outOfMemory = false
  #stopKilling: (() => void) | undefined

  constructor(options: LifeOptions) {
    this.#options = options
    this.#began = options.world.now()
    this.#process = fork(typeof options.entry === 'string' ? options.entry : fileURLToPath(options.entry), [], {
      // What is said here is in no list of processes, and may be what structured clone knows.
      serialization: 'advanced',
      execArgv: [...options.execArgv],
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#process.on('message', (message: unknown) => {
      if (isNannys<FromWorker>(message)) this.#hear(message)
    })
    this.ended = this.#end()
    // A process that could not be started has none.
    if (this.#process.stdout) this.#listen(this.#process.stdout, options.stdout)
    if (this.#process.stderr) this.#listen(this.#process.stderr, options.stderr)
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Lets it keep this process alive, or not. */
  reference(on: boolean): void {
    const { channel, stdout, stderr } = this.#process
    const handles = [this.#process, channel, stdout as Socket | null, stderr as Socket | null]
    for (const handle of handles) {
      if (on) handle?.ref()
      else handle?.unref()
    }
  }

  /** the end of what it has written */
  logTail(): string {
    return this.#log.text()
  }

  /** Asks it to end (SIGTERM), and kills it when it has not done so within the grace period. */
  stop(reason: string): void {
    if (this.#exited || this.#stopKilling) return
    this.#reason ??= reason
    this.#process.kill('SIGTERM')
    const { gracePeriod, world } = this.#options
    this.#stopKilling = world.after(gracePeriod, () =>
      this.kill(`${reason}, and was killed since it did not end within ${formatDuration(gracePeriod)}`),
    )
  }

  /** Kills it. */
  kill(reason: string, { outOfMemory = false }: { readonly outOfMemory?: boolean } = {}): void {
    if (this.#exited) return
    this.#outOfMemory = outOfMemory
    this.#reason = reason
    this.#process.kill('SIGKILL')
  }

  #hear(message: FromWorker): void {
    switch (message.nanny) {
      case 'hello':
        void this.#giveOptions()
        break
      case 'ready':
        if (this.#ready || this.#exited) return
        this.#ready = true
        this.#options.onReady(message.info)
        break
      case 'failed':
        this.#reason ??= `gave up: ${message.reason}`
        break
      case 'plugins':
        void this.#takePlugins(message.question, message.plugins)
        break
      case 'closing':
        this.#closing = true
    }
  }

  async #giveOptions(): Promise<void> {
    try {
      const options = await this.#options.options
      if (!this.#process.connected) return
      // A closed channel is told by the end of the process, which follows.
      this.#process.send({ nanny: 'start', options } satisfies ToWorker, () => undefined)
    } catch (error) {
      this.kill(`cannot be given its options: ${asError(error).message}`)
    }
  }

  async #takePlugins(question: number, plugins: readonly PluginPayload[]): Promise<void> {
    let error: Error | undefined
    try {
      await this.#options.onPlugins(plugins)
    } catch (thrown) {
      error = asError(thrown)
    }
    if (!this.#process.connected) return
    const told = error && { message: error.message, stack: error.stack }
    this.#process.send({ nanny: 'answer', question, error: told } satisfies ToWorker, () => undefined)
  }

  #listen(from: Readable, to: Writable): void {
    from.on('data', (chunk: Buffer) => this.#log.append(chunk))
    passOn(from, to)
  }

  async #end(): Promise<LifeEnd> {
    const { world } = this.#options
    // What it wrote and said just before its end may be heard after it.
    const silent = Promise.all([happens(this.#process, 'close'), happens(this.#process, 'disconnect')])
    const [code, signal] = await this.#gone()
    this.#exited = true
    this.#stopKilling?.()
    if (this.#process.pid !== undefined) {
      let stopWaiting = (): void => undefined
      await Promise.race([silent, new Promise<void>((resolve) => (stopWaiting = world.after(LAST_WORDS, resolve)))])
      stopWaiting()
    }
    return {
      pid: this.#process.pid,
      code,
      signal,
      reason: this.#reason ?? describeEnd(code, signal, this.#closing),
      wasReady: this.#ready,
      orderly: this.#closing && code === 0,
      outOfMemory: this.#outOfMemory || (signal === 'SIGKILL' && this.#reason === undefined),
      lived: (world.now() - this.#began) * 1000,
      logTail: this.#log.text(),
    }
  }

  #gone(): Promise<[number | null, NodeJS.Signals | null]> {
    return new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => resolve([code, signal]))
      this.#process.on('error', (error) => {
        // What could not be told something, or killed, is still there.
        if (this.#process.pid !== undefined) return
        this.#reason = `could not be started: ${error.message}`
        resolve([null, null])
      })
    })
  }
}

function happens(process: ChildProcess, event: 'close' | 'disconnect'): Promise<void> {
  return new Promise((resolve) => process.once(event, () => resolve()))
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null, closing: boolean): string {
  if (signal === 'SIGKILL') return 'was killed by SIGKILL (by the system, for want of memory, perhaps)'
  if (signal !== null) return `was killed by ${signal}`
  if (closing && code === 0) return 'closed'
  return code === 0 ? 'exited with code 0 all of a sudden (process.exit was called, perhaps)' : `exited with code ${code}`
}
