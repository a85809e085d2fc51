import { ArgumentError, HeddleError, describe } from '../base/index.js'
import { type ArrowOutline, type ArrowTable, arrowToBytes, outlineArrow } from '../duckdb/index.js'
import { local, resolveFilesSync, resolvePath, storeOf } from '../filesystem/index.js'
import { arrowPieces, readArrowPiece, rowsOfPieces } from './arrow-pieces.js'
import { type ArrowLike, arrowColumns, arrowRows } from './arrow-rows.js'
import type { PieceOptions } from './avro.js'
import { batchSource } from './batch-source.js'
import { DataFrame } from './data-frame.js'
import { ColumnError, DataFrameError } from './errors.js'
import { piecesSource } from './physical/read-pieces.js'
import type { AnyRow } from './readers.js'
import type { Columns } from './types.js'

/**
 * The rows of a table of apache-arrow. Nothing is lost of 64-bit integers, microseconds and nanoseconds; texts of
 * dictionaries become plain ones. The table must not be changed afterwards.
 *
 * @throws ColumnError for types that have no counterpart
 * @example fromArrow<{ city: string; people: number }>(table)
 */
export function fromArrow<S extends object = AnyRow>(table: ArrowLike | ArrowTable): DataFrame<Columns<S>> {
  const from = table as ArrowLike
  if (typeof from !== 'object' || from === null || !('schema' in from) || typeof from.getChildAt !== 'function')
    throw new ArgumentError(`fromArrow: a table of apache-arrow is expected, not ${describe(table)}`)
  const { fields } = from.schema
  if (fields.length === 0) throw new ColumnError('fromArrow: the table has no columns')
  const found = arrowColumns(fields)
  const { columns } = found
  const source = batchSource(columns, () => arrowRows(from, found))
  return new DataFrame<Columns<S>>({
    kind: 'table',
    label: `Arrow table of ${from.numRows} rows`,
    source,
    columns: columns.map(({ name, type }) => ({ name, type: { sql: type } })),
  })
}

const pieceBytes = 32 * 1024 * 1024

/**
 * The rows of files in Arrow's own format (IPC: files and streams, also called Feather). Only their descriptions are read now;
 * rows are when something is computed, some batches at a time, by several processes where there are several.
 *
 * @throws DataFrameError for files that are none, and for compressed ones
 * @example readArrow<{ city: string; people: number }>('cities.arrow')
 */
export function readArrow<S extends object = AnyRow>(
  path: string | readonly string[],
  { blockSize = pieceBytes }: PieceOptions = {},
): DataFrame<Columns<S>> {
  const frames = resolveFilesSync(path).map(({ path: file, size }) => {
    if (storeOf(file) !== local)
      throw new DataFrameError(`${file}: files of Arrow are read from this machine. Copy it here first.`)
    let outline: ArrowOutline
    try {
      outline = outlineArrow(file, size)
    } catch (error) {
      if (error instanceof HeddleError) throw error
      throw new DataFrameError(`${file}: this is no file of Arrow, or a compressed one`, { cause: error })
    }
    if (outline.schema.fields.length === 0) throw new ColumnError(`${file}: the table has no columns`)
    const { columns } = arrowColumns(outline.schema.fields)
    const { head } = outline
    const pieces = arrowPieces(file, outline, blockSize)
    return new DataFrame<Columns<S>>({
      kind: 'table',
      label: `Arrow file ${file}`,
      source: piecesSource(columns, () => rowsOfPieces(pieces, head), {
        label: 'arrow',
        run: readArrowPiece,
        pieces,
        shared: head,
      }),
      columns: columns.map(({ name, type }) => ({ name, type: { sql: type } })),
    })
  })
  const [first, ...others] = frames
  return others.length === 0 ? first! : first!.concat(...others)
}

/** Writes a table into a file of Arrow. Gives the path. */
export async function writeArrow(table: ArrowTable, path: string): Promise<string> {
  const target = resolvePath(path)
  await storeOf(target).write(target, [arrowToBytes(table)])
  return target
}
