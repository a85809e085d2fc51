import { ArgumentError, describe } from '../base/index.js'
import { type BlockOptions, type TextOptions, planText } from '../formats/index.js'
import { type FileNames, resolveFilesSync } from '../filesystem/index.js'
import type { PieceOptions } from './avro.js'
import { DataFrame } from './data-frame.js'
import { piecesSource } from './physical/read-pieces.js'
import { type ReadCsvOptions, readCsv } from './readers.js'
import {
  type FixedFields,
  type TextLines,
  fieldColumns,
  fieldsOf,
  lineColumns,
  linesOf,
  readFieldsPiece,
  readTextPiece,
} from './text-rows.js'
import type { Columns } from './types.js'

export interface ReadTextOptions extends TextOptions, PieceOptions, Pick<BlockOptions, 'compression'> {
  /** the path of the file that a line is from, as a column `path` */
  readonly includePath?: boolean
}

/**
 * The lines of text files as a column `line`, also of compressed files and of files on servers.
 *
 * @example readText('logs/*.gz').filter((r) => r.line.includes('ERROR'))
 */
export function readText(
  path: FileNames,
  options: ReadTextOptions & { readonly includePath: true },
): DataFrame<{ line: string; path: string }>
export function readText(path: FileNames, options?: ReadTextOptions): DataFrame<{ line: string }>
export function readText(
  path: FileNames,
  { includePath = false, compression = 'infer', blockSize, ...options }: ReadTextOptions = {},
): unknown {
  const files = resolveFilesSync(path)
  const blocks = planText(files, { ...(blockSize !== undefined && { blockSize }), compression })
  const shared: TextLines = { options, includePath }
  const columns = lineColumns(shared)
  return new DataFrame({
    kind: 'table',
    label: `lines of ${files[0]!.path}${files.length > 1 ? ` and ${files.length - 1} more` : ''}`,
    source: piecesSource(columns, () => linesOf(blocks, shared), { label: 'text', run: readTextPiece, pieces: blocks, shared }),
    columns: columns.map(({ name, type }) => ({ name, type: { sql: type }, nullable: false })),
  })
}

/** Where a column of fixed width begins and ends, in characters from 0; the end is not part of it. */
export type Field = readonly [begin: number, end: number]

/**
 * The rows of files whose columns have fixed widths, as texts without the spaces around them; what is empty is null. Numbers
 * and dates are made of them with `toNumeric`, `toDatetime` and `asType`.
 *
 * @example readFwf('stations.txt', { id: [0, 6], name: [7, 30] }, { skip: 1 })
 */
export function readFwf<const F extends Readonly<Record<string, Field>>>(
  path: FileNames,
  fields: F,
  {
    skip = 0,
    ...options
  }: ReadTextOptions & { /** lines at the beginning of each file that are no rows */ readonly skip?: number } = {},
): DataFrame<Columns<{ -readonly [K in keyof F]: string | null }>> {
  const entries = Object.entries(fields)
  if (entries.length === 0) throw new ArgumentError('readFwf: name at least one column')
  for (const [name, [begin, end]] of entries) {
    if (!Number.isInteger(begin) || !Number.isInteger(end) || begin < 0 || end <= begin)
      throw new ArgumentError(
        `readFwf: "${name}" begins and ends at ${describe([begin, end])}: two places, one after the other, are expected`,
      )
  }
  const files = resolveFilesSync(path)
  const { blockSize, compression = 'infer', encoding, delimiter, errors } = options
  // Where lines are left out, they are counted from the beginning of a file.
  const cut = skip > 0 ? { blockSize: null } : blockSize === undefined ? {} : { blockSize }
  const blocks = planText(files, { ...cut, compression })
  const shared: FixedFields = {
    options: {
      ...(encoding !== undefined && { encoding }),
      ...(delimiter !== undefined && { delimiter }),
      ...(errors !== undefined && { errors }),
    },
    fields: entries,
    skip,
  }
  const columns = fieldColumns(shared)
  return new DataFrame({
    kind: 'table',
    label: `fields of ${files[0]!.path}${files.length > 1 ? ` and ${files.length - 1} more` : ''}`,
    source: piecesSource(columns, () => fieldsOf(blocks, shared), {
      label: 'fields',
      run: readFieldsPiece,
      pieces: blocks,
      shared,
    }),
    columns: columns.map(({ name, type }) => ({ name, type: { sql: type } })),
  })
}

/** The same as `readCsv`, of fields that tabs stand between. */
export function readTable<S extends object = { [name: string]: string | number | boolean | Date | null }>(
  path: string | readonly string[],
  options: ReadCsvOptions = {},
): DataFrame<Columns<S>> {
  return readCsv<S>(path, { delimiter: '\t', ...options })
}
