import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { ArgumentError, HeddleError, asError } from '../base/index.js'
import type { HeddleEvent } from '../events/index.js'
import type { WorkerDescription } from './cluster-info.js'
import type { TaskRun } from './task-stream.js'

/** The number of the way in which dumps are written; it changes when older readers could not make sense of newer ones. */
export const DUMP_FORMAT = 1

/** A line of a dump. */
export interface DumpLine {
  readonly kind:
    | 'heddle dump'
    | 'scheduler'
    | 'settings'
    | 'worker'
    | 'client'
    | 'graph'
    | 'group'
    | 'task'
    | 'event'
    | 'run'
    | 'log'
    | 'output'
    | 'end'
  readonly data: unknown
}

/** A file is no dump, is not whole, or was written by a version of Heddle that this one does not understand. */
export class DumpError extends HeddleError {
  static {
    DumpError.prototype.name = 'DumpError'
  }
}

/** A task as a dump has it. */
export interface DumpedTask {
  readonly graph: number
  readonly task: number
  readonly key: string
  /** 'waiting', 'ready', 'processing', 'memory', 'erred', … */
  readonly state: string
  /** the names of the workers that run it or hold its value */
  readonly workers: readonly string[]
  /** how many tasks it needs */
  readonly inputs: number
}

/** What was known of a cluster at one moment. Times are milliseconds since 1970, those of events seconds. */
export interface ClusterDump {
  /** who wrote it, and when */
  readonly header: { readonly format: number; readonly heddle: string; readonly node: string; readonly time: number }
  readonly scheduler: Readonly<Record<string, unknown>>
  readonly settings: { readonly scheduler: unknown; readonly client: unknown }
  readonly workers: readonly (WorkerDescription & {
    readonly versions: { readonly heddle: string; readonly node: string }
    readonly lastSeen: number
  })[]
  readonly clients: readonly { readonly name: string; readonly connected: boolean }[]
  readonly graphs: readonly {
    readonly graph: number
    readonly client: string
    readonly tasks: number
    readonly layers: number
  }[]
  /** by label, how many tasks are in which state */
  readonly groups: readonly { readonly label: string; readonly states: Readonly<Record<string, number>> }[]
  /** those that are not released */
  readonly tasks: readonly DumpedTask[]
  /** of the scheduler's log */
  readonly events: readonly HeddleEvent[]
  /** what workers ran, as far as they remember */
  readonly runs: readonly TaskRun[]
  /** what programs logged under topics */
  /** what the processes of workers printed, with their threads: the last lines of each. Times are milliseconds since 1970 */
  readonly output: readonly {
    readonly worker: string
    readonly time: number
    readonly stream: 'stdout' | 'stderr'
    readonly text: string
  }[]
  readonly logs: readonly { readonly topic: string; readonly time: number; readonly client: string; readonly value: unknown }[]
}

const lists = {
  worker: 'workers',
  client: 'clients',
  graph: 'graphs',
  group: 'groups',
  task: 'tasks',
  event: 'events',
  run: 'runs',
  log: 'logs',
  output: 'output',
} as const

/** See `readDump`. */
export async function readDumpFile(path: string): Promise<ClusterDump> {
  if (typeof path !== 'string' || path === '') throw new ArgumentError('readDump: the path of the file is needed')
  const file = await open(path)
  const magic = new Uint8Array(2)
  try {
    await file.read(magic, 0, 2, 0)
  } finally {
    await file.close()
  }
  const raw = createReadStream(path)
  const bytes = magic[0] === 0x1f && magic[1] === 0x8b ? raw.pipe(createGunzip()) : raw
  const broken = new Promise<never>((_, reject) => {
    for (const stream of [raw, bytes]) stream.once('error', reject)
  })
  broken.catch(() => undefined)
  const dump: Record<string, unknown> = {}
  for (const list of Object.values(lists)) dump[list] = []
  const lines = createInterface({ input: bytes, crlfDelay: Infinity })[Symbol.asyncIterator]()
  let count = 0
  try {
    for (;;) {
      const { value: text, done } = await Promise.race([lines.next(), broken])
      if (done) throw new DumpError(`${path} ends after ${count} lines: the dump is not whole`)
      const { kind, data } = parse(path, text, count)
      if (kind === 'end') break
      count++
      if (kind === 'heddle dump') dump['header'] = data
      else if (kind in lists) (dump[lists[kind as keyof typeof lists]] as unknown[]).push(data)
      else dump[kind] = data
    }
  } catch (error) {
    if (error instanceof DumpError) throw error
    throw new DumpError(`${path} cannot be read: ${asError(error).message}`, { cause: error })
  } finally {
    raw.destroy()
  }
  return dump as unknown as ClusterDump
}

function parse(path: string, text: string, number: number): DumpLine {
  let line: DumpLine | null
  try {
    line = JSON.parse(text) as DumpLine | null
  } catch (error) {
    throw damaged(path, number, error)
  }
  if (typeof line?.kind !== 'string') throw damaged(path, number)
  if (number > 0) return line
  if (line.kind !== 'heddle dump' || !line.data) throw damaged(path, number)
  const { format, heddle } = line.data as ClusterDump['header']
  if (format === DUMP_FORMAT) return line
  throw new DumpError(
    `${path} was written by Heddle ${heddle}, as format ${format}; this version reads format ${DUMP_FORMAT}: read it with that one`,
  )
}

function damaged(path: string, number: number, cause?: unknown): DumpError {
  const what = number === 0 ? 'is no dump of a cluster' : `is damaged at line ${number + 1}`
  return new DumpError(`${path} ${what}`, { cause })
}
