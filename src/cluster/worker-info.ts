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
  readonly versions: { readonly heddle: string; readonly node: string }
}

/** What a worker says of itself with every heartbeat. */
export interface WorkerMetrics {
  /** bytes of values in memory, and on disk */
  readonly held: number
  readonly spilled: number
  /** bytes of the process */
  readonly memory: number
  /** seconds of processor time per second, since the heartbeat before */
  readonly cpu: number
  /** tasks that run, and that could */
  readonly executing: number
  readonly ready: number
  readonly paused: boolean
}
