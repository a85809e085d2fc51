import { join, resolve } from 'node:path'
import { ArgumentError, asError, parseDuration, makeFolder } from '../base/index.js'
import { config } from '../config/index.js'
import type { WorkerSpec } from '../deploy/index.js'
import { hostsOf } from './hosts.js'
import type { SSHClusterOptions, SSHHost } from './options.js'
import type { RemoteProcess } from './remote-process.js'
import { type SSHSchedulerRunning, type Shared, startScheduler } from './ssh-scheduler.js'
import { sshWorker } from './ssh-worker.js'

/** What a cluster over ssh is made of. */
export interface Opened {
  readonly scheduler: SSHSchedulerRunning
  /** those that it begins with, by name */
  readonly workers: Readonly<Record<string, WorkerSpec>>
  /** what more of them are */
  readonly worker: WorkerSpec
  readonly processes: ReadonlyMap<string, RemoteProcess>
}

/** Starts the scheduler, and says what its workers are. */
export async function openCluster(options: SSHClusterOptions): Promise<Opened> {
  const {
    scheduler: place = {},
    ssh = 'ssh',
    startTimeout = '60 s',
    silence = '10 min',
    logDirectory,
    onLog,
    onWorkerLost,
  } = options
  const hosts = await hostsOf(options)
  for (const { workers = 1, nanny, host } of hosts.workers) {
    if (nanny === false && workers > 1) throw new ArgumentError(`SSHCluster: ${host}: without a nanny a host has one worker`)
  }
  if (logDirectory !== undefined) makeLogDirectory(logDirectory)
  const processes = new Map<string, RemoteProcess>()
  const shared: Shared = {
    ssh,
    startTimeout: parseDuration(startTimeout),
    silence: parseDuration(silence),
    processes,
    logFile: (name) =>
      logDirectory === undefined ? undefined : join(resolve(logDirectory), `${name.replace(/[^\w.-]+/g, '_')}.log`),
    onLine: (name) => (line) => onLog?.(name, line),
  }
  const scheduler = await startScheduler(hosts.scheduler, place, shared)
  const common = {
    shared,
    addresses: scheduler.addresses,
    gracePeriod: config.get('nanny.gracePeriod'),
    onLost: onWorkerLost ?? ((error: Error) => process.emitWarning(error.message, 'HeddleSSHWarning')),
  }
  const workers: Record<string, WorkerSpec> = {}
  for (const host of hosts.workers) workers[nameFor(host, workers)] = sshWorker(() => host, host, common)
  let turn = 0
  const next = (): SSHHost => hosts.workers[turn++ % hosts.workers.length]!
  return { scheduler, workers, worker: sshWorker(next, hosts.workers[0]!, common), processes }
}

/** What the workers of a host are called: as the host; of one that is there several times the others have numbers. */
function nameFor({ host }: SSHHost, taken: Readonly<Record<string, unknown>>): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? host : `${host}.${n}`
    if (!Object.hasOwn(taken, name)) return name
  }
}

function makeLogDirectory(folder: string): void {
  try {
    makeFolder(folder)
  } catch (error) {
    throw new ArgumentError(`SSHCluster: logDirectory: ${folder} cannot be made: ${asError(error).message}`, { cause: error })
  }
}
