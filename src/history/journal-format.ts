import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { HistoryError } from './errors.js'

/*
 * A journal is what a scheduler writes of a run while it goes on: a head, then records, each a kind, a length and so many
 * bytes. It is only ever appended to, so whatever happens, what was written before can be read; a record that is cut off is
 * none. When the run is over it becomes a Parquet file.
 */

const MAGIC = Buffer.from('heddleJ3')

export const RecordKind = {
  /** `RunSummary` as JSON; the last one counts */
  summary: 1,
  /** a number of tasks, as columns; see `taskColumns` */
  tasks: 2,
} as const

/** The columns of tasks, as they are read: names, and of what type each is. */
export const taskColumns = [
  ['graph', 'INTEGER'],
  ['group_number', 'INTEGER'],
  ['task', 'INTEGER'],
  ['worker_number', 'INTEGER'],
  ['ended', 'DOUBLE'],
  ['seconds', 'FLOAT'],
  ['bytes', 'DOUBLE'],
  ['status', 'TINYINT'],
] as const

/** What became of a run of a task. */
export const taskStatuses = ['finished', 'failed', 'retried', 'interrupted'] as const

type Column = Int32Array | Float32Array | Float64Array | Uint8Array

/** Tasks that ended, as columns: what tasks that follow each other have in common stands once, as a run of them. */
export interface TaskBlock {
  readonly length: number
  /** task, seconds, bytes */
  readonly columns: readonly (Column | Uint32Array)[]
  readonly runs: number
  /** the place of its first task, graph, group, worker, ended, status */
  readonly runColumns: readonly Column[]
  /** tasks whose results have more bytes than their column can say */
  readonly large: number
  /** the place of the task, bytes */
  readonly largeColumns: readonly Column[]
}

/** Tasks that ended, in the columns of `taskColumns`. */
export interface TaskTable {
  readonly length: number
  readonly columns: readonly Column[]
}

export function journalHead(): Uint8Array {
  return MAGIC
}

function record(kind: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(kind, 0)
  head.writeUInt32LE(
    parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
    4,
  )
  return [head, ...parts]
}

export function summaryRecord(summary: unknown): Uint8Array[] {
  return record(RecordKind.summary, [Buffer.from(JSON.stringify(summary))])
}

export function tasksRecord({ length, columns, runs, runColumns, large, largeColumns }: TaskBlock): Uint8Array[] {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(length, 0)
  head.writeUInt32LE(runs, 4)
  head.writeUInt32LE(large, 8)
  const bytesOf = (count: number) => (column: Column | Uint32Array) => {
    const rows = column.subarray(0, count)
    return new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)
  }
  return record(RecordKind.tasks, [
    head,
    ...columns.map(bytesOf(length)),
    ...runColumns.map(bytesOf(runs)),
    ...largeColumns.map(bytesOf(large)),
  ])
}

/** The records of a journal, up to where it ends or is cut off. @throws HistoryError for what is no journal */
export function* readJournal(path: string): Generator<{ readonly kind: number; readonly body: Buffer }> {
  const file = openSync(path, 'r')
  try {
    const read = (length: number, at: number): Buffer | undefined => {
      const bytes = Buffer.alloc(length)
      return readSync(file, bytes, 0, length, at) === length ? bytes : undefined
    }
    const { size } = fstatSync(file)
    if (size < MAGIC.length || !read(MAGIC.length, 0)!.equals(MAGIC)) {
      throw new HistoryError(`${path} is no journal of a run that this version of Heddle can read`)
    }
    for (let at = MAGIC.length; at + 8 <= size; ) {
      const head = read(8, at)!
      const length = head.readUInt32LE(4)
      if (at + 8 + length > size) return
      yield { kind: head.readUInt32LE(0), body: read(length, at + 8)! }
      at += 8 + length
    }
  } finally {
    closeSync(file)
  }
}

/** The tasks of a record, each with what it has in common with others. */
export function tableOf(body: Buffer): TaskTable {
  const length = body.readUInt32LE(0)
  const runs = body.readUInt32LE(4)
  const large = body.readUInt32LE(8)
  let at = 12
  const next = (bytes: number): ArrayBuffer => {
    // A copy, so that numbers stand where numbers may.
    const part = body.buffer.slice(body.byteOffset + at, body.byteOffset + at + bytes) as ArrayBuffer
    at += bytes
    return part
  }
  const task = new Int32Array(next(length * 4))
  const seconds = new Float32Array(next(length * 4))
  const bytes = Float64Array.from(new Uint32Array(next(length * 4)))
  const first = new Int32Array(next(runs * 4))
  const spread = <T extends Column>(all: T, each: T): T => {
    for (let run = 0; run < runs; run++) all.fill(each[run]!, first[run], run + 1 < runs ? first[run + 1] : length)
    return all
  }
  const whole = (): Int32Array => spread(new Int32Array(length), new Int32Array(next(runs * 4)))
  const graph = whole()
  const group = whole()
  const worker = whole()
  const ended = spread(new Float64Array(length), new Float64Array(next(runs * 8)))
  const status = spread(new Uint8Array(length), new Uint8Array(next(runs)))
  const places = new Int32Array(next(large * 4))
  new Float64Array(next(large * 8)).forEach((most, n) => (bytes[places[n]!] = most))
  return { length, columns: [graph, group, task, worker, ended, seconds, bytes, status] }
}
