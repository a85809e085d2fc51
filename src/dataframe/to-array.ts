import type { ChunkedArray } from '../array/index.js'
import { ArgumentError, describe, loadNow } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { Delayed } from '../delayed/index.js'
import type { TableValue } from '../duckdb/index.js'
import { type RealDType, dtypeOf, isComplex, kindOf, numberArrays, promoteTypes } from '../kernels/index.js'
import { operation } from '../transfer/index.js'
import { threadDatabase } from './databases.js'
import { ColumnError } from './errors.js'
import { partsOf } from './partitions.js'
import { OnePart } from './physical/partition-expressions.js'
import { OfTables, rowsOf } from './physical/table-parts.js'
import { type Named, type Relation, identity, projected } from './plan/relation.js'
import { type Scalar, call, cast, literal } from './plan/scalar.js'
import { classOf, describeType, double, integer } from './plan/type.js'

export type { ChunkedArray }

/** How the columns of a dataframe become an array. */
export interface ToArrayOptions<D extends RealDType = RealDType> {
  /** the type of the elements; unless told, the least that has all columns' types, by NumPy's rules */
  readonly dtype?: D | undefined
  /** the number of rows of each partition, where it is known: else it is NaN, and `computeChunkSizes()` finds it out */
  readonly lengths?: readonly number[] | undefined
}

/** The types of SQL that are elements of arrays, and those of elements in SQL. */
const sqlTypes: readonly (readonly [sql: string, dtype: RealDType])[] = [
  ['BOOLEAN', 'bool'],
  ['TINYINT', 'int8'],
  ['UTINYINT', 'uint8'],
  ['SMALLINT', 'int16'],
  ['USMALLINT', 'uint16'],
  ['INTEGER', 'int32'],
  ['UINTEGER', 'uint32'],
  ['BIGINT', 'int64'],
  ['UBIGINT', 'uint64'],
  ['FLOAT', 'float32'],
  ['DOUBLE', 'float64'],
]
const dtypes: Readonly<Record<string, RealDType>> = {
  ...Object.fromEntries(sqlTypes),
  // Sums of integers: those that do not fit are an error when they are computed.
  HUGEINT: 'int64',
  UHUGEINT: 'uint64',
  NULL: 'float64',
  '"NULL"': 'float64',
}
const typesOf = Object.fromEntries(sqlTypes.map(([sql, dtype]) => [dtype, { sql }])) as Readonly<
  Record<RealDType, { readonly sql: string }>
>

// Loaded by the programs that use it: importing dataframes must not cost what arrays need.
const arrays = () => loadNow(import.meta.url, '../array/index.js') as typeof import('../array/index.js')

/** What the tasks of an array share: its type, and the columns. */
interface Block {
  readonly dtype: RealDType
  readonly columns: readonly string[]
}

/** See `DataFrame.toArray`, and `Series.toArray`, of which there is one axis. */
export function arrayOf<D extends RealDType>(
  plan: Relation,
  { dtype, lengths }: ToArrayOptions<D>,
  axes: 1 | 2,
): ChunkedArray<D> {
  const type = (dtype === undefined ? commonType(plan) : realType(dtype)) as D
  const columns = identity(plan).map(([name, value]): Named => [name, element(name, value, type)])
  const block: Block = { dtype: type, columns: columns.map(([name]) => name) }
  const blocks = new OfTables('toArray', partsOf(projected(plan, columns)), blockOfTable, block, false)
  const rows = lengths ?? new Array<number>(blocks.size).fill(NaN)
  if (rows.length !== blocks.size)
    throw new ArgumentError(`toArray: ${rows.length} lengths for ${blocks.size} partitions: give the rows of each`)
  const parts = Array.from(
    rows,
    (_, part) => new Delayed<InstanceType<(typeof numberArrays)[RealDType]>>(new OnePart(blocks, part)),
  )
  const { fromChunks } = arrays()
  return axes === 1
    ? fromChunks(parts, { chunks: [rows], dtype: type })
    : fromChunks(
        parts.map((part) => [part]),
        { chunks: [rows, [columns.length]], dtype: type },
      )
}

function realType(name: string): RealDType {
  const dtype = dtypeOf(name)
  if (isComplex(dtype))
    throw new ArgumentError(`toArray: columns have no complex numbers: a type other than ${dtype} is expected`)
  return dtype
}

function commonType({ columns }: Relation): RealDType {
  const found = columns.map(({ name, type }) => {
    const dtype = classOf(type) === 'decimal' ? 'float64' : dtypes[type.sql]
    if (dtype === undefined) throw noNumbers(name, describeType(type), classOf(type) === 'date')
    return dtype
  })
  return found.reduce((a, b) => promoteTypes(a, b) as RealDType)
}

function noNumbers(name: string, type: string, date: boolean): ColumnError {
  const how = date
    ? `assign({ ${JSON.stringify(name)}: (row) => row[${JSON.stringify(name)}].getTime() })`
    : 'numbers of it with assign()'
  return new ColumnError(
    `toArray: the column ${JSON.stringify(name)} is ${type}, and arrays are of numbers: select() those columns, or make ${how}`,
  )
}

/** A column as elements of a type, where nothing is lost: what does not fit is an error when it is computed. */
function element(name: string, value: Scalar, dtype: RealDType): Scalar {
  const type = typesOf[dtype]
  if (value.type.sql === type.sql) return value
  const kind = classOf(value.type)
  if (kind === 'null') return cast(value, type)
  if (dtypes[value.type.sql] === undefined && kind !== 'decimal') throw noNumbers(name, describeType(value.type), kind === 'date')
  if (dtype === 'bool') return call('<>', type, value, literal(0, integer))
  if (kind === 'boolean') return cast(cast(value, integer), type)
  const floats = kindOf(dtype) === 'float'
  if (kind === 'long' && floats) return cast(call('js_exact', double, value), type)
  if ((kind === 'double' || kind === 'decimal') && !floats) return cast(call('js_whole', { sql: 'HUGEINT' }, value), type)
  return cast(value, type)
}

/** Runs as a task: the rows of a table as the elements of a block, those of one row side by side. */
export const blockOfTable = operation(
  import.meta.url,
  'blockOfTable',
  (inputs: readonly unknown[], _own: unknown, { dtype, columns }: Block, context: TaskContext): Promise<unknown> => {
    context.occupy?.()
    return rowsOf(inputs as TableValue[], async (sql) => {
      const rows = await (await threadDatabase()).query(sql)
      const width = columns.length
      const block: { [place: number]: unknown } = new numberArrays[dtype](rows.length * width)
      const floats = kindOf(dtype) === 'float'
      await rows.each((value, row, column) => {
        if (value !== null) block[row * width + column] = value
        else if (floats) block[row * width + column] = NaN
        else throw noValue(columns[column]!, row, dtype, context.key)
      })
      return block
    })
  },
)

function noValue(column: string, row: number, dtype: RealDType, key: string): ColumnError {
  return new ColumnError(
    `toArray: the column ${describe(column)} has no value in row ${row} of its partition (task ${key}), and ${dtype} has nothing for that: ` +
      `fillna() or dropna() first, or toArray({ dtype: 'float64' }), where it becomes NaN`,
  )
}
