import { type Relation, inputsOf } from './relation.js'
import { dependsOnOrder, hasWindow } from './scalar.js'

/** The relations whose rows have an order that somebody wants: who reads the result, or a step above. */
export function orderWanted(root: Relation): ReadonlySet<Relation> {
  const wanted = new Set<Relation>()
  const visit = (relation: Relation): void => {
    if (wanted.has(relation)) return
    wanted.add(relation)
    inputsOf(relation).forEach((input, i) => {
      if (passesOn(relation, i)) visit(input)
      else below(input)
    })
  }
  const seen = new Set<Relation>()
  const below = (relation: Relation): void => {
    if (seen.has(relation)) return
    seen.add(relation)
    inputsOf(relation).forEach((input, i) => {
      if (goesByOrder(relation, i)) visit(input)
      else below(input)
    })
  }
  visit(root)
  const known = new Map<Relation, boolean>()
  return new Set([...wanted].filter((relation) => hasOrder(relation, known)))
}

/** What it gives depends on the order of its input, whoever reads it. */
function goesByOrder(relation: Relation, input: number): boolean {
  switch (relation.kind) {
    case 'aggregate':
      return relation.values.some(([, value]) => dependsOnOrder(value))
    case 'project':
      return relation.values.some(([, value]) => hasWindow(value))
    case 'limit':
      return true
    case 'distinct':
      return relation.on !== undefined
    case 'asof':
      return input === 1
    default:
      return false
  }
}

/** Its rows come in the order of its input. */
function passesOn(relation: Relation, input: number): boolean {
  switch (relation.kind) {
    case 'filter':
    case 'project':
    case 'limit':
    case 'explode':
    case 'union':
      return true
    default:
      return goesByOrder(relation, input)
  }
}

/** Whether its rows have an order at all: those of groups and joins have none. */
function hasOrder(relation: Relation, known: Map<Relation, boolean>): boolean {
  const before = known.get(relation)
  if (before !== undefined) return before
  const has = (): boolean => {
    switch (relation.kind) {
      case 'scan':
      case 'table':
      case 'sort':
      case 'sql':
        return true
      case 'aggregate':
      case 'join':
      case 'asof':
        return false
      case 'distinct':
        return relation.on !== undefined
      default:
        return inputsOf(relation).some((input) => hasOrder(input, known))
    }
  }
  const result = has()
  known.set(relation, result)
  return result
}
