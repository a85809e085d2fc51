import { fileURLToPath } from 'node:url'
import type { WorkerPlace } from './engine.js'
import type { JobOptions } from './job-options.js'
import { quote, quoteExpanding } from './shell.js'

/** What a worker's command line says. */
export interface WorkerCommandParts {
  readonly options: JobOptions
  readonly place: WorkerPlace | undefined
  /** where the job finds it */
  readonly schedulerFile: string
  /** the word for sh that gives the job's id */
  readonly jobId: string
  readonly jobName: string
  readonly processes: number
  /** of each */
  readonly threads: number
  /** bytes of each */
  readonly memory: number
  /** milliseconds */
  readonly lifetime: number | undefined
  readonly deathTimeout: number
}

const program = new URL('../cli/main.js', import.meta.url)

/** The program `heddle` as sh runs it. */
export function heddleCommand(node: string = process.execPath): string {
  return `${quote(node)} ${quote(fileURLToPath(program))}`
}

/**
 * The line of sh that runs the workers of a job. The names of the workers begin with the job's, so that one knows whose they
 * are. The token of the cluster is in the scheduler file, which only this user can read, and nowhere else.
 */
export function workerCommand(parts: WorkerCommandParts): string {
  const { options, place, jobId, processes, threads, memory, lifetime, deathTimeout } = parts
  const given = wordsOf(options.workerCommand)
  const line = [
    given.length > 0 ? given.map(quoteExpanding).join(' ') : (place?.command ?? `${heddleCommand(options.node)} worker`),
    '--scheduler-file',
    quote(parts.schedulerFile),
    '--name',
    `"${workerName('')}${jobId}"`,
    ...(processes > 1 || options.nanny !== false ? ['--nworkers', processes] : []),
    '--nthreads',
    threads,
    '--memory-limit',
    `${memory}B`,
    '--death-timeout',
    `${deathTimeout / 1000}s`,
  ]
  if (options.nanny === false) line.push('--no-nanny')
  if (lifetime !== undefined) line.push('--lifetime', `${Math.floor(lifetime / 1000)}s`)
  if (options.localDirectory !== undefined) line.push('--local-directory', quoteExpanding(options.localDirectory))
  if (options.interface !== undefined) line.push('--interface', quote(options.interface))
  if (options.protocol !== undefined) line.push('--protocol', options.protocol)
  if (options.workerPorts !== undefined) line.push('--port', quote(options.workerPorts))
  const resources = Object.entries(options.resources ?? {}).map(([name, amount]) => `${name}=${amount}`)
  if (resources.length > 0) line.push('--resources', quote(resources.join(',')))
  line.push(...(place?.arguments ?? []), ...wordsOf(options.workerArguments).map(quoteExpanding))
  return line.join(' ')
}

/** What the workers of a job are called; those of one with several processes go on with `-0`, `-1`, …. */
export function workerName(id: string): string {
  return `job-${id}`
}

/** The names of all workers of a job. */
export function workersOf(id: string, processes: number): string[] {
  const name = workerName(id)
  return processes === 1 ? [name] : Array.from({ length: processes }, (_, i) => `${name}-${i}`)
}

/** Whether a worker is one of a job. */
export function isWorkerOf(worker: string, id: string): boolean {
  const name = workerName(id)
  return worker === name || (worker.startsWith(`${name}-`) && /^\d+$/.test(worker.slice(name.length + 1)))
}

function wordsOf(given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return []
  return typeof given === 'string' ? [given] : given
}
