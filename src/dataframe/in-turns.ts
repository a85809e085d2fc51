import { HeddleError } from '../base/index.js'
import { type JsFunction, QueryError } from '../duckdb/index.js'
import { type Relation, mapRelation, mapScalars } from './plan/relation.js'
import { mapScalar } from './plan/scalar.js'

/** So many milliseconds of one of its turns the main thread may spend on functions that statements call. */
const longest = 5
/** Fewer values than these do not take it: it was held up by others. */
const fewValues = 256
/** The clock is asked once for so many values. */
const step = 32

/** A statement calls JavaScript for so many values that the main thread has no time for anything else. */
class MainThreadBusy extends HeddleError {
  static {
    MainThreadBusy.prototype.name = 'MainThreadBusy'
  }
}

let began: number | undefined
let values = 0

/** Called for each value. DuckDB's threads ask again before the turn is over: it does not end while they have values. */
function countValue(): void {
  if (began === undefined) {
    began = performance.now()
    values = 0
    setImmediate(() => (began = undefined))
  }
  values++
  if (values % step === 0 && values > fewValues && performance.now() - began > longest)
    throw new MainThreadBusy('The main thread is kept by functions of rows')
}

function counted({ name, run, ...rest }: JsFunction): JsFunction {
  const call = run as (...args: unknown[]) => unknown
  const inTurn = (...args: unknown[]): unknown => {
    countValue()
    return call(...args)
  }
  return { ...rest, name: `${name}_in_turns`, run: inTurn }
}

/** The same plan, which fails where JavaScript that it calls would keep the main thread; undefined: it calls none. */
export function inTurns(plan: Relation): Relation | undefined {
  const made = mapRelation(plan, (relation) => {
    let calls = false
    const changed = mapScalars(relation, (scalar) =>
      mapScalar(scalar, (part) => {
        if (part.kind !== 'js') return part
        calls = true
        return { ...part, fn: counted(part.fn) }
      }),
    )
    return calls ? changed : relation
  })
  return made === plan ? undefined : made
}

/** Whether a statement failed because it would have kept the main thread. */
export function wouldKeepMainThread(error: unknown): boolean {
  return error instanceof QueryError && error.cause instanceof MainThreadBusy
}
