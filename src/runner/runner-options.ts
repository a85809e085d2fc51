import type { RunningWorker, Scheduler, WorkerOptions } from '../deploy/index.js'
import type { RoleOptions } from './roles.js'

/** Where the scheduler of a runner listens, and how it is. */
export interface RunnerScheduler {
  /** the address, or the name, to listen at; 0.0.0.0, which is all of its machine, unless told */
  readonly host?: string
  /** the network interface to listen at instead: 'ib0' */
  readonly interface?: string
  /** the port, or a range to choose from: '8786-8800'; any unless told */
  readonly port?: string | number
  /** 'tls' unless told */
  readonly protocol?: 'tcp' | 'tls' | 'ws' | 'wss'
  /** where others reach it, if not where it listens: 'tls://gateway:8786' */
  readonly contactAddress?: string
  /** modules that are loaded first: files, or packages */
  readonly preload?: readonly string[]
}

/** What the workers of a runner are. */
export interface RunnerWorker extends Omit<WorkerOptions, 'name' | 'security' | 'listen'> {
  /** the network interface to listen at: 'ib0'; the one that leads to the scheduler unless told */
  readonly interface?: string
  /** the port, or a range to choose from: '9000-9100'; any unless told */
  readonly port?: string | number
  /** how they talk to each other; as the scheduler does unless told */
  readonly protocol?: 'tcp' | 'tls' | 'ws' | 'wss'
  /** true: a worker is a process of its own, which is started again when it dies; false unless told: it is the rank itself */
  readonly nanny?: boolean
}

/** Functions of the program that are called on the ranks that they are about, in the order of their names here. */
export interface RunnerHooks {
  readonly beforeScheduler?: () => unknown
  /** the scheduler listens, and its file is written; `dashboard` is the address of its page, without the key */
  readonly onScheduler?: (scheduler: Pick<Scheduler, 'address' | 'credentials' | 'dashboard'>) => unknown
  readonly beforeWorker?: () => unknown
  /** the worker has joined */
  readonly onWorker?: (worker: RunningWorker) => unknown
  /** the scheduler can be reached, and the program is about to go on */
  readonly beforeClient?: () => unknown
}

/** How the ranks of a program become a cluster. */
export interface RunnerOptions extends RoleOptions {
  /**
   * the file by which ranks find the scheduler, in a folder that their machines share; `{job_id}` in it becomes what tells
   * this run from others. 'heddle-{job_id}.json' in the working folder unless told
   */
  readonly schedulerFile?: string
  readonly scheduler?: RunnerScheduler
  readonly worker?: RunnerWorker
  /** workers are called `NAME-RANK`; by their ranks alone unless told */
  readonly workerName?: string
  /** how long ranks wait for each other; '60 s' unless told */
  readonly joinTimeout?: string | number
  readonly hooks?: RunnerHooks
}
