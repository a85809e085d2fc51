import type { AsOfJoin, JoinColumn } from '../plan/relation.js'
import { quoteName } from './literal.js'

type Side = 'b' | 'f'

/**
 * A join with the nearest row. Of rows of the right that are equally near, the last before and the first after are taken, by
 * the numbers (`__row`) that they have: DuckDB would take any.
 */
export function asOfSql(join: AsOfJoin, left: string, right: string): string {
  const { by, on, direction, exact, tolerance, takes } = join
  const l = (name: string) => `l.${quoteName(name)}`
  const keys = [...by.map(([, name]) => quoteName(name)), quoteName(on[1])].join(', ')
  const nearest = (alias: Side): string => {
    const order = alias === 'b' ? '__row DESC' : '__row'
    const rows = `(SELECT * FROM ${right} QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ${order}) = 1) AS ${alias}`
    const compare = `${alias === 'b' ? '>' : '<'}${exact ? '=' : ''}`
    const conditions = [
      ...by.map(([a, b]) => `${l(a)} = ${alias}.${quoteName(b)}`),
      `${l(on[0])} ${compare} ${alias}.${quoteName(on[1])}`,
    ]
    return `ASOF LEFT JOIN ${rows} ON ${conditions.join(' AND ')}`
  }
  const away = (alias: Side) => (alias === 'b' ? `${l(on[0])} - b.${quoteName(on[1])}` : `f.${quoteName(on[1])} - ${l(on[0])}`)
  const within = (alias: Side) =>
    tolerance === undefined ? `${alias}.__row IS NOT NULL` : `coalesce(${away(alias)} <= ${tolerance}, false)`
  const sides: readonly Side[] = direction === 'nearest' ? ['b', 'f'] : [direction === 'backward' ? 'b' : 'f']
  const value = ({ from }: JoinColumn): string => {
    const name = quoteName(from)
    const branches = sides.map((side) => {
      const other = sides.find((each) => each !== side)
      // What lies before is taken where what lies after is just as near.
      const best = other === undefined ? '' : ` AND coalesce(${away(side)} ${side === 'b' ? '<=' : '<'} ${away(other)}, true)`
      return `WHEN ${within(side)}${best} THEN ${side}.${name}`
    })
    return `CASE ${branches.join(' ')} END`
  }
  const list = takes.map((take) => `${take.side === 'right' ? value(take) : l(take.from)} AS ${quoteName(take.name)}`)
  return `SELECT ${list.join(', ')}\nFROM (SELECT * FROM ${left}) AS l\n${sides.map(nearest).join('\n')}`
}
