import type { SchedulerServerOptions } from '../cluster/index.js'
import type { Settings } from '../config/index.js'

/** What a scheduler process is started with: settings of this program do not reach it otherwise. */
export interface SchedulerProcessOptions extends SchedulerServerOptions {
  readonly dashboard: Settings['dashboard']
  readonly history: Settings['history']
  readonly metrics: Settings['metrics']
}

/** What it says when it is ready. */
export interface SchedulerReady {
  readonly id: string
  readonly addresses: readonly string[]
  /** where its page is, without the key; undefined: there is none */
  readonly dashboard: string | undefined
}

/** The program of a scheduler process, for a `Nanny` to start; its options are `SchedulerProcessOptions`. */
export const schedulerEntry = new URL('./scheduler-entry.js', import.meta.url)
