import { ArgumentError, describe } from '../base/index.js'
import { Bag } from '../bag/index.js'
import { Delayed, delayed } from '../delayed/index.js'
import type { ArrowTable, ResultColumn, TableValue } from '../duckdb/index.js'
import { type ComputeOptions, type Expression, LazyCollection, computeAll } from '../expr/index.js'
import type { TaskFunction } from '../graph/index.js'
import { DataFrame } from './data-frame.js'
import { missingColumn } from './errors.js'
import { typesByName } from './lambdas.js'
import { planExecutor, planFor, resultOf } from './physical/distributed.js'
import { Together } from './physical/fragment.js'
import { OnePart, Repartitioned, type Range, evenPieces, rangeOf } from './physical/partition-expressions.js'
import { OfTables, type TableMapping, mapTable, partsSource, recordsOf, tableOfRecords } from './physical/table-parts.js'
import type { Column, Relation } from './plan/relation.js'
import { optimised } from './rules/index.js'
import type { RowOf, Schema } from './readers.js'
import { quoteName } from './sql/literal.js'
import type { TypeName } from './lambdas.js'

/** The partitions of a plan: tables, as an executor makes them. */
export function partsOf(plan: Relation): Expression {
  const best = optimised(plan)
  return planFor(best, planExecutor(best)).root
}

/** A dataframe of the tables that an expression gives. */
export function frameOf<S extends object>(parts: Expression, columns: readonly Column[], label: string): DataFrame<S> {
  return new DataFrame<S>({ kind: 'table', label, source: partsSource(parts), columns })
}

/** The columns of a schema. */
function columnsOf(schema: Schema, where: string): Column[] {
  const entries = Object.entries(schema)
  if (entries.length === 0) throw new ArgumentError(`${where}: the schema names no columns`)
  return entries.map(([name, given]): Column => {
    const type = typesByName[given.replace('?', '') as TypeName]
    if (type === undefined)
      throw new ArgumentError(
        `${where}: the schema says ${describe(given)} of "${name}": 'number', 'string', 'boolean', 'Date' or 'bigint' is expected`,
      )
    return { name, type, nullable: given.endsWith('?') }
  })
}

function sent(columns: readonly Column[]): ResultColumn[] {
  return columns.map(({ name, type }) => ({ name, type: type.sql }))
}

/** See `DataFrame.mapPartitions`. */
export function mappedPartitions(plan: Relation, fn: unknown, schema: Schema): DataFrame<object> {
  if (typeof fn !== 'function') throw new ArgumentError(`mapPartitions: a function of a table is expected, not ${describe(fn)}`)
  const columns = columnsOf(schema, 'mapPartitions')
  const mapping: TableMapping = { fn: fn as (table: ArrowTable) => unknown, columns: sent(columns) }
  return frameOf(new OfTables('mapPartitions', partsOf(plan), mapTable, mapping, false), columns, 'mapPartitions')
}

/** See `DataFrame.toBag`. */
export function bagOf<S extends object>(plan: Relation): Bag<S> {
  return new Bag<S>(new OfTables('toBag', partsOf(plan), recordsOf, bigintsOf(plan), false))
}

/** See `DataFrame.toDelayed`. */
export function delayedOf<S extends object>(plan: Relation): Delayed<S[]>[] {
  const records = new OfTables('toDelayed', partsOf(plan), recordsOf, bigintsOf(plan), false)
  return Array.from({ length: records.size }, (_, part) => new Delayed<S[]>(new OnePart(records, part)))
}

function bigintsOf({ columns }: Relation): string[] {
  return columns.filter(({ type }) => type.bigint === true).map(({ name }) => name)
}

/** See `DataFrame.repartition`. */
export function repartitioned<S extends object>(plan: Relation, partitions: number): DataFrame<S> {
  if (!Number.isInteger(partitions) || partitions < 1)
    throw new ArgumentError(`repartition: a whole number of partitions is expected, not ${describe(partitions)}`)
  const parts = partsOf(plan)
  return frameOf(new Repartitioned(parts, evenPieces(parts.size, partitions)), plan.columns, `repartition ${partitions}`)
}

/** See `DataFrame.getPartition`. */
export function partOf<S extends object>(plan: Relation, part: number): DataFrame<S> {
  const parts = partsOf(plan)
  if (!Number.isInteger(part) || part < 0 || part >= parts.size)
    throw new ArgumentError(`getPartition: there are ${parts.size} partitions, from 0; ${describe(part)} is none of them`)
  return frameOf(new OnePart(parts, part), plan.columns, `partition ${part}`)
}

