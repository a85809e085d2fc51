import { type Relation, mapRelation } from '../plan/relation.js'
import { hasWindow, mapScalar, someScalar, usesOf } from '../plan/scalar.js'

/** Two projections in a row are one, where that computes nothing twice; one that changes nothing goes. */
export function mergeProjects(plan: Relation): Relation {
  const merged = mapRelation(plan, (relation) => {
    if (relation.kind !== 'project') return relation
    const { input } = relation
    if (input.kind === 'project') {
      const below = new Map(input.values)
      const uses = usesOf(relation.values.map(([, value]) => value))
      const costly = [...below].some(([name, value]) => {
        if (value.kind === 'column' || value.kind === 'literal') return false
        return (uses.get(name) ?? 0) > 1 || hasWindow(value) || someScalar(value, (part) => part.kind === 'js')
      })
      if (!costly) {
        const values = relation.values.map(
          ([name, value]) =>
            [name, mapScalar(value, (part) => (part.kind === 'column' ? (below.get(part.name) ?? part) : part))] as const,
        )
        return { ...relation, input: input.input, values }
      }
    }
    return relation
  })
  return mapRelation(merged, (relation) => (relation.kind === 'project' && changesNothing(relation) ? relation.input : relation))
}

function changesNothing({ values, input }: Relation & { kind: 'project' }): boolean {
  return (
    values.length === input.columns.length &&
    values.every(([name, value], i) => value.kind === 'column' && value.name === name && input.columns[i]!.name === name)
  )
}
