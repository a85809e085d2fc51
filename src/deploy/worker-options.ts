import { hostname, tmpdir } from 'node:os'
import type { WorkerServerOptions } from '../cluster/index.js'
import { preloadUrl } from '../cluster/processes.js'
import type { Credentials } from '../comm/index.js'
import { config } from '../config/index.js'
import type { FoundScheduler } from './find-scheduler.js'
import { workerSize } from './worker-size.js'

/** What a worker is to be. */
export interface WorkerOptions {
  /** what it is called; the machine's name and a number unless told */
  readonly name?: string
  /** threads that run tasks; as many as there are cores unless told */
  readonly threads?: number
  /** its memory: '2 GiB', a number of bytes, a share (0.25), 'none'; its threads' share of this machine's unless told */
  readonly memoryLimit?: number | string
  /** what it has of named resources */
  readonly resources?: Readonly<Record<string, number>>
  /** the folder for what it puts on disk; the setting `temporaryDirectory` unless told */
  readonly localDirectory?: string
  /** where it listens; where this machine reaches the scheduler from unless told */
  readonly listen?: string
  /** where others reach it, if not where it listens */
  readonly contactAddress?: string
  /** it runs nothing: it holds what leaving workers held that nobody else can take; false unless told */
  readonly keeper?: boolean
  /** modules that are loaded first: files, or packages; the setting `worker.preload` unless told */
  readonly preload?: readonly string[]
  /** the token and the certificates of the cluster, where the target does not say them */
  readonly security?: Credentials
}

let started = 0

/** The addresses of modules that are loaded first: those that are given, or those that the setting names. */
export function preloadOf(where: 'scheduler' | 'worker' | 'nanny', given: readonly string[] | undefined): string[] {
  const specifiers = given ?? config.get(`${where}.preload`)
  if (specifiers.length === 0) return []
  return specifiers.map((specifier) => preloadUrl(specifier))
}

/** What the process of a worker needs to know, apart from its scheduler. */
export type OwnOptions = Omit<WorkerServerOptions, 'scheduler' | 'credentials' | 'listen'>

/** What the process of a worker needs to know. */
export function serverOptions(
  own: OwnOptions,
  options: Pick<WorkerOptions, 'listen'>,
  { address, credentials, listen }: FoundScheduler,
): WorkerServerOptions {
  return { ...own, scheduler: address, credentials, listen: options.listen ?? listen }
}

/** What the process of a worker needs to know, before it is known where its scheduler is. */
export function ownOptions(options: WorkerOptions, nanny: boolean): OwnOptions {
  const { threads, memory } = workerSize(options)
  return {
    name: options.name ?? `${hostname()}-${process.pid}-${++started}`,
    threads,
    contactAddress: options.contactAddress,
    resources: options.resources,
    memoryLimit: memory,
    nanny,
    ...(options.keeper ? { keeper: true } : {}),
    preload: preloadOf('worker', options.preload),
    localDirectory: options.localDirectory ?? config.get('temporaryDirectory') ?? tmpdir(),
  }
}
