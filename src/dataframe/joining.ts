import { ArgumentError, describe } from '../base/index.js'
import { ColumnError, missingColumn } from './errors.js'
import type { Column, JoinColumn, JoinHow, Relation } from './plan/relation.js'
import { classOf, describeType, isNumeric } from './plan/type.js'

export interface JoinKeys {
  readonly left: readonly string[]
  readonly right: readonly string[]
  readonly how: JoinHow
  readonly suffixes: readonly [string, string]
}

const hows: readonly JoinHow[] = ['inner', 'left', 'right', 'full', 'semi', 'anti', 'cross']

/** The plan of a join. Keys that have the same name on both sides are one column of the result. */
export function joined(left: Relation, right: Relation, { left: leftOn, right: rightOn, how, suffixes }: JoinKeys): Relation {
  if (!hows.includes(how)) throw new ArgumentError(`join: how: ${hows.join(', ')} is expected, not ${describe(how)}`)
  if (leftOn.length === 0 || leftOn.length !== rightOn.length) {
    throw new ArgumentError(
      `join: ${leftOn.length} keys on the left and ${rightOn.length} on the right. Name as many, at least one.`,
    )
  }
  const on = leftOn.map((name, i) => {
    const a = find(left, name, 'join (left)')
    const b = find(right, rightOn[i]!, 'join (right)')
    const alike = classOf(a.type) === classOf(b.type) || (isNumeric(a.type) && isNumeric(b.type))
    if (!alike) {
      throw new ColumnError(
        `join: "${a.name}" is ${describeType(a.type)} on the left and "${b.name}" is ${describeType(b.type)} on the right. Make them the same with assign() first.`,
      )
    }
    return [a.name, b.name] as const
  })
  const shared = new Set(on.filter(([a, b]) => a === b).map(([a]) => a))
  const leftNames = new Set(left.columns.map((column) => column.name))
  const rightNames = new Set(right.columns.map((column) => column.name))
  const takes: JoinColumn[] = []
  const columns: Column[] = []
  const take = (column: Column, as: JoinColumn, missing: boolean): void => {
    if (columns.some(({ name }) => name === as.name))
      throw new ColumnError(`join: the result would have two columns "${as.name}". Give other suffixes, or rename() one.`)
    takes.push(as)
    columns.push({ name: as.name, type: column.type, nullable: missing ? true : column.nullable })
  }
  const leftMissing = how === 'right' || how === 'full'
  for (const column of left.columns) {
    const { name } = column
    if (shared.has(name)) take(column, { name, side: 'key', from: name, other: name }, false)
    else take(column, { name: rightNames.has(name) ? name + suffixes[0] : name, side: 'left', from: name }, leftMissing)
  }
  if (how !== 'semi' && how !== 'anti') {
    for (const column of right.columns) {
      const { name } = column
      if (!shared.has(name))
        take(
          column,
          { name: leftNames.has(name) ? name + suffixes[1] : name, side: 'right', from: name },
          how === 'left' || how === 'full',
        )
    }
  }
  return { kind: 'join', left, right, how, on, takes, columns }
}

function find(relation: Relation, name: string, where: string): Column {
  const column = relation.columns.find((each) => each.name === name)
  if (column === undefined) throw missingColumn(name, relation.columns, where)
  return column
}
