/** A worker, as the scheduler knows it. */
export interface WorkerDescription {
  readonly name: string
  readonly address: string
  readonly host: string
  readonly pid: number
  readonly threads: number
  readonly resources: Readonly<Record<string, number>>
  /** bytes */
  readonly memoryLimit: number | undefined
  /** whether it would be started again if it died */
  readonly nanny: boolean
  readonly localDirectory: string
  /** what it said of itself last; undefined when it has just joined */
  readonly metrics: WorkerMetrics | undefined
}

/** How a worker does. Sizes are in bytes. */
export interface WorkerMetrics {
  /** values in memory, and on disk */
  readonly held: number
  readonly spilled: number
  /** the whole process */
  readonly memory: number
  /** seconds of processor time per second */
  readonly cpu: number
  /** tasks that run, and that could */
  readonly executing: number
  readonly ready: number
  /** whether it takes no further tasks, for want of memory */
  readonly paused: boolean
}

/** A scheduler and what it serves. */
export interface SchedulerDescription {
  /** what tells it from any other */
  readonly id: string
  readonly address: string
  /** graphs of which something is still needed */
  readonly graphs: number
  readonly clients: readonly string[]
  readonly workers: readonly WorkerDescription[]
}

/** A worker in the answers of schedulers. */
interface Described {
  readonly info: Omit<WorkerDescription, 'metrics'>
  readonly metrics: WorkerMetrics | undefined
}

/** The workers, from what a scheduler answers. */
export function describeWorkers(answer: unknown): WorkerDescription[] {
  return (answer as readonly Described[]).map(({ info, metrics }) => ({
    name: info.name,
    address: info.address,
    host: info.host,
    pid: info.pid,
    threads: info.threads,
    resources: info.resources,
    memoryLimit: info.memoryLimit,
    nanny: info.nanny,
    localDirectory: info.localDirectory,
    metrics,
  }))
}
