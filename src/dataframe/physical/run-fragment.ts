import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TaskContext } from '../../graph/index.js'
import { callInMain } from '../../lanes/index.js'
import { type Sealed, type Transferred, movers } from '../../shuffle/index.js'
import { operation } from '../../transfer/index.js'
import {
  type JsFunction,
  QueryError,
  type ResultColumn,
  type TableValue,
  type WriteTable,
  type WrittenTable,
  filesSql,
  keyColumn,
  partFolder,
  tablesSql,
  withFolder,
  writeTable,
} from '../../duckdb/index.js'
import { threadDatabase } from '../databases.js'
import { type HotKeysFound, type Side, spreadSql } from './hot-keys.js'
import { type OwnSql, aboutFiles, ownSql } from './own-sql.js'

/** What a fragment reads in the place of one of its tables. */
export type Slot =
  /** the rows of so many inputs; `of`: of so many in all, of which the last task has what is left */
  | { readonly kind: 'tables'; readonly inputs: number; readonly of?: number }
  /** SQL that each task has of its own: a part of files */
  | { readonly kind: 'own' }
  /** what a shuffle brought for the task's index */
  | { readonly kind: 'shuffled' }

/** Where a fragment's rows go. */
export type Sink =
  | {
      readonly kind: 'table'
      /** only the rows of a range of this sort key (SQL), that of the partition's number; the bounds are the last input */
      readonly range?: string
    }
  /** to the partitions of a shuffle, by a number that SQL gives */
  | { readonly kind: 'shuffle'; readonly outputs: number; readonly part: string }
  /** to the partitions of a shuffle, by a hash of keys; the last input says which have so many rows that several partitions share them */
  | { readonly kind: 'spread'; readonly outputs: number; readonly key: string; readonly isKey: string; readonly side: Side }
  /** to the partitions of a shuffle, by ranges of a sort key; the bounds are the last input */
  | { readonly kind: 'ranges'; readonly key: string; readonly senders: number }

/** A statement that runs for each partition. */
export interface FragmentSpec {
  /** with marks for the slots and for the number of the first row */
  readonly sql: string
  readonly slots: readonly Slot[]
  /** functions of JavaScript that it calls */
  readonly functions: readonly JsFunction[]
  readonly sink: Sink
}

/** What stands for a slot in the SQL of a fragment. No other text of a statement can hold a NUL. */
export function slotMark(slot: number): string {
  return `\0slot ${slot}\0`
}

/** What stands for the number of a partition's first row, so that rows of all partitions are in order. */
export const rowMark = '\0first row\0'

/** What stands for the condition that a row is in the partition's range. */
export const inRangeMark = '\0in range\0'

/** More rows than a partition has. */
const partitionRows = 2 ** 42

export interface TableTransferred {
  readonly transferred: Transferred
  readonly columns: readonly ResultColumn[]
  readonly rows: number
  readonly bytes: number
  readonly seconds: number
}

export interface TableSealed {
  readonly sealed: Sealed
  readonly columns: readonly ResultColumn[]
}

/** Runs as a task: the statement for one partition. */
export const runFragment = operation(
  import.meta.url,
  'runFragment',
  async (
    inputs: readonly unknown[],
    own: readonly OwnSql[] | undefined,
    spec: FragmentSpec,
    context: TaskContext,
  ): Promise<TableValue | TableTransferred> => {
    context.occupy?.()
    const started = performance.now()
    return await withFolder(context.scratch(), async (folder) => {
      const sql = await statementFor(spec, inputs, own, folder, context)
      const target = join(folder, 'result')
      const part = partOf(spec.sink, inputs, context.index)
      const written = await write(context, { select: sql, target, part: part?.sql, key: part?.key }, spec.functions).catch(
        (error: unknown) => {
          if (!(error instanceof QueryError) || own === undefined) throw error
          const message = aboutFiles(error.message, own, (i) => copyOf(folder, i))
          throw message === error.message ? error : new QueryError(message, error.kind, { cause: error })
        },
      )
      const seconds = () => (performance.now() - started) / 1000
      if (part === undefined) return { ...written, parquet: readFileSync(target), seconds: seconds() }
      const { transferred, bytes } = await sendParts(target, part.outputs, context)
      return { transferred, bytes, ...written, seconds: seconds() }
    })
  },
)

