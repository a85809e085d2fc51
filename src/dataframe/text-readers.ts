import { ArgumentError, describe } from '../base/index.js'
import { type BlockOptions, type TextOptions, lineBatches, planText } from '../formats/index.js'
import { type FileNames, resolveFilesSync } from '../filesystem/index.js'
import { batchSource } from './batch-source.js'
import { DataFrame } from './data-frame.js'
import { type ReadCsvOptions, readCsv } from './readers.js'
import type { Columns } from './types.js'

export interface ReadTextOptions extends TextOptions, Pick<BlockOptions, 'compression'> {
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
  { includePath = false, compression = 'infer', ...options }: ReadTextOptions = {},
): unknown {
  const files = resolveFilesSync(path)
  const parts = planText(files, { blockSize: null, compression }).flatMap((block) => block.parts)
  const batches = async function* (): AsyncGenerator<string[][]> {
    for (const part of parts)
      for await (const lines of lineBatches(part, options)) yield lines.map((line) => (includePath ? [line, part.path] : [line]))
  }
  const columns = (includePath ? ['line', 'path'] : ['line']).map((name) => ({ name, type: 'VARCHAR' }))
  return new DataFrame({
    kind: 'table',
    label: `lines of ${files[0]!.path}${files.length > 1 ? ` and ${files.length - 1} more` : ''}`,
    source: batchSource(columns, batches),
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
  const parts = planText(files, { blockSize: null, compression: options.compression ?? 'infer' }).flatMap((block) => block.parts)
  const batches = async function* (): AsyncGenerator<(string | null)[][]> {
    for (const part of parts) {
      let left = skip
      for await (const lines of lineBatches(part, options)) {
        const rows = lines.slice(left).filter((line) => line !== '')
        left = Math.max(0, left - lines.length)
        yield rows.map((line) => {
          const characters = Array.from(line)
          return entries.map(([, [begin, end]]) => characters.slice(begin, end).join('').trim() || null)
        })
      }
    }
  }
  const columns = entries.map(([name]) => ({ name, type: 'VARCHAR' }))
  return new DataFrame({
    kind: 'table',
    label: `fields of ${files[0]!.path}${files.length > 1 ? ` and ${files.length - 1} more` : ''}`,
    source: batchSource(columns, batches),
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
