import type { Database, JsFunction, ResultRows } from '../duckdb/index.js'
import type { ComputeOptions } from '../expr/index.js'
import { database } from './databases.js'
import { planExecutor, withRows } from './physical/distributed.js'
import { type Relation, inputsOf, scalarsOf } from './plan/relation.js'
import { someScalar } from './plan/scalar.js'
import { optimised } from './rules/index.js'
import { relationSql } from './sql/relation-sql.js'

/** Computes a plan. @param optimize whether the rules are applied first */
export async function execute(plan: Relation, options: ComputeOptions, optimize = true): Promise<ResultRows> {
  return withStatement(plan, options, (db, sql) => db.query(sql, options), optimize)
}

/**
 * Has something done with a statement that gives the rows of a plan: where the plan runs in this process the statement is the
 * plan; else it reads what the executor has made.
 */
export async function withStatement<T>(
  plan: Relation,
  options: ComputeOptions,
  work: (db: Database, sql: string) => Promise<T>,
  optimize = true,
): Promise<T> {
  const best = optimize ? optimised(plan) : plan
  const executor = planExecutor(options.executor)
  if (executor) return withRows(best, executor, options, work)
  const db = await database()
  return work(db, await statementOf(best, db, options))
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
    if (relation.kind === 'table')
      waiting.push(db.tableOf(relation.source, options).then((name) => void tables.set(relation, name)))
    inputsOf(relation).forEach(visit)
  }
  visit(plan)
  await Promise.all([...waiting, db.registerAll(functions)])
  return relationSql(plan, (relation) => tables.get(relation)!)
}
