import { formatBytes } from '../../base/index.js'
import { availableCores, config } from '../../config/index.js'
import { type Executor, type ExecutorChoice, TaskError, chooseExecutor, executorElsewhere } from '../../executor/index.js'
import {
  QueryError,
  type Database,
  type ResultRows,
  isOutOfMemory,
  TableFiles,
  type TableValue,
  withFolder,
} from '../../duckdb/index.js'
import { type ComputeOptions, type Expression, LazyCollection, computeAll } from '../../expr/index.js'
import { copyDatabase, database } from '../databases.js'
import { type Relation, inputsOf, scalarsOf } from '../plan/relation.js'
import { hasWindow, someScalar } from '../plan/scalar.js'
import { quoteName } from '../sql/literal.js'
import { isOfProgram } from '../translate/js-part.js'
import type { PlannerOptions } from './cuts.js'
import { type PhysicalPlan, physicalPlan } from './planner.js'
import type { Fragment } from './fragment.js'
import { shownOwnSql } from './own-sql.js'
import { OnePart, type Summary, summaryOf } from './partition-expressions.js'
import { inRangeMark, rowMark, slotMark } from './run-fragment.js'
import { OfTables, type PartsSource, TableParts, partsSource } from './table-parts.js'

/** So many rows of a result are brought here at once. */
const mostRowsAtOnce = 2_000_000

/**
 * The executor that a plan is cut for; undefined: it runs as one statement in this process, whose database has all its cores.
 * Functions of the program that run as JavaScript are for executor threads: here they would stop everything else.
 */
export function planExecutor(plan: Relation, choice?: ExecutorChoice): Executor | undefined {
  const elsewhere = executorElsewhere(choice)
  if (elsewhere || !callsProgram(plan)) return elsewhere
  const here = chooseExecutor(choice)
  return here.isolated ? here : undefined
}

function callsProgram(plan: Relation): boolean {
  const seen = new Set<Relation>()
  const visit = (relation: Relation): boolean => {
    if (seen.has(relation)) return false
    seen.add(relation)
    const here = scalarsOf(relation).some((scalar) => someScalar(scalar, (part) => part.kind === 'js' && isOfProgram(part.fn)))
    return here || inputsOf(relation).some(visit)
  }
  return visit(plan)
}

/** The plan for an executor. */
export function planFor(plan: Relation, executor: Executor | undefined): PhysicalPlan {
  return physicalPlan(plan, plannerOptions(executor))
}

function plannerOptions(executor: Executor | undefined): PlannerOptions {
  const { partitionRows, partitionBytes, gatherRows, splitEvery } = config.get('dataframe')
  return { concurrency: executor?.concurrency ?? availableCores(), partitionRows, partitionBytes, gatherRows, splitEvery }
}

/**
 * Computes an optimised plan on an executor, and has something done with a statement that gives its rows here.
 * @param once it cannot be done again if it fails
 */
export async function withRows<T>(
  plan: Relation,
  executor: Executor,
  options: ComputeOptions,
  work: (db: Database, sql: string) => Promise<T>,
  once = false,
): Promise<T> {
  const first = await firstRows(plan, executor, options)
  return withFolder(undefined, async (folder) => {
    const files = new TableFiles(folder, 'part')
    if (first) first.forEach((table) => files.add(table))
    const isLarge = !first && (await collect(planFor(plan, executor), executor, options, files))
    const sql = selectSql(plan, files)
    if (!isLarge) return work(await database(), sql)
    return once ? work(await copyDatabase(), sql) : inLittleMemory((db) => work(db, sql))
  })
}

/** Has something done by a database with a bound of its own, or if rows are too wide for that by that of the process. */
async function inLittleMemory<T>(work: (db: Database) => Promise<T>): Promise<T> {
  try {
    return await work(await copyDatabase())
  } catch (error) {
    if (!(error instanceof QueryError) || !isOutOfMemory(error)) throw error
    return work(await database())
  }
}

/**
 * Has a plan computed, and its tables brought to files here. Of a large result one after the other, so that it may be larger
 * than memory; then it gives true.
 */
async function collect(physical: PhysicalPlan, executor: Executor, options: ComputeOptions, files: TableFiles): Promise<boolean> {
  const { root, rows } = physical
  if (root.size === 1 || rows <= mostRowsAtOnce) {
    for (const table of await computed(physical, executor, options)) files.add(table)
    return false
  }
  for (const table of physical.given) await table.brought()
  const kept = new TableParts(root).persist({ ...options, executor }).expression
  for (let part = 0; part < root.size; part++) {
    const [table] = await asPlanned(new TableParts(new OnePart(kept, part)).compute({ ...options, executor }))
    files.add(table!)
  }
  return true
}

/**
 * The tables of a plan that wants some rows of files, whichever come first, if the first part of them has as many: the others
 * are not read then. undefined: it has not, or another plan.
 */
async function firstRows(plan: Relation, executor: Executor, options: ComputeOptions): Promise<TableValue[] | undefined> {
  const wanted = rowsWanted(plan)
  if (wanted === undefined) return undefined
  const physical = physicalPlan(plan, { ...plannerOptions(executor), pieces: 1 })
  const tables = await computed(physical, executor, options)
  return tables.reduce((sum, { rows }) => sum + rows, 0) === wanted ? tables : undefined
}

