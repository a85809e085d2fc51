import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { asError } from '../base/index.js'

/** What the process is asked to do. */
export type PackRequest =
  | { readonly kind: 'pack'; readonly path: string }
  | { readonly kind: 'sweep'; readonly keepFor: number; readonly maximumBytes: number }

/** What it answers: the request is done; `problem` says what went wrong. */
export interface PackAnswer {
  readonly problem: string | undefined
}

/**
 * Has a process make Parquet files of journals, and remove old ones. It is a process of its own so that a scheduler neither
 * loads a database nor waits for one: the process ends when it has done everything, even when the scheduler has ended before.
 */
export class Packer {
  readonly #folder: string
  readonly #failed: (message: string) => void
  #child: ChildProcess | undefined
  #open = 0
  #idle: (() => void)[] = []

  constructor(folder: string, failed: (message: string) => void) {
    this.#folder = folder
    this.#failed = failed
  }

  pack(path: string): void {
    this.#ask({ kind: 'pack', path })
  }

  /** Packs what others have left, and removes what is too old or too much. */
  sweep(limits: { readonly keepFor: number; readonly maximumBytes: number }): void {
    const { keepFor, maximumBytes } = limits
    this.#ask({ kind: 'sweep', keepFor, maximumBytes })
  }

  /** Resolves when all is done, or after so many milliseconds: then the process goes on alone. */
  async close(timeout: number): Promise<void> {
    if (this.#open === 0) return
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      new Promise<void>((resolve) => this.#idle.push(resolve)),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeout)
      }),
    ])
    clearTimeout(timer)
    this.#leave()
  }

  #ask(request: PackRequest): void {
    this.#open++
    this.#child ??= this.#start()
    this.#child.send(request, (error) => {
      if (error) this.#lost(error)
    })
  }

  #start(): ChildProcess {
    const child = fork(fileURLToPath(new URL('./pack-process.js', import.meta.url)), [this.#folder], {
      execArgv: [],
      // In a group of its own: terminals and batch systems signal all processes of a group, and what was begun is finished.
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    child.unref()
    child.channel?.unref()
    child.on('message', (answer) => this.#done(answer as PackAnswer))
    child.on('error', (error) => this.#lost(error))
    child.on('exit', (code, signal) => {
      if (this.#child === child) this.#lost(new Error(`the process that writes it ended (${signal ?? code})`))
    })
    return child
  }

  #done({ problem }: PackAnswer): void {
    if (problem !== undefined) this.#failed(problem)
    if (--this.#open > 0) return
    this.#leave()
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** There is nothing more for the process to do than it knows of. */
  #leave(): void {
    const child = this.#child
    this.#child = undefined
    if (child?.connected) child.disconnect()
  }

  #lost(error: unknown): void {
    if (this.#open === 0) return
    this.#failed(`the history of runs: ${asError(error).message}`)
    this.#open = 0
    this.#leave()
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
