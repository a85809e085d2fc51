import { createReadStream } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ArgumentError, describe, makeFolder } from '../base/index.js'
import { config } from '../config/index.js'
import type { Database } from '../duckdb/index.js'
import { removeFolder, resolvePath, schemeOf, storeOf, temporaryFolder } from '../filesystem/index.js'
import type { ComputeOptions } from '../expr/index.js'
import { withStatement } from './execute.js'
import { missingColumn } from './errors.js'
import { type Named, type Relation, identity, projected } from './plan/relation.js'
import { cast } from './plan/scalar.js'
import { quoteName, quoteText } from './sql/literal.js'

export interface WriteParquetOptions extends ComputeOptions {
  /** columns whose values name folders (`year=2024/`), which hold the rows of each; the path is a folder then */
  readonly partitionBy?: readonly string[]
  /** 'zstd' unless told */
  readonly compression?: 'zstd' | 'snappy' | 'gzip' | 'none'
  /** how many rows go into a row group; 122,880 unless told */
  readonly rowGroupSize?: number
}

export interface WriteCsvOptions extends ComputeOptions {
  /** what stands between fields; a comma unless told */
  readonly delimiter?: string
  /** whether the first line has the names of columns; true unless told */
  readonly header?: boolean
}

/** Writes the rows of a plan with DuckDB's COPY. Gives the absolute path. */
export async function write(plan: Relation, path: string, format: readonly string[], options: ComputeOptions): Promise<string> {
  if (schemeOf(path) !== 'file') return writeRemote(plan, path, format, options)
  const target = resolve(path)
  makeFolder(dirname(target))
  // In folders of partitions are files that others have written, too: what a first attempt has left there would be rows.
  const once = format.some((each) => each.startsWith('PARTITION_BY'))
  const copy = (db: Database, select: string) =>
    db.run(`COPY (\n${select}\n) TO ${quoteText(target)} (${format.join(', ')})`, { ...options, once })
  await withStatement(plan, options, copy, true, once)
  return target
}

/** Writes a file of a store: into a local one first, since DuckDB knows no stores. */
async function writeRemote(plan: Relation, path: string, format: readonly string[], options: ComputeOptions): Promise<string> {
  const target = resolvePath(path)
  if (format.some((each) => each.startsWith('PARTITION_BY')))
    throw new ArgumentError(
      `${target}: folders of partitions are written to this machine only. Write them here, and copy them there.`,
    )
  const folder = await temporaryFolder('heddle-write-', config.get('temporaryDirectory'))
  try {
    const file = await write(plan, join(folder, 'file'), format, options)
    await storeOf(target).write(target, createReadStream(file))
  } finally {
    await removeFolder(folder)
  }
  return target
}

export function parquetFormat(
  plan: Relation,
  { partitionBy = [], compression = 'zstd', rowGroupSize }: WriteParquetOptions,
): string[] {
  if (!Array.isArray(partitionBy))
    throw new ArgumentError(`toParquet: partitionBy: a list of columns is expected, not ${describe(partitionBy)}`)
  for (const name of partitionBy)
    if (!plan.columns.some((column) => column.name === name)) throw missingColumn(name, plan.columns, 'toParquet: partitionBy')
  const format = ['FORMAT parquet', `COMPRESSION ${compression === 'none' ? 'uncompressed' : compression}`]
  if (rowGroupSize !== undefined) format.push(`ROW_GROUP_SIZE ${Math.trunc(rowGroupSize)}`)
  if (partitionBy.length > 0) format.push(`PARTITION_BY (${partitionBy.map(quoteName).join(', ')})`, 'OVERWRITE_OR_IGNORE true')
  return format
}

/** The plan with columns that a Parquet file gives back as they are: it would write 128-bit integers as floating point. */
export function forParquet(plan: Relation): Relation {
  if (!plan.columns.some((column) => wide(column.type.sql))) return plan
  const values = identity(plan).map(
    ([name, value]): Named => [name, wide(value.type.sql) ? cast(value, { sql: 'DECIMAL(38,0)' }) : value],
  )
  return projected(plan, values)
}

function wide(type: string): boolean {
  return type === 'HUGEINT' || type === 'UHUGEINT'
}
