import { type Relation, filtered, mapRelation, withInputs } from '../plan/relation.js'
import {
  type Scalar,
  column,
  columnsOf,
  conjunction,
  conjuncts,
  hasAggregate,
  hasWindow,
  mapScalar,
  someScalar,
} from '../plan/scalar.js'

/** Rows that are not wanted are left out as early as can be: below projections, sorts, joins and unions, into the groups' keys. */
export function pushFilters(plan: Relation): Relation {
  return mapRelation(plan, (relation) =>
    relation.kind === 'filter' ? push(conjuncts(relation.predicate), relation.input) : relation,
  )
}

function push(parts: readonly Scalar[], input: Relation): Relation {
  if (parts.length === 0) return input
  const stay = () => filtered(input, conjunction(parts))
  switch (input.kind) {
    case 'filter':
      return push([...conjuncts(input.predicate), ...parts], input.input)
    case 'sort':
      return withInputs(input, [push(parts, input.input)])
    case 'project': {
      // A window sees the rows that would be left out.
      if (input.values.some(([, value]) => hasWindow(value))) return stay()
      const values = new Map(input.values)
      // What is costly to compute, or of several rows, is not to be computed twice.
      const through = (part: Scalar) => [...columnsOf(part)].every((name) => isCheap(values.get(name)))
      return split(parts, through, (pushed, kept) => {
        const below = pushed.map((part) => mapScalar(part, (of) => (of.kind === 'column' ? values.get(of.name)! : of)))
        return over(withInputs(input, [push(below, input.input)]), kept)
      })
    }
    case 'aggregate': {
      // The place of a row is one among all rows.
      if (input.values.some(([, value]) => someScalar(value, (part) => part.kind === 'call' && part.name === 'js_place')))
        return stay()
      const keys = new Map(input.keys)
      const through = (part: Scalar) => input.keys.length > 0 && [...columnsOf(part)].every((name) => keys.has(name))
      return split(parts, through, (pushed, kept) => {
        const below = pushed.map((part) => mapScalar(part, (of) => (of.kind === 'column' ? keys.get(of.name)! : of)))
        return over(withInputs(input, [push(below, input.input)]), kept)
      })
    }
    case 'distinct': {
      const on = input.on
      const through = (part: Scalar) => on === undefined || [...columnsOf(part)].every((name) => on.includes(name))
      return split(parts, through, (pushed, kept) => over(withInputs(input, [push(pushed, input.input)]), kept))
    }
    case 'explode':
      return split(
        parts,
        (part) => !columnsOf(part).has(input.column),
        (pushed, kept) => over(withInputs(input, [push(pushed, input.input)]), kept),
      )
    case 'union':
      return withInputs(
        input,
        input.inputs.map((each) => push(parts, each)),
      )
    case 'join': {
      const takes = new Map(input.takes.map((take) => [take.name, take]))
      const sides = (part: Scalar) => new Set([...columnsOf(part)].map((name) => takes.get(name)!.side))
      const can = (side: 'left' | 'right') => (part: Scalar) => {
        const from = sides(part)
        // The side that may be missing must not lose rows: they would come back as nulls.
        const kept =
          input.how === 'inner' || input.how === 'semi' || input.how === 'anti' || input.how === 'cross' || input.how === side
        return kept && from.size > 0 && [...from].every((of) => of === side || of === 'key')
      }
      const renamed = (side: 'left' | 'right') => (part: Scalar) =>
        mapScalar(part, (of) => {
          if (of.kind !== 'column') return of
          const take = takes.get(of.name)!
          return column(side === 'right' && take.side === 'key' ? take.other! : take.from, of.type)
        })
      const left = parts.filter(can('left'))
      const right = parts.filter((part) => can('right')(part) && (!left.includes(part) || input.how === 'inner'))
      const kept = parts.filter((part) => !left.includes(part) && !right.includes(part))
      const joined = withInputs(input, [
        push(left.map(renamed('left')), input.left),
        push(right.map(renamed('right')), input.right),
      ])
      return over(joined, kept)
    }
    default:
      return stay()
  }
}

function over(relation: Relation, parts: readonly Scalar[]): Relation {
  return parts.length === 0 ? relation : filtered(relation, conjunction(parts))
}

function split(
  parts: readonly Scalar[],
  through: (part: Scalar) => boolean,
  make: (pushed: readonly Scalar[], kept: readonly Scalar[]) => Relation,
): Relation {
  return make(
    parts.filter(through),
    parts.filter((part) => !through(part)),
  )
}

function isCheap(scalar: Scalar | undefined): boolean {
  if (scalar === undefined || hasAggregate(scalar) || hasWindow(scalar)) return false
  return !someScalar(scalar, (part) => part.kind === 'js')
}
