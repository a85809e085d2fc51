import { type Relation, mapRelation, scalarsOf } from '../plan/relation.js'
import { type Scalar, dependsOnOrder, hasWindow, mapScalar, someScalar } from '../plan/scalar.js'
import { quoteName } from '../sql/literal.js'
import { scalarSql } from '../sql/scalar-sql.js'

/** The rows of files, those for which a condition (SQL over the columns) is true. */
export type WholeFiles = (where?: string) => string

/** More often than this it is cheaper to deal rows out than to have each partition read the files. */
export const mostReadings = 4

/** True if every row of a relation is made of one row of the leaf: to choose rows of it, rows of the leaf are chosen. */
export function isRowByRow(relation: Relation, leaf: Relation): boolean {
  if (relation === leaf) return true
  if (relation.kind !== 'filter' && relation.kind !== 'project') return false
  const simple = (scalar: Scalar) =>
    !hasWindow(scalar) && !dependsOnOrder(scalar) && !someScalar(scalar, (part) => part.kind === 'js')
  return scalarsOf(relation).every(simple) && isRowByRow(relation.input, leaf)
}

/** True if a relation leaves rows out. */
export function isFiltered(relation: Relation): boolean {
  return relation.kind === 'filter' || ('input' in relation && isFiltered(relation.input))
}

/** SQL over the columns of the leaf for a column of a relation that `isRowByRow`. */
export function leafSql(relation: Relation, leaf: Relation, name: string): string {
  const below = (at: Relation, scalar: Scalar): Scalar => {
    if (at === leaf || !('input' in at)) return scalar
    if (at.kind !== 'project') return below(at.input, scalar)
    const values = new Map(at.values)
    return below(
      at.input,
      mapScalar(scalar, (part) => (part.kind === 'column' ? values.get(part.name)! : part)),
    )
  }
  const { type } = relation.columns.find((each) => each.name === name)!
  return scalarSql(below(relation, { kind: 'column', name, type }), quoteName)
}

/** The same relation over another leaf. */
export function overLeaf(relation: Relation, leaf: Relation, other: Relation): Relation {
  return mapRelation(relation, (each) => (each === leaf ? other : each))
}
