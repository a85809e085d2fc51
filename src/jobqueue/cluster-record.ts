import { rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { ClusterParts } from './cluster.js'
import type { JobState } from './engine.js'
import type { Pool } from './pool.js'

/** What a cluster writes about itself into its folder, for `heddle jobs`. */
export interface RecordedCluster {
  /** `SlurmCluster` */
  readonly name: string
  /** what settings call the engine */
  readonly engine: string
  /** the program that it belongs to */
  readonly host: string
  readonly pid: number
  /** milliseconds since 1970 */
  readonly started: number
  /** where its page is, without the key */
  readonly dashboard?: string | undefined
  readonly pools: readonly RecordedPool[]
}

export interface RecordedPool {
  /** empty: the cluster has no pools */
  readonly name: string
  readonly jobName: string
  /** of one job */
  readonly cores: number
  /** as the engine saw them last */
  readonly jobs: readonly JobState[]
}

export const RECORD = 'cluster.json'

/** Keeps the file about a cluster up to date. */
export class ClusterRecord {
  readonly #folder: string
  readonly #head: Omit<RecordedCluster, 'pools'>
  #written = ''
  #wanted = ''
  #writing: Promise<void> | undefined
  #closed = false

  constructor(folder: string, { name, engine, scheduler }: Pick<ClusterParts, 'name' | 'engine' | 'scheduler'>) {
    this.#folder = folder
    const { dashboard } = scheduler
    this.#head = { name, engine, dashboard, host: hostname(), pid: process.pid, started: Date.now() }
  }

  /** Writes what has changed, after what is being written. */
  update(pools: readonly Pool[]): void {
    if (this.#closed) return
    const recorded = pools.map(
      ({ name, plan, book }): RecordedPool => ({ name, jobName: plan.jobName, cores: plan.cores, jobs: book.states }),
    )
    this.#wanted = JSON.stringify({ ...this.#head, pools: recorded } satisfies RecordedCluster)
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined))
  }

  /** Nothing is written any more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#writing
  }

  async #write(): Promise<void> {
    while (this.#written !== this.#wanted) {
      const text = this.#wanted
      try {
        // Whoever reads it meanwhile reads the old one.
        await writeFile(join(this.#folder, `${RECORD}.new`), text, { mode: 0o600 })
        await rename(join(this.#folder, `${RECORD}.new`), join(this.#folder, RECORD))
      } catch (error) {
        // Somebody has removed the folder: the cluster is over for them.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          process.emitWarning(`heddle jobs will not know of this cluster: ${(error as Error).message}`, 'HeddleJobWarning')
      }
      this.#written = text
    }
  }
}
