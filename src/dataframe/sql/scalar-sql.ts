import type { Scalar, SortKey } from '../plan/scalar.js'
import { literalSql } from './literal.js'

/** From the name of a column to the SQL that stands for it here. */
export type Resolve = (name: string) => string

const infix: Readonly<Record<string, number>> = {
  OR: 1,
  AND: 2,
  '=': 4,
  '<>': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  'IS DISTINCT FROM': 4,
  'IS NOT DISTINCT FROM': 4,
  '||': 6,
  '+': 7,
  '-': 7,
  '*': 8,
  '/': 8,
  '%': 8,
}

const atom = 20

export function scalarSql(scalar: Scalar, resolve: Resolve): string {
  return write(scalar, resolve).sql
}

function write(scalar: Scalar, resolve: Resolve): { sql: string; binds: number } {
  const within = (part: Scalar, least: number): string => {
    const { sql, binds } = write(part, resolve)
    return binds < least ? `(${sql})` : sql
  }
  const plain = (part: Scalar): string => write(part, resolve).sql
  switch (scalar.kind) {
    case 'column': {
      const sql = resolve(scalar.name)
      return { sql, binds: /^[\w."]+$/.test(sql) ? atom : 0 }
    }
    case 'literal': {
      const sql = literalSql(scalar.value, scalar.type)
      return { sql, binds: sql.startsWith('-') || sql.includes(' || ') ? 3 : atom }
    }
    case 'cast':
      return { sql: `CAST(${plain(scalar.arg)} AS ${scalar.type.sql})`, binds: atom }
    case 'case': {
      const branches = scalar.branches.map(([test, value]) => `WHEN ${plain(test)} THEN ${plain(value)}`)
      return { sql: `CASE ${branches.join(' ')} ELSE ${plain(scalar.otherwise)} END`, binds: atom }
    }
    case 'js':
      return { sql: `${scalar.fn.name}(${scalar.args.map(plain).join(', ')})`, binds: atom }
    case 'aggregate':
      return { sql: aggregateSql(scalar, plain), binds: atom }
    case 'window': {
      const over: string[] = []
      if (scalar.by.length > 0) over.push(`PARTITION BY ${scalar.by.map(plain).join(', ')}`)
      if (scalar.order.length > 0) over.push(`ORDER BY ${scalar.order.map((key) => sortSql(key, plain(key.by))).join(', ')}`)
      if (scalar.rows) over.push(`ROWS BETWEEN ${bound(scalar.rows[0], 'PRECEDING')} AND ${bound(scalar.rows[1], 'FOLLOWING')}`)
      if (scalar.range) over.push(`RANGE BETWEEN ${scalar.range[0]} AND ${scalar.range[1]}`)
      return { sql: `${plain(scalar.of)} OVER (${over.join(' ')})`, binds: atom }
    }
    case 'call':
      return writeCall(scalar, within, plain)
  }
}

function writeCall(
  { name, args }: Scalar & { kind: 'call' },
  within: (part: Scalar, least: number) => string,
  plain: (part: Scalar) => string,
): { sql: string; binds: number } {
  const binds = infix[name]
  if (binds !== undefined) {
    // AND and OR may be chained; of other operators the right side is the one that needs brackets.
    const chain = name === 'AND' || name === 'OR'
    return {
      sql: args.map((arg, i) => within(arg, i === 0 || chain ? binds + (binds === 4 ? 1 : 0) : binds + 1)).join(` ${name} `),
      binds,
    }
  }
  switch (name) {
    case 'NOT':
      return { sql: `NOT ${within(args[0]!, 4)}`, binds: 3 }
    case 'IS NULL':
    case 'IS NOT NULL':
      return { sql: `${within(args[0]!, 5)} ${name}`, binds: 4 }
    case 'IN':
      return { sql: `${within(args[0]!, 5)} IN (${args.slice(1).map(plain).join(', ')})`, binds: 4 }
    case 'last_value IGNORE NULLS':
    case 'first_value IGNORE NULLS':
      return { sql: `${name.split(' ')[0]}(${plain(args[0]!)} IGNORE NULLS)`, binds: atom }
    case 'negate':
      return { sql: `-${within(args[0]!, 10)}`, binds: 3 }
    default:
      return { sql: `${name}(${args.map(plain).join(', ')})`, binds: atom }
  }
}

function aggregateSql({ name, args, distinct }: Scalar & { kind: 'aggregate' }, plain: (part: Scalar) => string): string {
  if (name === 'count' && args.length === 0) return 'count(*)'
  return `${name}(${distinct ? 'DISTINCT ' : ''}${args.map(plain).join(', ')})`
}

export function sortSql({ descending, nulls }: SortKey, by: string): string {
  return `${by}${descending ? ' DESC' : ''} NULLS ${nulls.toUpperCase()}`
}

function bound(offset: number | null, unbounded: 'PRECEDING' | 'FOLLOWING'): string {
  if (offset === null) return `UNBOUNDED ${unbounded}`
  if (offset === 0) return 'CURRENT ROW'
  return offset < 0 ? `${-offset} PRECEDING` : `${offset} FOLLOWING`
}
