import { type FileBlock, type TextOptions, lineBatches } from '../formats/index.js'
import type { TaskContext } from '../graph/index.js'
import { operation } from '../transfer/index.js'
import type { TableValue } from '../duckdb/index.js'
import type { BatchColumn } from './batch-source.js'
import { tableOfBatches } from './physical/read-pieces.js'

/** What is read of files of lines. */
export interface TextLines {
  readonly options: TextOptions
  readonly includePath: boolean
}

export function lineColumns({ includePath }: TextLines): BatchColumn[] {
  return (includePath ? ['line', 'path'] : ['line']).map((name) => ({ name, type: 'VARCHAR' }))
}

/** The lines of blocks, some at a time. */
export async function* linesOf(blocks: readonly FileBlock[], { options, includePath }: TextLines): AsyncGenerator<string[][]> {
  for (const { parts } of blocks)
    for (const part of parts)
      for await (const lines of lineBatches(part, options)) yield lines.map((line) => (includePath ? [line, part.path] : [line]))
}

/** Runs as a task: the lines of a block, as a table. */
export const readTextPiece = operation(
  import.meta.url,
  'readTextPiece',
  (_inputs: readonly unknown[], block: FileBlock, lines: TextLines, context: TaskContext): Promise<TableValue> => {
    context.occupy?.()
    return tableOfBatches(lineColumns(lines), () => linesOf([block], lines), context.scratch())
  },
)

/** What is read of lines whose columns have fixed widths. */
export interface FixedFields {
  readonly options: TextOptions
  readonly fields: readonly (readonly [name: string, place: readonly [begin: number, end: number]])[]
  /** lines at the beginning of each file that are no rows; where there are some, a block is a file */
  readonly skip: number
}

export function fieldColumns({ fields }: FixedFields): BatchColumn[] {
  return fields.map(([name]) => ({ name, type: 'VARCHAR' }))
}

/** The fields of the lines of blocks, some at a time. */
export async function* fieldsOf(
  blocks: readonly FileBlock[],
  { options, fields, skip }: FixedFields,
): AsyncGenerator<(string | null)[][]> {
  for (const { parts } of blocks) {
    for (const part of parts) {
      let left = skip
      for await (const lines of lineBatches(part, options)) {
        const rows = lines.slice(left).filter((line) => line !== '')
        left = Math.max(0, left - lines.length)
        yield rows.map((line) => {
          const characters = Array.from(line)
          return fields.map(([, [begin, end]]) => characters.slice(begin, end).join('').trim() || null)
        })
      }
    }
  }
}

/** Runs as a task: the fields of the lines of a block, as a table. */
export const readFieldsPiece = operation(
  import.meta.url,
  'readFieldsPiece',
  (_inputs: readonly unknown[], block: FileBlock, fields: FixedFields, context: TaskContext): Promise<TableValue> => {
    context.occupy?.()
    return tableOfBatches(fieldColumns(fields), () => fieldsOf([block], fields), context.scratch())
  },
)
