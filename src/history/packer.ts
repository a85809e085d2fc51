import { Worker } from 'node:worker_threads'
import { asError } from '../base/index.js'

/** What the thread is asked to do. */
export type PackRequest =
  | { readonly kind: 'pack'; readonly path: string }
  | { readonly kind: 'sweep'; readonly keepFor: number; readonly maximumBytes: number }

/** What it answers: the request is done; `problem` says what went wrong. */
export interface PackAnswer {
  readonly problem: string | undefined
}

/** Has a thread make Parquet files of journals, and remove old ones; the thread ends when there is nothing more to do. */
export class Packer {
  readonly #folder: string
  readonly #failed: (message: string) => void
  #thread: Worker | undefined
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
    this.#ask({ kind: 'sweep', ...limits })
  }

  /** Resolves when all is done, or after so many milliseconds: what is left is left to others. */
  async close(timeout: number): Promise<void> {
    if (this.#open > 0) {
      let timer: NodeJS.Timeout | undefined
      await Promise.race([
        new Promise<void>((resolve) => this.#idle.push(resolve)),
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, timeout)
        }),
      ])
      clearTimeout(timer)
    }
    await this.#thread?.terminate()
  }

  #ask(request: PackRequest): void {
    this.#open++
    this.#thread ??= this.#start()
    this.#thread.postMessage(request)
  }

  #start(): Worker {
    const thread = new Worker(new URL('./pack-thread.js', import.meta.url), {
      workerData: { folder: this.#folder },
      execArgv: [],
      name: 'heddle history',
    })
    thread.unref()
    thread.on('message', ({ problem }: PackAnswer) => {
      if (problem !== undefined) this.#failed(problem)
      if (--this.#open > 0) return
      this.#thread = undefined
      void thread.terminate()
      for (const resolve of this.#idle.splice(0)) resolve()
    })
    thread.on('error', (error) => {
      this.#failed(`the history of runs: ${asError(error).message}`)
      this.#open = 0
      this.#thread = undefined
      for (const resolve of this.#idle.splice(0)) resolve()
    })
    return thread
  }
}
