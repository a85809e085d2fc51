import { type Relation, mapRelation } from '../plan/relation.js'

/** Equal parts of a plan become the same part, which is then computed once. */
export function shareSubplans(plan: Relation): Relation {
  const known = new Map<string, Relation>()
  const ids = new Map<object, number>()
  const idOf = (object: object): number => {
    let id = ids.get(object)
    if (id === undefined) ids.set(object, (id = ids.size))
    return id
  }
  return mapRelation(plan, (relation) => {
    const key = JSON.stringify(relation, (name, value: unknown) => {
      if (name === 'input' || name === 'left' || name === 'right' || name === 'source') return idOf(value as object)
      if (name === 'inputs') return (value as object[]).map(idOf)
      if (name === 'fn') return (value as { name: string }).name
      if (typeof value === 'bigint') return `${value}n`
      if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
        return `number ${Object.is(value, -0) ? '-0' : value}`
      return value
    })
    const same = known.get(key)
    if (same) return same
    known.set(key, relation)
    return relation
  })
}