/** See `DataFrame.divisions`. */
export async function divisionsOf(plan: Relation, name: string, options: ComputeOptions): Promise<unknown[]> {
  if (!plan.columns.some((column) => column.name === name)) throw missingColumn(name, plan.columns, 'divisions')
  const parts = new Ranges(new OfTables('divisions', partsOf(plan), rangeOf, quoteName(name), false))
  const [ranges] = (await computeAll([parts], options)) as [(Range | undefined)[]]
  const known = ranges.filter((range) => range !== undefined)
  return known.length === 0 ? [] : [...known.map(({ least }) => least), known.at(-1)!.most]
}

class Ranges extends LazyCollection<(Range | undefined)[]> {
  readonly expression: Expression

  constructor(expression: Expression) {
    super()
    this.expression = expression
  }

  finalize(values: unknown[]): (Range | undefined)[] {
    return values as (Range | undefined)[]
  }

  rebuild(expression: Expression): this {
    return new Ranges(expression) as this
  }
}

/** A dataframe among other collections: in one `compute` with bags, and as an argument of delayed functions, which get its rows. */
export class FrameCollection extends LazyCollection<ArrowTable> {
  readonly #plan: Relation
  readonly #parts: Expression

  constructor(plan: Relation, parts: Expression = partsOf(plan)) {
    super()
    this.#plan = plan
    this.#parts = parts
  }

  get expression(): Expression {
    return this.#parts
  }

  finalize(values: unknown[]): ArrowTable {
    // Who computes several collections at once waits for those that promise their result.
    return resultOf(this.#plan, values as TableValue[]).then((rows) => rows.arrow()) as unknown as ArrowTable
  }

  rebuild(expression: Expression): this {
    return new FrameCollection(this.#plan, expression) as this
  }

  override get gathering(): TaskFunction {
    return recordsOf as unknown as TaskFunction
  }
}

/**
 * A dataframe of what a function gives for each of some inputs: one partition for each, made where it is needed.
 *
 * @throws ColumnError (when it is computed) for a value that is not of the type that the schema says
 * @example
 * const prices = fromMap(async (day: string) => (await fetch(`${site}/${day}`)).json(), days, {
 *   schema: { item: 'string', price: 'number?' },
 * })
 */
export function fromMap<I, const C extends Schema>(
  fn: (input: I) => Iterable<RowOf<C>> | Promise<Iterable<RowOf<C>>>,
  inputs: Iterable<I>,
  options: { readonly schema: C },
): DataFrame<RowOf<C>> {
  if (typeof fn !== 'function') throw new ArgumentError(`fromMap: a function is expected, not ${describe(fn)}`)
  const make = delayed(fn as (input: unknown) => Iterable<RowOf<C>>)
  return fromDelayed(
    Array.from(inputs, (input) => make(input) as Delayed<Iterable<RowOf<C>>>),
    options,
  )
}

/**
 * A dataframe of delayed lists of objects: one partition for each.
 *
 * @throws ColumnError (when it is computed) for a value that is not of the type that the schema says
 * @example fromDelayed(files.map((file) => delayed(load)(file)), { schema: { id: 'number', name: 'string' } })
 */
export function fromDelayed<const C extends Schema>(
  parts: Iterable<Delayed<Iterable<RowOf<C>>>>,
  { schema }: { readonly schema: C },
): DataFrame<RowOf<C>> {
  const list = [...parts]
  if (list.length === 0) throw new ArgumentError('fromDelayed: at least one partition is needed')
  for (const each of list)
    if (!(each instanceof Delayed)) throw new ArgumentError(`fromDelayed: a delayed value is expected, not ${describe(each)}`)
  const columns = columnsOf(schema, 'fromDelayed')
  const together = new Together(list.map(({ expression }) => expression))
  return frameOf(new OfTables('fromDelayed', together, tableOfRecords, sent(columns), false), columns, 'fromDelayed')
}

/**
 * A dataframe of a bag of objects: its partitions are those of the bag.
 *
 * @throws ColumnError (when it is computed) for a value that is not of the type that the schema says
 * @example fromBag(bag.readJson('events/*.jsonl'), { schema: { id: 'number', name: 'string?' } })
 */
export function fromBag<const C extends Schema>(items: Bag<RowOf<C>>, { schema }: { readonly schema: C }): DataFrame<RowOf<C>> {
  if (!(items instanceof Bag)) throw new ArgumentError(`fromBag: a bag is expected, not ${describe(items)}`)
  const columns = columnsOf(schema, 'fromBag')
  const parts = new OfTables('fromBag', items.optimize().expression, tableOfRecords, sent(columns), false)
  return frameOf(parts, columns, 'fromBag')
}
