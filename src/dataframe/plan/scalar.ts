import type { JsFunction } from '../../duckdb/index.js'
import type { Type } from './type.js'

/** A value for each row, as plain data over the columns of one relation. */
export type Scalar =
  | { readonly kind: 'column'; readonly name: string; readonly type: Type }
  | { readonly kind: 'literal'; readonly value: Literal; readonly type: Type }
  /** an operator or a function of SQL */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Scalar[]; readonly type: Type }
  | { readonly kind: 'cast'; readonly arg: Scalar; readonly type: Type }
  | {
      readonly kind: 'case'
      readonly branches: readonly (readonly [test: Scalar, value: Scalar])[]
      readonly otherwise: Scalar
      readonly type: Type
    }
  /** a function of JavaScript; `why` says why it is not SQL */
  | { readonly kind: 'js'; readonly fn: JsFunction; readonly why: string; readonly args: readonly Scalar[]; readonly type: Type }
  | {
      readonly kind: 'aggregate'
      readonly name: string
      readonly args: readonly Scalar[]
      readonly distinct: boolean
      readonly type: Type
    }
  | {
      readonly kind: 'window'
      readonly of: Scalar
      readonly by: readonly Scalar[]
      readonly order: readonly SortKey[]
      readonly rows: readonly [from: number | null, to: number | null] | undefined
      /** instead of rows: how far the key of the order may be, as SQL */
      readonly range?: readonly [before: string, after: string]
      readonly type: Type
    }

export type Literal = null | boolean | number | bigint | string | Date | readonly Literal[]

export interface SortKey {
  readonly by: Scalar
  readonly descending: boolean
  readonly nulls: 'first' | 'last'
}

export function column(name: string, type: Type): Scalar {
  return { kind: 'column', name, type }
}

export function literal(value: Literal, type: Type): Scalar {
  return { kind: 'literal', value, type }
}

export function call(name: string, type: Type, ...args: Scalar[]): Scalar {
  return { kind: 'call', name, args, type }
}

export function cast(arg: Scalar, type: Type): Scalar {
  return arg.type.sql === type.sql ? arg : { kind: 'cast', arg, type }
}

export function choose(test: Scalar, yes: Scalar, no: Scalar, type: Type = yes.type): Scalar {
  return { kind: 'case', branches: [[test, yes]], otherwise: no, type }
}

export function scalarParts(scalar: Scalar): readonly Scalar[] {
  switch (scalar.kind) {
    case 'column':
    case 'literal':
      return []
    case 'cast':
      return [scalar.arg]
    case 'case':
      return [...scalar.branches.flat(), scalar.otherwise]
    case 'window':
      return [scalar.of, ...scalar.by, ...scalar.order.map((key) => key.by)]
    default:
      return scalar.args
  }
}

/** The scalar over other parts: each is replaced, deepest first. */
export function mapScalar(scalar: Scalar, change: (scalar: Scalar) => Scalar): Scalar {
  const of = (part: Scalar) => mapScalar(part, change)
  switch (scalar.kind) {
    case 'column':
    case 'literal':
      return change(scalar)
    case 'cast':
      return change({ ...scalar, arg: of(scalar.arg) })
    case 'case':
      return change({
        ...scalar,
        branches: scalar.branches.map(([test, value]) => [of(test), of(value)] as const),
        otherwise: of(scalar.otherwise),
      })
    case 'window':
      return change({
        ...scalar,
        of: of(scalar.of),
        by: scalar.by.map(of),
        order: scalar.order.map((key) => ({ ...key, by: of(key.by) })),
      })
    default:
      return change({ ...scalar, args: scalar.args.map(of) })
  }
}

export function someScalar(scalar: Scalar, is: (scalar: Scalar) => boolean): boolean {
  return is(scalar) || scalarParts(scalar).some((part) => someScalar(part, is))
}

export function hasAggregate(scalar: Scalar): boolean {
  if (scalar.kind === 'aggregate') return true
  return scalar.kind !== 'window' && scalarParts(scalar).some(hasAggregate)
}

export function hasWindow(scalar: Scalar): boolean {
  return someScalar(scalar, (part) => part.kind === 'window')
}

/** The number that a row has in its input: what depends on the order of rows goes by it. */
export const rowNumber = column('__row', { sql: 'BIGINT' })

export const inOrder: SortKey = { by: rowNumber, descending: false, nulls: 'last' }

export function dependsOnOrder(scalar: Scalar): boolean {
  return someScalar(scalar, (part) => part.kind === 'column' && part.name === '__row')
}

/** The names of the columns that it reads. */
export function columnsOf(scalar: Scalar, into = new Set<string>()): Set<string> {
  if (scalar.kind === 'column') into.add(scalar.name)
  for (const part of scalarParts(scalar)) columnsOf(part, into)
  return into
}

/** How often it reads each column. */
export function usesOf(scalars: Iterable<Scalar>): Map<string, number> {
  const uses = new Map<string, number>()
  const visit = (scalar: Scalar): void => {
    if (scalar.kind === 'column') uses.set(scalar.name, (uses.get(scalar.name) ?? 0) + 1)
    scalarParts(scalar).forEach(visit)
  }
  for (const scalar of scalars) visit(scalar)
  return uses
}

/** The parts of a conjunction. */
export function conjuncts(scalar: Scalar): Scalar[] {
  return scalar.kind === 'call' && scalar.name === 'AND' ? scalar.args.flatMap(conjuncts) : [scalar]
}

export function conjunction(parts: readonly Scalar[]): Scalar {
  return parts.length === 1 ? parts[0]! : { kind: 'call', name: 'AND', args: parts, type: { sql: 'BOOLEAN' } }
}