/** How many rows a plan wants that nothing orders, groups or joins; undefined of others. */
function rowsWanted(plan: Relation): number | undefined {
  let wanted: number | undefined
  for (let at = plan; ; ) {
    if (at.kind === 'scan') return wanted
    if (at.kind === 'limit' && wanted === undefined && at.count > 0) wanted = at.count
    else if (at.kind === 'filter' ? wanted === undefined : at.kind !== 'project') return undefined
    if (!('input' in at) || scalarsOf(at).some(hasWindow)) return undefined
    at = at.input
  }
}

async function computed({ root, given }: PhysicalPlan, executor: Executor, options: ComputeOptions): Promise<TableValue[]> {
  for (const table of given) await table.brought()
  return asPlanned(new TableParts(root).compute({ ...options, executor }))
}

async function asPlanned<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    // What is wrong with a statement or a function of rows is the same mistake wherever it ran.
    throw error instanceof TaskError && error.cause instanceof QueryError ? error.cause : error
  }
}

/** The rows of a plan that was computed. */
export function resultOf(plan: Relation, tables: readonly TableValue[]): Promise<ResultRows> {
  return withFolder(undefined, async (folder) => {
    const files = new TableFiles(folder, 'part')
    tables.forEach((table) => files.add(table))
    return (await database()).query(selectSql(plan, files))
  })
}

function selectSql({ columns }: Relation, files: TableFiles): string {
  const names = columns.map(({ name }) => quoteName(name)).join(', ')
  return `SELECT ${names} FROM ${files.sql()} AS result`
}

/** Starts computing an optimised plan on an executor; gives the plan of reading what it makes. */
export function persistOn(plan: Relation, executor: Executor, options: ComputeOptions): PartsSource {
  const physical = planFor(plan, executor)
  return partsSource(new TableParts(physical.root).persist({ ...options, executor }).expression)
}

/** The fragments of a plan as text: how often each runs, what it reads, and its statement; then how groups meet, and why. */
export function physicalLines(plan: Relation, executor: Executor): string {
  const { fragments, choices } = planFor(plan, executor)
  const lines = fragments.map((fragment, i) => `${i + 1}. ${fragmentLine(fragment, fragments)}\n${indent(shownSql(fragment))}`)
  return [...lines, ...choices].join('\n')
}

/** Runs a plan on an executor, and gives its fragments with rows, bytes and seconds. */
export async function analyzed(plan: Relation, executor: Executor, options: ComputeOptions): Promise<string> {
  const physical = planFor(plan, executor)
  for (const table of physical.given) await table.brought()
  const { fragments, choices } = physical
  const started = performance.now()
  const summaries = fragments.map(
    (fragment) => new Summaries(new OfTables(`${fragment.label}-summary`, fragment, summaryOf, undefined, false)),
  )
  const all = (await computeAll(summaries, { ...options, executor })) as Summary[][]
  const lines = fragments.map((fragment, i) => {
    const sum = (of: (each: Summary) => number) => all[i]!.reduce((total, each) => total + of(each), 0)
    const cost = `${sum((each) => each.rows)} rows, ${formatBytes(sum((each) => each.bytes))}, ${seconds(sum((each) => each.seconds))}`
    return `${i + 1}. ${fragmentLine(fragment, fragments)}: ${cost}\n${indent(shownSql(fragment))}`
  })
  return `${[...lines, ...choices].join('\n')}\nin all ${seconds((performance.now() - started) / 1000)} on ${executor.name}`
}

function seconds(value: number): string {
  return `${value.toFixed(3)} s`
}

function fragmentLine(fragment: Fragment, all: readonly Fragment[]): string {
  const { spec, inputs } = fragment
  const to = { table: '', shuffle: ', dealt out by hash', spread: ', dealt out by hash', ranges: ', dealt out by ranges' }[
    spec.sink.kind
  ]
  const from = inputs.flatMap((input) => sourcesOf(input, all))
  const where = spec.functions.length > 0 ? ', in executor threads' : ''
  return `${fragment.describe()}${to}${where}${from.length > 0 ? `, of ${[...new Set(from)].join(', ')}` : ''}`
}

/** What an input is made of: the numbers of fragments, or what it is called. */
function sourcesOf(input: Expression, all: readonly Fragment[]): string[] {
  const number = all.indexOf(input as Fragment)
  if (number >= 0) return [String(number + 1)]
  return input.inputs.length === 0 ? [input.label] : input.inputs.flatMap((each) => sourcesOf(each, all))
}

/** The statement, with names for what is put in. */
function shownSql({ spec, own }: Fragment): string {
  let at = 0
  return spec.slots
    .reduce((sql, slot, i) => {
      const name = slot.kind === 'own' ? shownOwnSql(own![0]![at++]!) : `input_${i + 1}`
      return sql.replaceAll(slotMark(i), () => name)
    }, spec.sql)
    .replaceAll(rowMark, 'first_row')
    .replaceAll(inRangeMark, 'in_range')
}

function indent(text: string): string {
  return text.replace(/^/gm, '   ')
}

/** What is known of the tasks of a fragment. */
class Summaries extends LazyCollection<Summary[]> {
  readonly expression: Expression

  constructor(expression: Expression) {
    super()
    this.expression = expression
  }

  finalize(values: unknown[]): Summary[] {
    return values as Summary[]
  }

  rebuild(expression: Expression): this {
    return new Summaries(expression) as this
  }
}
