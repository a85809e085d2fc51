import type { TableValue } from '../../duckdb/index.js'
import { Expression, type LowerContext } from '../../expr/index.js'
import { type BatchColumn, type BatchRows, batchSource } from '../batch-source.js'
import { threadDatabase } from '../databases.js'
import { type PartsSource, tableHere } from './table-parts.js'

/** Tables that are read in pieces, each where it is needed. */
class ReadPieces extends Expression {
  readonly label: string
  readonly #run: unknown
  readonly #pieces: readonly unknown[]
  readonly #shared: unknown

  constructor(label: string, run: unknown, pieces: readonly unknown[], shared: unknown) {
    super([], undefined)
    this.label = label
    this.#run = run
    this.#pieces = pieces
    this.#shared = shared
  }

  get size(): number {
    return this.#pieces.length
  }

  /** What is read may change from one time to the next. */
  identity(): undefined {
    return undefined
  }

  lower(context: LowerContext): number[] {
    const layer = context.layer({ run: this.#run as never, shared: this.#shared as never, scratch: true })
    return this.#pieces.map((piece) => layer.task([], piece))
  }

  withInputs(): this {
    return this
  }
}

/** How rows are read in pieces elsewhere. */
export interface PiecesOptions<P, S> {
  readonly label: string
  /** an operation that reads one piece; it gives a table */
  readonly run: (inputs: readonly unknown[], piece: P, shared: S, context: never) => Promise<TableValue>
  /** there is at least one */
  readonly pieces: readonly P[]
  readonly shared: S
}

/** Rows that come in batches where a plan is one statement, and in pieces where it is cut. */
export function piecesSource<P, S>(
  columns: readonly BatchColumn[],
  batches: () => AsyncIterable<BatchRows> | Iterable<BatchRows>,
  { label, run, pieces, shared }: PiecesOptions<P, S>,
): PartsSource {
  return { ...batchSource(columns, batches), parts: new ReadPieces(label, run, pieces, shared) }
}

/** A table of rows that come in batches, made by the database of this thread. */
export async function tableOfBatches(
  columns: readonly BatchColumn[],
  batches: () => AsyncIterable<BatchRows> | Iterable<BatchRows>,
  scratch: string | undefined,
): Promise<TableValue> {
  const db = await threadDatabase()
  const source = batchSource(columns, batches)
  try {
    return await tableHere(db, `SELECT * FROM ${await db.tableOf(source)}`, scratch)
  } finally {
    await db.dropTable(source)
  }
}