/** Where the bytes of the task's own piece of a file are copied to. */
function copyOf(folder: string, piece: number): string {
  return join(folder, `own-${piece}`)
}

async function statementFor(
  spec: FragmentSpec,
  inputs: readonly unknown[],
  own: readonly OwnSql[] | undefined,
  folder: string,
  context: TaskContext,
): Promise<string> {
  let { sql } = spec
  let at = 0
  let ownAt = 0
  for (const [i, slot] of spec.slots.entries()) {
    let table: string
    if (slot.kind === 'tables') {
      const count = Math.min(slot.inputs, (slot.of ?? Infinity) - slot.inputs * context.index)
      table = tablesSql(inputs.slice(at, at + count) as TableValue[], folder, `input-${i}`)
      at += count
    } else if (slot.kind === 'own') {
      table = ownSql(own![ownAt]!, copyOf(folder, ownAt))
      ownAt++
    } else table = await receiveParts(inputs[at++] as TableSealed, folder, `input-${i}`, context)
    sql = sql.replaceAll(slotMark(i), () => table)
  }
  if (spec.sink.kind === 'table' && spec.sink.range !== undefined) {
    const range = inRangeSql(spec.sink.range, inputs.at(-1) as readonly string[], context.index)
    sql = sql.replaceAll(inRangeMark, () => range)
  }
  return sql.replaceAll(rowMark, String(context.index * partitionRows))
}

/** The keys that are not below bound number `index - 1`, and below the next. */
function inRangeSql(key: string, bounds: readonly string[], index: number): string {
  const parts: string[] = []
  if (index > 0) parts.push(`${key} >= from_hex('${bounds[index - 1]!}')`)
  if (index < bounds.length) parts.push(`${key} < from_hex('${bounds[index]!}')`)
  return parts.length === 0 ? 'true' : parts.join(' AND ')
}

function partOf(sink: Sink, inputs: readonly unknown[], sender: number): Parts | undefined {
  if (sink.kind === 'table') return undefined
  if (sink.kind === 'shuffle') return { sql: sink.part, outputs: sink.outputs }
  if (sink.kind === 'spread') {
    const { outputs, key, isKey, side } = sink
    return { sql: spreadSql(keyColumn, isKey, outputs, inputs.at(-1) as HotKeysFound, side), key, outputs }
  }
  const bounds = inputs.at(-1) as readonly string[]
  return { sql: rangeSql(keyColumn, bounds, sender / sink.senders), key: sink.key, outputs: bounds.length + 1 }
}

interface Parts {
  readonly sql: string
  /** what the SQL is about, computed once for each row */
  readonly key?: string
  readonly outputs: number
}

/**
 * The range of a key, as SQL. A key that is several bounds has rows for all ranges between those: they go there by the place of
 * their sender among all, from 0 to 1, so that they stay in order.
 */
function rangeSql(key: string, bounds: readonly string[], place: number): string {
  const wide = new Map<string, readonly [first: number, last: number]>()
  bounds.forEach((bound, i) => {
    if (bound !== '' && bounds[i - 1] === bound) wide.set(bound, [wide.get(bound)?.[0] ?? i, i + 1])
  })
  const search = searchSql(key, bounds, 0, bounds.length)
  if (wide.size === 0) return search
  const own = [...wide].map(
    ([bound, [first, last]]) => `WHEN from_hex('${bound}') THEN ${first + Math.floor(place * (last - first + 1))}`,
  )
  return `CASE ${key} ${own.join(' ')} ELSE ${search} END`
}

/** A binary search among bounds, as SQL: the number of those that are not above the key. */
function searchSql(key: string, bounds: readonly string[], from: number, to: number): string {
  if (from === to) return String(from)
  const middle = (from + to) >> 1
  const low = searchSql(key, bounds, from, middle)
  const high = searchSql(key, bounds, middle + 1, to)
  return `CASE WHEN ${key} < from_hex('${bounds[middle]!}') THEN ${low} ELSE ${high} END`
}

