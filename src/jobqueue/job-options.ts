import { amounts, count, flag, jobTime, jobTimeOrNone, lines, memory, oneOf, text, words } from './option-kinds.js'
import type { OptionTable } from './option-kinds.js'

/** One job of a cluster: what it asks for, and the workers in it. The same for every engine. */
export interface JobOptions {
  /** cores of a job */
  readonly cores?: number
  /** memory of a job, with its unit: '24 GB', '16 GiB' */
  readonly memory?: string
  /** worker processes of a job, which share its cores and its memory; as many as suit them unless told */
  readonly processes?: number
  /** how long a job may run: '00:30:00', '2 h', '1-12:00:00'; 'none' leaves it to the queue; half an hour unless told */
  readonly walltime?: string | number
  /**
   * how long workers work before they move what they hold to others and end: 'none' for as long as the job; unless told, a
   * tenth of the walltime less than it, but at most two minutes
   */
  readonly lifetime?: string | number
  /** what the engine calls the jobs; 'heddle-worker' unless told */
  readonly jobName?: string
  /** whether workers are started again when they die; true unless told. Without, a job has one process */
  readonly nanny?: boolean
  /** the network interface that workers listen at: 'ib0' */
  readonly interface?: string
  /** how workers talk to each other; as the scheduler does unless told */
  readonly protocol?: 'tcp' | 'tls' | 'ws' | 'wss'
  /** the ports that workers listen at: '9000-9100'; any unless told */
  readonly workerPorts?: string
  /** how long workers look for a scheduler that is gone before their job ends; 60 s unless told */
  readonly deathTimeout?: string | number
  /** the folder on a disk of the node for values that do not fit into memory: '/scratch/$USER'; temporary files unless told */
  readonly localDirectory?: string
  /** what each worker has of named resources */
  readonly resources?: Readonly<Record<string, number>>
  /** the Node that runs the workers; the one that runs this program unless told */
  readonly node?: string
  /** what is run instead of `node …/heddle worker`, as words */
  readonly workerCommand?: string | readonly string[]
  /** further arguments of it, as words */
  readonly workerArguments?: string | readonly string[]
  /** the first line of the script; '#!/usr/bin/env bash' unless told */
  readonly shebang?: string
  /** lines of the script before the workers start: 'module load nodejs' */
  readonly prologue?: string | readonly string[]
  /** lines of it for when they have ended */
  readonly epilogue?: string | readonly string[]
  /** further directives, without what they begin with: '--constraint=skylake' */
  readonly extraDirectives?: string | readonly string[]
  /** directives that are left out, by how they begin: '--mem' */
  readonly skipDirectives?: string | readonly string[]
  /** the folder for what jobs write; where the engine puts it unless told. It is made if there is none */
  readonly logDirectory?: string
}

export const jobOptions: OptionTable<JobOptions> = {
  cores: count(1),
  memory,
  processes: count(1),
  walltime: jobTimeOrNone,
  lifetime: jobTimeOrNone,
  jobName: text,
  nanny: flag,
  interface: text,
  protocol: oneOf('tcp', 'tls', 'ws', 'wss'),
  workerPorts: text,
  deathTimeout: jobTime,
  localDirectory: text,
  resources: amounts,
  node: text,
  workerCommand: words,
  workerArguments: words,
  shebang: text,
  prologue: lines,
  epilogue: lines,
  extraDirectives: words,
  skipDirectives: words,
  logDirectory: text,
}
