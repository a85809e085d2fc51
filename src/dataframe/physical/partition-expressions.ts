import { Expression, type LowerContext } from '../../expr/index.js'
import type { TaskContext } from '../../graph/index.js'
import { operation } from '../../transfer/index.js'
import { type TableValue, tablesSql, withFolder } from '../../duckdb/index.js'
import { threadDatabase } from '../databases.js'
import { writeInMain } from './run-fragment.js'

/** One of the partitions of an expression. It has no tasks of its own. */
export class OnePart extends Expression {
  readonly label: string
  readonly size = 1
  readonly #part: number

  constructor(input: Expression, part: number) {
    super([input])
    this.label = input.label
    this.#part = part
  }

  identity(): string {
    return String(this.#part)
  }

  lower(_context: LowerContext, [input]: readonly ArrayLike<number>[]): number[] {
    return [input![this.#part]!]
  }

  withInputs([input]: readonly Expression[]): OnePart {
    return new OnePart(input!, this.#part)
  }
}

/** A piece of a table: number `piece` of `of` pieces of about as many rows. */
export type Piece = readonly [partition: number, piece: number, of: number]

/** The rows of tables in the same order, in other partitions. */
export class Repartitioned extends Expression {
  readonly label = 'repartition'
  readonly #groups: readonly (readonly Piece[])[]

  constructor(input: Expression, groups: readonly (readonly Piece[])[]) {
    super([input])
    this.#groups = groups
  }

  get size(): number {
    return this.#groups.length
  }

  identity(): string {
    return JSON.stringify(this.#groups)
  }

  lower(context: LowerContext, [input]: readonly ArrayLike<number>[]): number[] {
    const layer = context.layer({ run: putPieces as never, scratch: true })
    return this.#groups.map((pieces) =>
      layer.task(
        pieces.map(([partition]) => input![partition]!),
        pieces.map(([, piece, of]) => [piece, of]),
      ),
    )
  }

  withInputs([input]: readonly Expression[]): Repartitioned {
    return new Repartitioned(input!, this.#groups)
  }
}

/** Makes `count` partitions of `from`: joins whole neighbours, or cuts partitions into as many pieces as are needed. */
export function evenPieces(from: number, count: number): Piece[][] {
  if (count <= from) {
    return Array.from({ length: count }, (_, i) => {
      const start = Math.floor((i * from) / count)
      const end = Math.floor(((i + 1) * from) / count)
      return Array.from({ length: end - start }, (_piece, n): Piece => [start + n, 0, 1])
    })
  }
  return Array.from({ length: from }, (_, partition) => {
    const of = Math.floor(((partition + 1) * count) / from) - Math.floor((partition * count) / from)
    return Array.from({ length: of }, (_piece, piece): Piece[] => [[partition, piece, of]])
  }).flat()
}

/** Runs as a task: pieces of tables, put together. `own`: for each input which piece. */
export const putPieces = operation(
  import.meta.url,
  'putPieces',
  async (
    inputs: readonly unknown[],
    own: readonly (readonly [piece: number, of: number])[],
    _shared: unknown,
    context: TaskContext,
  ): Promise<TableValue> => {
    context.occupy?.()
    const tables = inputs as readonly TableValue[]
    return await withFolder(context.scratch(), (folder) => {
      const selects = tables.map((table, n) => {
        const [piece, of] = own[n]!
        const from = Math.floor((table.rows * piece) / of)
        const end = Math.floor((table.rows * (piece + 1)) / of)
        const rows = tablesSql([table], folder, `piece-${n}`)
        return of === 1 ? `SELECT * FROM ${rows}` : `SELECT * FROM ${rows} LIMIT ${end - from} OFFSET ${from}`
      })
      return writeInMain(context, selects.map((select) => `(${select})`).join(' UNION ALL '), folder)
    })
  },
)

export interface Range {
  readonly least: unknown
  readonly most: unknown
}

/** Runs as a task: the least and the largest value of a column (`shared`: its SQL) in a table; undefined where it has none. */
export const rangeOf = operation(
  import.meta.url,
  'rangeOf',
  (inputs: readonly unknown[], _own: unknown, column: string, context: TaskContext): Promise<Range | undefined> => {
    context.occupy?.()
    return withFolder(context.scratch(), async (folder) => {
      const from = tablesSql(inputs as TableValue[], folder, 'part')
      const rows = await (await threadDatabase()).query(`SELECT min(${column}) AS least, max(${column}) AS most FROM ${from}`)
      const [least] = rows.values('least', false)
      const [most] = rows.values('most', false)
      return least === null ? undefined : { least, most }
    })
  },
)

export interface Summary {
  readonly rows: number
  readonly bytes: number
  readonly seconds: number
}

/** Runs as a task: how large a table is, or what was sent of one. */
export const summaryOf = operation(import.meta.url, 'summaryOf', (inputs: readonly unknown[]): Summary => {
  const { rows, seconds, parquet, bytes } = inputs[0] as TableValue & { readonly bytes?: number }
  return { rows, seconds, bytes: bytes ?? parquet.length }
})