const statements = new URL('./run-statement.js', import.meta.url).href

async function write(context: TaskContext, table: WriteTable, functions: readonly JsFunction[]): Promise<WrittenTable> {
  if (functions.length > 0) {
    const db = await threadDatabase()
    await db.registerAll(functions)
    return await writeTable(db, table)
  }
  return (await inMain(context, `${statements}#runStatement`, table)) as WrittenTable
}

/** What a statement gives, as a table, made by the database of the process. */
export async function writeInMain(context: TaskContext, select: string, folder: string): Promise<TableValue> {
  const started = performance.now()
  const target = join(folder, 'result')
  const written = await write(context, { select, target }, [])
  return { ...written, parquet: readFileSync(target), seconds: (performance.now() - started) / 1000 }
}

/** The values of the only column of a statement. */
export async function columnInMain(context: TaskContext, select: string): Promise<unknown[]> {
  return (await inMain(context, `${statements}#runColumn`, select)) as unknown[]
}

async function inMain(context: TaskContext, name: string, args: unknown): Promise<unknown> {
  try {
    return await callInMain(context, name, args)
  } catch (error) {
    // Of an error that comes from another thread only the name and the text are left.
    const { name: of, message } = error as Error
    if (of !== 'QueryError' || error instanceof QueryError) throw error
    throw new QueryError(message, /DuckDB \((.*?)\)/.exec(message)?.[1] ?? 'Error', { cause: error })
  }
}

async function sendParts(
  target: string,
  outputs: number,
  context: TaskContext,
): Promise<{ transferred: Transferred; bytes: number }> {
  await movers.load()
  const sender = new movers.code.ShardSender(context, outputs)
  await sender.joined
  let bytes = 0
  for (let part = 0; part < outputs; part++) {
    const folder = partFolder(target, part)
    for (const file of filesIn(folder)) {
      const content = readFileSync(join(folder, file))
      bytes += content.length
      sender.add(part, 1, (allocate) => {
        allocate(content.length).set(content)
      })
      if (sender.isFull) await sender.room()
    }
  }
  return { transferred: await sender.finish(), bytes }
}

/** The files of a folder, none where no row went there. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function receiveParts(
  { sealed, columns }: TableSealed,
  folder: string,
  prefix: string,
  context: TaskContext,
): Promise<string> {
  const files: string[] = []
  await movers.load()
  for await (const { bytes } of movers.code.readShards(context, sealed, context.index)) {
    const file = join(folder, `${prefix}-${files.length}.parquet`)
    writeFileSync(file, bytes, { mode: 0o600 })
    files.push(file)
  }
  return filesSql(files, columns)
}

/** Runs as a task: says that all partitions were sent. */
export const sealTables = operation(
  import.meta.url,
  'sealTables',
  async (inputs: readonly unknown[], _own: unknown, outputs: number, context: TaskContext): Promise<TableSealed> => {
    const all = inputs as readonly TableTransferred[]
    await movers.load()
    const sealed = await movers.code.seal(
      all.map(({ transferred }) => transferred),
      outputs,
      context,
    )
    return { sealed, columns: all[0]!.columns }
  },
)

/** Runs as a task: from samples of sort keys, the bounds between so many ranges that are about equally large. */
export const findBounds = operation(
  import.meta.url,
  'findBounds',
  async (inputs: readonly unknown[], _own: unknown, ranges: number, context: TaskContext): Promise<string[]> => {
    context.occupy?.()
    return await withFolder(context.scratch(), async (folder) => {
      const samples = tablesSql(inputs as readonly TableValue[], folder, 'sample')
      const keys = (await columnInMain(context, `SELECT hex(k) AS k FROM ${samples} AS samples ORDER BY samples.k`)) as string[]
      const bounds: string[] = []
      // Where bounds are equal, nothing falls between them; there must be as many as the shuffle has partitions.
      for (let i = 1; i < ranges; i++) bounds.push(keys[Math.floor((i * keys.length) / ranges)] ?? '')
      return bounds
    })
  },
)
