import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Credentials, generateToken } from '../../src/comm/index.js'

export interface MemberOptions {
  readonly role: 'scheduler' | 'worker' | 'watcher'
  readonly credentials: Credentials
  readonly scheduler?: string
  readonly name?: string
  readonly folder?: string
  /** bytes that a worker may take */
  readonly memoryLimit?: number | undefined
}

/** The memory of a process, after a collection of its garbage. */
export interface Memory {
  /** bytes that it takes */
  readonly resident: number
  /** bytes of them that hold something */
  readonly inUse: number
}

/** A process of the cluster that is measured (cluster-member.ts). */
export class Member {
  readonly name: string
  readonly #child: ChildProcess
  readonly #waiting: ((answer: unknown) => void)[] = []
  #failed: ((error: Error) => void) | undefined

  private constructor(name: string) {
    this.name = name
    this.#child = fork(fileURLToPath(new URL('./cluster-member.js', import.meta.url)), {
      execArgv: ['--expose-gc'],
      serialization: 'advanced',
      // The output of the contestant is for its answers.
      stdio: ['ignore', 2, 'inherit', 'ipc'],
    })
    this.#child.on('message', ({ answer }: { answer: unknown }) => this.#waiting.shift()!(answer))
    this.#child.on('exit', (code) => this.#failed?.(new Error(`${name} has ended with code ${code}`)))
  }

  /** Starts one; `ready` is what it says when it is ready. */
  static async start(options: MemberOptions): Promise<{ readonly member: Member; readonly ready: unknown }> {
    const member = new Member(options.name ?? options.role)
    return { member, ready: await member.#ask(options) }
  }

  /** Has it answer what it knows by that name. */
  ask<T = void>(name: string): Promise<T> {
    return this.#ask(name) as Promise<T>
  }

  kill(): void {
    this.#failed = undefined
    this.#child.kill('SIGKILL')
  }

  #ask(message: string | MemberOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#failed = reject
      this.#waiting.push(resolve)
      this.#child.send(message)
    })
  }
}

/** A scheduler and workers of one thread, each a process of its own. */
export class Members {
  readonly credentials: Credentials
  readonly scheduler: Member
  readonly address: string
  readonly #folder: string
  readonly #workers: Member[] = []
  readonly #memoryLimit: number | undefined
  #nextWorker = 0

  private constructor(credentials: Credentials, scheduler: Member, address: string, memoryLimit: number | undefined) {
    this.#memoryLimit = memoryLimit
    this.credentials = credentials
    this.scheduler = scheduler
    this.address = address
    this.#folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }))
    // A signal ends a process without that, unless it is heard.
    process.once('SIGTERM', () => process.exit())
  }

  static async start(workers: number, memoryLimit?: number): Promise<Members> {
    const credentials = { token: generateToken() }
    const { member, ready } = await Member.start({ role: 'scheduler', credentials })
    const members = new Members(credentials, member, ready as string, memoryLimit)
    for (let i = 0; i < workers; i++) await members.addWorker()
    return members
  }

  /** the names of the workers that there are */
  get workers(): readonly string[] {
    return this.#workers.map(({ name }) => name)
  }

  async addWorker(): Promise<void> {
    const name = `w${this.#nextWorker++}`
    const { credentials, address: scheduler } = this
    const memoryLimit = this.#memoryLimit
    const { member } = await Member.start({ role: 'worker', credentials, scheduler, name, folder: this.#folder, memoryLimit })
    this.#workers.push(member)
  }

  /** Has all workers answer what they know by that name. */
  askWorkers<T>(name: string): Promise<T[]> {
    return Promise.all(this.#workers.map((worker) => worker.ask<T>(name)))
  }

  /** Ends a worker as a power cut would. */
  killWorker(): void {
    this.#workers.shift()!.kill()
  }

  /** Starts a second client, in a process of its own. */
  async startWatcher(): Promise<Member> {
    const { credentials, address: scheduler } = this
    const { member } = await Member.start({ role: 'watcher', credentials, scheduler })
    return member
  }
}
