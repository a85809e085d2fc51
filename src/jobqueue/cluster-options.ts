import type { Job } from './job-book.js'
import type { JobFailed } from './errors.js'
import type { JobOptions } from './job-options.js'
import { type OptionTable, callback, count, flag, mapping, oneOf, readOptions, text, time } from './option-kinds.js'

/** Where the scheduler of a cluster listens. */
export interface SchedulerPlace {
  /** the address to listen at; 0.0.0.0, which is all of this machine, unless told */
  readonly host?: string
  /** the network interface to listen at instead: 'ib0'; that of the workers unless told */
  readonly interface?: string
  /** the port, or a range to choose from: '8786-8800'; any unless told */
  readonly port?: string | number
  /** 'tls' unless told */
  readonly protocol?: 'tcp' | 'tls' | 'ws' | 'wss'
  /** where workers reach it, if not where it listens: 'tls://gateway:8786' */
  readonly contactAddress?: string
}

/** A cluster of jobs: what there is besides the job itself. */
export interface ClusterOptions {
  /** jobs to begin with; none unless told */
  readonly jobs?: number
  /** options by the name that they have in `jobqueue.named` of heddle.yaml, over those of the engine there */
  readonly configuration?: string
  /** where the scheduler listens */
  readonly scheduler?: SchedulerPlace
  /** the file of a scheduler that runs already, rather than one that is started here and ends with the cluster */
  readonly schedulerFile?: string
  /**
   * a folder that this machine and the nodes share, where the cluster keeps a folder of its own (mode 0700) until it closes: for
   * the job script, the address and the credentials; below `~/.local/state/heddle` unless told
   */
  readonly sharedDirectory?: string
  /** how often the engine is asked about the jobs; 5 s unless told */
  readonly pollInterval?: string | number
  /**
   * whether results that are still needed wait in a process of this machine when the last workers leave; true unless told.
   * Without, they are computed again when there are workers
   */
  readonly keepResults?: boolean
  /** how many jobs that failed while their workers worked are replaced, in all; 10 unless told */
  readonly replacements?: number
  /** whether the engine's limits are looked up before the first submission; true unless told */
  readonly preflight?: boolean
  /** called when a job is over although it was wanted, instead of a warning of the process */
  readonly onJobFailed?: (error: JobFailed, job: Job) => void
}

const schedulerPlace: OptionTable<SchedulerPlace> = {
  host: text,
  interface: text,
  port: text,
  protocol: oneOf('tcp', 'tls', 'ws', 'wss'),
  contactAddress: text,
}

export const clusterOptions: OptionTable<ClusterOptions> = {
  jobs: count(0),
  configuration: text,
  scheduler: (what, given) => readOptions(what, mapping(what, given), schedulerPlace),
  schedulerFile: text,
  sharedDirectory: text,
  pollInterval: time,
  keepResults: flag,
  replacements: count(0),
  preflight: flag,
  onJobFailed: callback(),
}

/** Everything that may be said to a cluster of one engine. */
export type OptionsOf<EngineOptions> = JobOptions & ClusterOptions & EngineOptions & PoolOptions<EngineOptions>

/** Jobs of several kinds in one cluster. */
export interface PoolOptions<EngineOptions> {
  /**
   * kinds of jobs by name: what each has that differs from the other options. `annotate({ pool })` chooses one; other tasks go
   * to the first that has what they need
   */
  readonly pools?: Readonly<Record<string, JobOptions & EngineOptions>>
  /**
   * the scheduler is a job, too: what it has that differs from the other options; one core and 2 GB unless told. It ends with the
   * cluster, but with `schedulerFile` it stays, and the next cluster finds it there
   */
  readonly schedulerJob?: JobOptions & EngineOptions
}
