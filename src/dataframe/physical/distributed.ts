import { availableCores, config } from '../../config/index.js'
import { type Executor, type ExecutorChoice, executorElsewhere } from '../../executor/index.js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, type TableValue, tablesSql, withFolder, writeTable } from '../../duckdb/index.js'
import type { ComputeOptions } from '../../expr/index.js'
import { database } from '../databases.js'
import type { Relation } from '../plan/relation.js'
import { quoteName } from '../sql/literal.js'
import { type PhysicalPlan, type PlannerOptions, physicalPlan } from './planner.js'
import { TableParts } from './table-parts.js'

/** The executor that a plan is cut for; undefined: it runs as one statement in this process, whose database has all its cores. */
export function planExecutor(choice?: ExecutorChoice): Executor | undefined {
  return executorElsewhere(choice)
}

/** The plan for an executor. */
export function planFor(plan: Relation, executor: Executor | undefined): PhysicalPlan {
  return physicalPlan(plan, plannerOptions(executor))
}

function plannerOptions(executor: Executor | undefined): PlannerOptions {
  const { partitionRows, gatherRows } = config.get('dataframe')
  return { concurrency: executor?.concurrency ?? availableCores(), partitionRows, gatherRows }
}

/** Brings what only this process has into a form that travels: tables of its database. */
export async function fillGiven({ given }: PhysicalPlan): Promise<void> {
  if (given.length === 0) return
  const db = await database()
  for (const { source, into } of given) {
    const name = await db.tableOf(source)
    into.table = await withFolder(undefined, async (folder) => {
      const target = join(folder, 'table')
      const written = await writeTable(db, { select: `SELECT * FROM ${name}`, target })
      return { ...written, parquet: readFileSync(target), seconds: 0 }
    })
  }
}

/** Computes an optimised plan on an executor, and has something done with a statement that gives its rows here. */
export async function withRows<T>(
  plan: Relation,
  executor: Executor,
  options: ComputeOptions,
  work: (db: Database, sql: string) => Promise<T>,
): Promise<T> {
  const tables = await tablesOf(plan, executor, options)
  const db = await database()
  const columns = plan.columns.map(({ name }) => quoteName(name)).join(', ')
  return withFolder(undefined, (folder) => work(db, `SELECT ${columns} FROM ${tablesSql(tables, folder, 'part')} AS result`))
}

/** The tables of an optimised plan's partitions. */
export async function tablesOf(plan: Relation, executor: Executor, options: ComputeOptions): Promise<TableValue[]> {
  const physical = planFor(plan, executor)
  await fillGiven(physical)
  return new TableParts(physical.root).compute({ ...options, executor })
}
