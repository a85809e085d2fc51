import { ArgumentError, describe } from '../base/index.js'
import { ColumnError, missingColumn } from './errors.js'
import { spanOf } from './frequency.js'
import { joined } from './joining.js'
import type { Column, Relation } from './plan/relation.js'
import { classOf, describeType, isNumeric } from './plan/type.js'

/** How rows find those that are nearest. */
export interface AsOfOptions {
  /** columns that must be equal besides */
  readonly by?: string | readonly string[]
  /** the nearest before, after, or on either side; before unless told */
  readonly direction?: 'backward' | 'forward' | 'nearest'
  /** whether what is equal is near; true unless told */
  readonly allowExactMatches?: boolean
  /** how far it may be: a number, or a time ('10min') */
  readonly tolerance?: number | string
  readonly suffixes?: readonly [string, string]
}

/** The plan of a join with the nearest row of another. */
export function asOfJoined(
  left: Relation,
  right: Relation,
  [leftOn, rightOn]: readonly [string, string],
  options: AsOfOptions,
): Relation {
  const { by = [], direction = 'backward', allowExactMatches = true, tolerance, suffixes = ['', '_right'] } = options
  const keys = [by].flat() as string[]
  const a = find(left, leftOn, 'mergeAsof (left)')
  const b = find(right, rightOn, 'mergeAsof (right)')
  const dates = classOf(a.type) === 'date' && classOf(b.type) === 'date'
  if (!dates && !(isNumeric(a.type) && isNumeric(b.type)))
    throw new ColumnError(
      `mergeAsof: "${a.name}" is ${describeType(a.type)} and "${b.name}" is ${describeType(b.type)}: two columns of dates or of numbers are expected`,
    )
  if (direction !== 'backward' && direction !== 'forward' && direction !== 'nearest')
    throw new ArgumentError(`mergeAsof: the direction is backward, forward or nearest, not ${describe(direction)}`)
  // The same columns as a left join would give.
  const plain = joined(left, right, { left: [leftOn, ...keys], right: [rightOn, ...keys], how: 'left', suffixes })
  if (plain.kind !== 'join') throw new ColumnError('mergeAsof: no join')
  const takes = plain.takes.map((take) => (take.side === 'key' ? { ...take, side: 'left' as const } : take))
  return {
    kind: 'asof',
    left,
    right,
    by: keys.map((name) => [name, name] as const),
    on: [leftOn, rightOn],
    direction,
    exact: allowExactMatches,
    tolerance: tolerance === undefined ? undefined : toleranceSql(tolerance, dates),
    takes,
    columns: plain.columns,
  }
}

function toleranceSql(tolerance: number | string, dates: boolean): string {
  if (dates) {
    if (typeof tolerance !== 'string')
      throw new ArgumentError(
        `mergeAsof: how far dates may be is said as a length of time, such as '10min', not ${describe(tolerance)}`,
      )
    return `to_microseconds(${spanOf(tolerance, 'mergeAsof')})`
  }
  if (typeof tolerance !== 'number' || !(tolerance >= 0) || tolerance === Infinity)
    throw new ArgumentError(`mergeAsof: how far numbers may be is a number that is not negative, not ${describe(tolerance)}`)
  return `${tolerance}::DOUBLE`
}

function find(relation: Relation, name: string, where: string): Column {
  const column = relation.columns.find((each) => each.name === name)
  if (column === undefined) throw missingColumn(name, relation.columns, where)
  return column
}
