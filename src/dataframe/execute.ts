import { Database, type JsFunction, type QueryOptions, type ResultRows } from '../duckdb/index.js'
import { type Relation, inputsOf, scalarsOf } from './plan/relation.js'
import { someScalar } from './plan/scalar.js'
import { optimised } from './rules/index.js'
import { macros } from './sql/macros.js'
import { relationSql } from './sql/relation-sql.js'
import { macroFunctions } from './translate/js-part.js'

let opened: Promise<Database> | undefined

/** The database of this process; it is opened when the first dataframe is computed. */
export function database(): Promise<Database> {
  if (opened === undefined) {
    opened = Database.open(macros, macroFunctions)
    opened.catch(() => {
      opened = undefined
    })
  }
  return opened
}

/** Computes a plan. @param optimize whether the rules are applied first */
export async function execute(plan: Relation, options: QueryOptions, optimize = true): Promise<ResultRows> {
  const db = await database()
  return db.query(await statementOf(optimize ? optimised(plan) : plan, db, options), options)
}

/** The statement of an optimised plan, once everything that it mentions is there. */
export async function statementOf(plan: Relation, db: Database, options: QueryOptions): Promise<string> {
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
