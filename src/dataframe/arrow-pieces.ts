import { type ArrowMessage, type ArrowOutline, type TableValue, arrowFromBytes, readArrowMessages } from '../duckdb/index.js'
import type { TaskContext } from '../graph/index.js'
import { operation } from '../transfer/index.js'
import { type ArrowLike, arrowColumns, arrowRows } from './arrow-rows.js'
import type { BatchRows } from './batch-source.js'
import { tableOfBatches } from './physical/read-pieces.js'

/** What one task reads of a file of Arrow. */
export interface ArrowPiece {
  readonly path: string
  readonly messages: readonly ArrowMessage[]
}

/** Cuts a file into batches of rows of about so many bytes, each with the dictionaries that came before. */
export function arrowPieces(path: string, { messages }: ArrowOutline, blockSize: number): ArrowPiece[] {
  const pieces: ArrowPiece[] = []
  const dictionaries: ArrowMessage[] = []
  let some: ArrowMessage[] = []
  let bytes = 0
  const flush = () => {
    if (bytes > 0) pieces.push({ path, messages: some })
    some = [...dictionaries]
    bytes = 0
  }
  for (const message of messages) {
    if (message.isRows && bytes > 0 && bytes + message.length > blockSize) flush()
    some.push(message)
    if (message.isRows) bytes += message.length
    else dictionaries.push(message)
  }
  flush()
  return pieces.length > 0 ? pieces : [{ path, messages: [] }]
}

/** The rows of pieces, of which one at a time is in memory. */
export function* rowsOfPieces(pieces: readonly ArrowPiece[], head: Uint8Array): Generator<BatchRows> {
  for (const { path, messages } of pieces) {
    const table = arrowFromBytes(readArrowMessages(path, head, messages)) as ArrowLike
    yield* arrowRows(table, arrowColumns(table.schema.fields))
  }
}

/** Runs as a task: the rows of a piece, as a table. `shared`: the beginning of its file as a stream. */
export const readArrowPiece = operation(
  import.meta.url,
  'readArrowPiece',
  (_inputs: readonly unknown[], piece: ArrowPiece, head: Uint8Array, context: TaskContext): Promise<TableValue> => {
    context.occupy?.()
    const { schema } = arrowFromBytes(readArrowMessages(piece.path, head, [])) as ArrowLike
    return tableOfBatches(arrowColumns(schema.fields).columns, () => rowsOfPieces([piece], head), context.scratch())
  },
)
