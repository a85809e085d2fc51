/** What there is to do on a cluster, and who does it. */
export interface ClusterLoad {
  /** tasks that run or could run now, on the workers there are or on others like them */
  readonly tasks: number
  /** seconds that those of them need in all whose like was timed before */
  readonly occupancy: number
  /** those of them that nobody has timed */
  readonly untimed: number
  /** tasks that wait for promises, and so take up no thread */
  readonly suspended: number
  /** tasks that no worker there is may run (resources, restrictions) */
  readonly unrunnable: number
  readonly workers: readonly WorkerLoad[]
}

/** What one worker does. */
export interface WorkerLoad {
  readonly name: string
  readonly threads: number
  /** bytes; undefined: no limit */
  readonly memoryLimit: number | undefined
  /** tasks that it has, those that wait for promises too */
  readonly tasks: number
  /** bytes of results that it holds, on disk too, as of its last heartbeat */
  readonly bytes: number
  /** it is about to leave */
  readonly leaving: boolean
}

/** What there is to do on a cluster by what it needs, for whoever has several kinds of workers. */
export interface ClusterDemand {
  readonly workers: readonly WorkerDemand[]
  readonly classes: readonly ClassDemand[]
}

/** What one worker does, and how long that takes. */
export interface WorkerDemand extends WorkerLoad {
  /** tasks that it has and that take up threads; of them those that nobody has timed, and the seconds that the others need */
  readonly running: number
  readonly untimed: number
  readonly occupancy: number
  /** tasks that wait for promises */
  readonly suspended: number
}

/** Tasks that could run now and that no worker has been sent, and which workers could run them. */
export interface ClassDemand {
  /** what they need of each named resource */
  readonly resources: Readonly<Record<string, number>>
  /** bytes: workers that have no more were not enough for them */
  readonly memoryAbove: number
  /** they run on workers of certain names only */
  readonly named: boolean
  readonly tasks: number
  /** those of them that nobody has timed, and the seconds that the others need */
  readonly untimed: number
  readonly occupancy: number
}
