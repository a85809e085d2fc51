/** What a worker says of itself when it joins a scheduler. */
export interface WorkerInfo {
  readonly name: string
  /** where other workers and clients get values from it */
  readonly address: string
  readonly host: string
  readonly pid: number
  /** tasks that it runs at once */
  readonly threads: number
  readonly resources: Readonly<Record<string, number>>
  /** bytes that its values may take; undefined: no limit */
  readonly memoryLimit: number | undefined
  readonly localDirectory: string
  /** whether a nanny would start it again */
  readonly nanny: boolean
  /** it holds values and runs nothing */
  readonly keeper?: boolean | undefined
  readonly versions: { readonly heddle: string; readonly node: string }
  /** where it serves metrics, if it does */
  readonly metricsAddress?: string | undefined
  /** the job of a queue that it is part of: 'slurm 1234' */
  readonly job?: string | undefined
  /** the pool of workers that it belongs to */
  readonly pool?: string | undefined
}

/** How a worker does, as it says with every heartbeat. Sizes are in bytes. */
export interface WorkerMetrics {
  /** values in memory, and on disk */
  readonly held: number
  readonly spilled: number
  /** the whole process */
  readonly memory: number
  /** seconds of processor time per second, since the heartbeat before */
  readonly cpu: number
  /** tasks that run, and that could */
  readonly executing: number
  readonly ready: number
  /** whether it takes no further tasks, for want of memory */
  readonly paused: boolean
  /** seconds since it began that threads had nothing to do for want of inputs, of values from disk, of memory */
  readonly idle?: { readonly inputs: number; readonly disk: number; readonly memory: number }
  /** bytes that went to disk and came back since it began, and the seconds that took */
  readonly spilledBytes?: number
  readonly spillSeconds?: number
  readonly restoredBytes?: number
  readonly restoreSeconds?: number
}
