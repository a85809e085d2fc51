import type { Database, JsFunction, ResultRows } from '../duckdb/index.js'
import type { ComputeOptions } from '../expr/index.js'
import { chooseExecutor } from '../executor/index.js'
import { database } from './databases.js'
import { inTurns, wouldKeepMainThread } from './in-turns.js'
import { analyzed, persistOn, planExecutor, withRows } from './physical/distributed.js'
import { type Relation, inputsOf, scalarsOf } from './plan/relation.js'
import { someScalar } from './plan/scalar.js'
import type { Answered } from './remote-files.js'
import type { LocalSource } from './physical/table-parts.js'
import { optimised } from './rules/index.js'
import { relationSql } from './sql/relation-sql.js'

/** Computes a plan. @param optimize whether the rules are applied first */
export async function execute(plan: Relation, options: ComputeOptions, optimize = true): Promise<ResultRows> {
  return withStatement(plan, options, (db, sql) => db.query(sql, options), optimize)
}

/**
 * Has something done with a statement that gives the rows of a plan: where the plan runs in this process the statement is the
 * plan; else it reads what the executor has made.
 * @param once it cannot be done again in another way if it fails
 */
export async function withStatement<T>(
  plan: Relation,
  options: ComputeOptions,
  work: (db: Database, sql: string) => Promise<T>,
  optimize = true,
  once = false,
): Promise<T> {
  const best = optimize ? optimised(plan) : plan
  const executor = planExecutor(best, options.executor)
  if (executor) return withRows(best, executor, options, work, once)
  const db = await database()
  const careful = inTurns(best)
  if (careful !== undefined && once) {
    // What cannot be done again is done with a table, which can be made again.
    const source = localSource(best, options)
    try {
      return await work(db, `SELECT * FROM ${await db.tableOf(source, options)}`)
    } finally {
      await db.dropTable(source)
    }
  }
  if (careful !== undefined) {
    try {
      return await work(db, await statementOf(careful, db, options))
    } catch (error) {
      if (!wouldKeepMainThread(error)) throw error
      // As texts that are not ASCII may be rare, that is known only now. Executor threads have their own databases.
      const threads = chooseExecutor(options.executor)
      if (threads.isolated) return withRows(best, threads, options, work)
    }
  }
  return work(db, await statementOf(best, db, options))
}

/** Starts computing a plan; gives the plan of what reads the rows, which stay where they are made. */
export function persisted(plan: Relation, options: ComputeOptions): Relation {
  const best = optimised(plan)
  const executor = planExecutor(best, options.executor)
  if (executor) return { kind: 'table', label: 'persisted', source: persistOn(best, executor, options), columns: plan.columns }
  const source = localSource(best, options)
  // What goes wrong is told to who computes something of it.
  database()
    .then((db) => db.tableOf(source, options))
    .catch(() => undefined)
  return { kind: 'table', label: 'persisted', source, columns: plan.columns }
}

/** The rows of an optimised plan as a table here, made by executor threads if JavaScript in it would keep the main thread. */
function localSource(plan: Relation, options: ComputeOptions): LocalSource {
  const careful = inTurns(plan)
  if (careful === undefined) return { plan, sql: (db) => statementOf(plan, db, options) }
  return {
    plan,
    sql: (db) => statementOf(careful, db, options),
    otherwise: async (error, db, make) => {
      if (!wouldKeepMainThread(error)) throw error
      const threads = chooseExecutor(options.executor)
      if (threads.isolated) await withRows(plan, threads, options, (_db, sql) => make(sql))
      else await make(await statementOf(plan, db, options))
    },
  }
}

/** See `DataFrame.analyze`. */
export async function analyzePlan(plan: Relation, options: ComputeOptions): Promise<string> {
  const best = optimised(plan)
  const executor = planExecutor(best, options.executor)
  if (executor) return analyzed(best, executor, options)
  const db = await database()
  const rows = await db.query(`EXPLAIN ANALYZE ${await statementOf(best, db, options)}`, options)
  return (rows.values('explain_value', false) as string[]).join('\n')
}

/** The statement of an optimised plan, once everything that it mentions is there. */
export async function statementOf(plan: Relation, db: Database, options: ComputeOptions): Promise<string> {
  const functions: JsFunction[] = []
  const tables = new Map<Relation, string>()
  const waiting: Promise<void>[] = []
  const seen = new Set<Relation>()
  const visit = (relation: Relation): void => {
    if (seen.has(relation)) return
    seen.add(relation)
    for (const scalar of scalarsOf(relation)) {
      someScalar(scalar, (part) => {
        if (part.kind === 'js') functions.push(part.fn)
        return false
      })
    }
    if (relation.kind === 'scan' && relation.remote) waiting.push(filled(relation, db))
    if (relation.kind === 'table')
      waiting.push(db.tableOf(relation.source, options).then((name) => void tables.set(relation, name)))
    inputsOf(relation).forEach(visit)
  }
  visit(plan)
  await Promise.all([...waiting, db.registerAll(functions)])
  return relationSql(plan, (relation) => tables.get(relation)!)
}

/** What a scan reads of files on servers is there then. */
export async function filled({ remote, files, columns }: Relation & { kind: 'scan' }, db: Database): Promise<void> {
  const ask = async (sql: string): Promise<Answered[]> => {
    const rows = await db.query(sql)
    const lists = rows.columns.map(({ name }) => rows.values(name, true) as Answered[number][])
    return Array.from({ length: rows.length }, (_, i) => lists.map((list) => list[i]!))
  }
  await remote?.fill(files, new Set(columns.map(({ name }) => name)), ask)
}
