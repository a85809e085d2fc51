import { parseBytes } from '../base/index.js'
import type { RunningWorker, WorkerSpec, WorkerStart } from '../deploy/index.js'
import type { SSHError } from './errors.js'
import type { SSHHost } from './options.js'
import { RemoteProcess } from './remote-process.js'
import type { Shared } from './ssh-scheduler.js'
import { started } from './started.js'

/** Milliseconds beyond the grace that workers have to move what they hold. */
const MARGIN = 10_000

export interface SSHWorkerOptions {
  readonly shared: Shared
  /** where workers find the scheduler */
  readonly addresses: readonly string[]
  readonly gracePeriod: number
  /** called when they have ended although nobody wanted it */
  readonly onLost: (error: SSHError, name: string) => void
}

/** The workers of a host, as a kind of worker; `hostFor` says whose turn it is. */
export function sshWorker(hostFor: () => SSHHost, like: SSHHost, options: SSHWorkerOptions): WorkerSpec {
  const { threads, workers = 1, memoryLimit, resources } = like
  return {
    ...(threads === undefined ? {} : { threads: threads * workers }),
    ...(memoryLimit !== undefined && /^[\d.]+\s*[a-z]+$/i.test(memoryLimit) ? { memory: parseBytes(memoryLimit) * workers } : {}),
    ...(resources === undefined ? {} : { resources }),
    start: (start) => startWorkers(hostFor(), start, options),
  }
}

async function startWorkers(host: SSHHost, start: WorkerStart, options: SSHWorkerOptions): Promise<RunningWorker> {
  const { shared, addresses, gracePeriod, onLost } = options
  const { name, credentials, signal } = start
  const { token, tls } = credentials
  let missing = host.workers ?? 1
  let ready!: () => void
  const all = new Promise<void>((resolve) => (ready = resolve))
  const process = new RemoteProcess({
    ...shared,
    name: `worker ${name}`,
    host,
    args: workerArguments(host, name),
    secrets: { token: Buffer.from(token).toString('hex'), tls, addresses },
    logFile: shared.logFile(name),
    onLine: shared.onLine(name),
    onNews: ({ event }) => {
      if (event === 'worker-ready' && --missing === 0) ready()
    },
  })
  shared.processes.set(name, process)
  await started(process, all, shared.startTimeout, signal)
  void process.ended.then((how) => {
    shared.processes.delete(name)
    if (!process.ending && how !== 0) onLost(process.failure(how), name)
  })
  return {
    ended: process.ended,
    close: async () => void (await process.end('drain', gracePeriod + MARGIN)),
    kill: () => void process.end('close', 1000),
    reference: (on) => process.reference(on),
  }
}

function workerArguments(host: SSHHost, name: string): readonly string[] {
  const {
    workers = 1,
    threads,
    memoryLimit,
    resources = {},
    localDirectory,
    workerPorts,
    nanny,
    workerArguments: more = [],
  } = host
  const amounts = Object.entries(resources).map(([resource, amount]) => `${resource}=${amount}`)
  return [
    'worker',
    '--name',
    name,
    ...(nanny === false ? ['--no-nanny'] : ['--nworkers', String(workers)]),
    ...(threads === undefined ? [] : ['--nthreads', String(threads)]),
    ...(memoryLimit === undefined ? [] : ['--memory-limit', memoryLimit]),
    ...(amounts.length === 0 ? [] : ['--resources', amounts.join(',')]),
    ...(localDirectory === undefined ? [] : ['--local-directory', localDirectory]),
    ...(host.interface === undefined ? [] : ['--interface', host.interface]),
    ...(workerPorts === undefined ? [] : ['--port', workerPorts]),
    ...more,
  ]
}
