import { type Relation, limited, mapRelation } from '../plan/relation.js'
import { conjunction, conjuncts } from '../plan/scalar.js'

/** A condition that is always true goes; one that is never true leaves no rows, and nothing is read. */
export function foldConditions(plan: Relation): Relation {
  return mapRelation(plan, (relation) => {
    if (relation.kind !== 'filter') return relation
    const parts = conjuncts(relation.predicate).filter((part) => !(part.kind === 'literal' && part.value === true))
    if (parts.length === 0) return relation.input
    if (parts.some((part) => part.kind === 'literal')) return limited(relation.input, 0)
    return { ...relation, predicate: conjunction(parts) }
  })
}
