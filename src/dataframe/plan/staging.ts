import { type Named, type Relation, filtered, identity, projected } from './relation.js'
import { type Scalar, column, hasWindow, scalarParts, someScalar } from './scalar.js'

/** A window that another one looks into, or an aggregate: SQL wants it to be a column by then. */
function hasInner(scalar: Scalar): boolean {
  return someScalar(scalar, (part) => (part.kind === 'window' || part.kind === 'aggregate') && scalarParts(part).some(hasWindow))
}

/** Columns over a relation, in as many steps as SQL needs: windows of windows are columns of a step before. */
export function staged(plan: Relation, values: readonly Named[]): Relation {
  const { input, values: rest } = withoutInner(plan, values)
  return projected(input, rest)
}

/** The same for the values of an aggregation. */
export function withoutInner(plan: Relation, values: readonly Named[]): { input: Relation; values: readonly Named[] } {
  if (!values.some(([, value]) => hasInner(value))) return { input: plan, values }
  const made: Named[] = []
  const names = new Map<string, string>()
  const lift = (scalar: Scalar, inside: boolean): Scalar => {
    if (scalar.kind === 'window' && inside) {
      const key = JSON.stringify(scalar, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
      let name = names.get(key)
      if (name === undefined) {
        name = `__step${plan.columns.length}_${made.length}`
        names.set(key, name)
        made.push([name, scalar])
      }
      return column(name, scalar.type)
    }
    return mapParts(scalar, (part) => lift(part, inside || scalar.kind === 'window' || scalar.kind === 'aggregate'))
  }
  const rest = values.map(([name, value]): Named => [name, lift(value, false)])
  return { input: staged(plan, [...identity(plan), ...made]), values: rest }
}

/** The scalar with each of its direct parts replaced. */
function mapParts(scalar: Scalar, change: (part: Scalar) => Scalar): Scalar {
  const parts = scalarParts(scalar)
  if (parts.length === 0) return scalar
  const next = new Map(parts.map((part) => [part, change(part)]))
  return replaceParts(scalar, next)
}

function replaceParts(scalar: Scalar, next: ReadonlyMap<Scalar, Scalar>): Scalar {
  const of = (part: Scalar) => next.get(part) ?? part
  switch (scalar.kind) {
    case 'column':
    case 'literal':
      return scalar
    case 'cast':
      return { ...scalar, arg: of(scalar.arg) }
    case 'case':
      return {
        ...scalar,
        branches: scalar.branches.map(([test, value]) => [of(test), of(value)] as const),
        otherwise: of(scalar.otherwise),
      }
    case 'window':
      return {
        ...scalar,
        of: of(scalar.of),
        by: scalar.by.map(of),
        order: scalar.order.map((key) => ({ ...key, by: of(key.by) })),
      }
    default:
      return { ...scalar, args: scalar.args.map(of) }
  }
}

/** The rows for which a condition is true, which may look at other rows. */
export function filteredBy(plan: Relation, condition: Scalar): Relation {
  if (!hasWindow(condition)) return filtered(plan, condition)
  const name = '__keep'
  const marked = staged(plan, [...identity(plan), [name, condition]])
  return projected(filtered(marked, column(name, condition.type)), identity(plan))
}
