import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { HistoryError } from './errors.js'

/*
 * A journal is what a scheduler writes of a run while it goes on: a head, then records, each a kind, a length and so many
 * bytes. It is only ever appended to, so whatever happens, what was written before can be read; a record that is cut off is
 * none. When the run is over it becomes a Parquet file.
 */

const MAGIC = Buffer.from('heddleJ1')

export const RecordKind = {
  /** `RunSummary` as JSON; the last one counts */
  summary: 1,
  /** a number of tasks, as columns; see `taskColumns` */
  tasks: 2,
} as const

/** The columns of tasks: names, and how each is stored. */
export const taskColumns = [
  ['graph', 'INTEGER'],
  ['group_number', 'INTEGER'],
  ['task', 'INTEGER'],
  ['worker_number', 'INTEGER'],
  ['ended', 'DOUBLE'],
  ['seconds', 'DOUBLE'],
  ['bytes', 'DOUBLE'],
  ['status', 'TINYINT'],
] as const

/** What became of a run of a task. */
export const taskStatuses = ['finished', 'failed', 'retried', 'interrupted'] as const

const WIDTH = { INTEGER: 4, DOUBLE: 8, TINYINT: 1 }

/** Tasks that ended, as columns. */
export interface TaskBlock {
  readonly length: number
  readonly columns: readonly (Int32Array | Float64Array | Uint8Array)[]
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

export function tasksRecord({ length, columns }: TaskBlock): Uint8Array[] {
  const count = Buffer.alloc(4)
  count.writeUInt32LE(length)
  const parts = columns.map((column) => {
    const rows = column.subarray(0, length)
    return new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)
  })
  return record(RecordKind.tasks, [count, ...parts])
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

export function blockOf(body: Buffer): TaskBlock {
  const length = body.readUInt32LE(0)
  let at = 4
  const columns = taskColumns.map(([, type]) => {
    // A copy, so that numbers stand where numbers may.
    const bytes = body.buffer.slice(body.byteOffset + at, body.byteOffset + at + length * WIDTH[type])
    at += length * WIDTH[type]
    if (type === 'INTEGER') return new Int32Array(bytes as ArrayBuffer)
    return type === 'DOUBLE' ? new Float64Array(bytes as ArrayBuffer) : new Uint8Array(bytes as ArrayBuffer)
  })
  return { length, columns }
}
