import { statSync } from 'node:fs'
import { askOfFiles } from '../../duckdb/index.js'
import type { Relation } from '../plan/relation.js'
import { hiveKeys } from '../rules/prune-partitions.js'
import { quoteName, quoteText } from '../sql/literal.js'
import { scanSql } from '../sql/relation-sql.js'
import type { OwnSql } from './own-sql.js'
import type { WholeFiles } from './read-again.js'
import { textPiecesOf } from './text-pieces.js'

/** A part of files, as SQL that gives its rows. */
export interface Pieces {
  readonly sql: readonly OwnSql[]
  /** how many rows there are in all; of texts what is to be expected */
  readonly rows: number
  /** the rows of all files, where they may well be read more than once */
  readonly whole?: WholeFiles
}

/**
 * The parts that a scan is read in: of about so many rows and of no more than so many bytes of files, and at least `least` where
 * there are rows enough.
 */
export function piecesOf(
  scan: Relation & { kind: 'scan' },
  partitionRows: number,
  least: number,
  partitionBytes = Number.MAX_SAFE_INTEGER,
): Pieces {
  const columns = scan.columns.map(({ name }) => quoteName(name)).join(', ')
  const from = (files: readonly string[], options: readonly string[], where = '') =>
    `(SELECT ${columns} FROM ${scanSql({ format: scan.format, files, options })}${where})`
  if (scan.format !== 'parquet') return textPiecesOf(scan, partitionRows, least, partitionBytes)
  const counts = rowsOf(scan.files)
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const bytes = scan.files.reduce((sum, file) => sum + statSync(file).size, 0)
  const most = Math.max(1, Math.min(partitionRows, Math.floor((rows * partitionBytes) / Math.max(1, bytes))))
  const each = Math.max(1, Math.min(most, Math.max(most / 10, Math.ceil(rows / least))))
  const options = [...scan.options, ...hiveTypes(scan)]
  const sql: string[] = []
  let some: string[] = []
  let held = 0
  const flush = () => {
    if (some.length > 0) sql.push(from(some, options))
    some = []
    held = 0
  }
  for (const file of scan.files) {
    const count = counts.get(file) ?? 0
    if (held + count > each * 1.5) flush()
    if (count <= each * 1.5) {
      some.push(file)
      held += count
      continue
    }
    const few = Math.ceil(count / each)
    // None is to wait for the last that has no partner.
    const parts = few > least && few < 4 * least ? Math.ceil(few / least) * least : few
    for (let i = 0; i < parts; i++) {
      const [first, end] = [Math.floor((count * i) / parts), Math.floor((count * (i + 1)) / parts)]
      const where = ` WHERE file_row_number >= ${first} AND file_row_number < ${end}`
      sql.push(from([file], [...options, 'file_row_number = true'], where))
    }
  }
  flush()
  return { sql, rows, whole: (where) => from(scan.files, options, where === undefined ? '' : ` WHERE ${where}`) }
}

function rowsOf(files: readonly string[]): Map<string, number> {
  const list = `[${files.map(quoteText).join(', ')}]`
  const rows = askOfFiles(`SELECT file_name, num_rows::VARCHAR FROM parquet_file_metadata(${list})`, files)
  return new Map(rows.map(([file, count]) => [file!, Number(count)]))
}

/** Types of columns that folders name are found out of the files that are read: of a part they might be others. */
function hiveTypes(scan: Relation & { kind: 'scan' }): string[] {
  if (!scan.options.includes('hive_partitioning = true')) return []
  const keys = hiveKeys(scan.files[0]!)
  const types = scan.columns.filter(({ name }) => keys.has(name)).map(({ name, type }) => `${quoteText(name)}: ${type.sql}`)
  return types.length === 0 ? [] : [`hive_types = {${types.join(', ')}}`]
}
