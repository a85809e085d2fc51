import type { TableSource } from '../../duckdb/index.js'
import type { RemoteFiles } from '../remote-files.js'
import { type Scalar, type SortKey, column } from './scalar.js'
import type { Type } from './type.js'

/** A column of a relation. */
export interface Column {
  readonly name: string
  readonly type: Type
  /** known to hold nulls (true) or none (false); undefined where nobody knows before the data is read */
  readonly nullable?: boolean | undefined
}

/** A value with the name that it has as a column. */
export type Named = readonly [name: string, value: Scalar]

export type JoinHow = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'cross'

/** A table that is not computed yet: a tree of immutable nodes. What rewrites it are the rules in rules/. */
export type Relation =
  | {
      readonly kind: 'scan'
      readonly format: 'parquet' | 'csv' | 'json'
      readonly files: readonly string[]
      /** options of DuckDB's reader, as SQL */
      readonly options: readonly string[]
      /** how many files there were before pruning */
      readonly allFiles: number
      /** what fills the files, when they are copies of files on servers */
      readonly remote?: RemoteFiles | undefined
      readonly columns: readonly Column[]
    }
  | { readonly kind: 'table'; readonly label: string; readonly source: TableSource; readonly columns: readonly Column[] }
  | { readonly kind: 'filter'; readonly input: Relation; readonly predicate: Scalar; readonly columns: readonly Column[] }
  | { readonly kind: 'project'; readonly input: Relation; readonly values: readonly Named[]; readonly columns: readonly Column[] }
  | {
      readonly kind: 'aggregate'
      readonly input: Relation
      readonly keys: readonly Named[]
      readonly values: readonly Named[]
      readonly options?: AggOptions | undefined
      readonly columns: readonly Column[]
    }
  | { readonly kind: 'sort'; readonly input: Relation; readonly by: readonly SortKey[]; readonly columns: readonly Column[] }
  | {
      readonly kind: 'limit'
      readonly input: Relation
      readonly count: number
      readonly offset: number
      readonly columns: readonly Column[]
    }
  | {
      readonly kind: 'distinct'
      readonly input: Relation
      /** undefined: all columns */
      readonly on: readonly string[] | undefined
      readonly columns: readonly Column[]
    }
  | {
      readonly kind: 'join'
      readonly left: Relation
      readonly right: Relation
      readonly how: JoinHow
      readonly on: readonly (readonly [left: string, right: string])[]
      /** the columns of the result: from which side, under which name there; 'key' is the one that both sides have */
      readonly takes: readonly JoinColumn[]
      readonly columns: readonly Column[]
    }
  | { readonly kind: 'union'; readonly inputs: readonly Relation[]; readonly columns: readonly Column[] }
  /** a row for each item of a list; of an empty list, and of none, one with null */
  | { readonly kind: 'explode'; readonly input: Relation; readonly column: string; readonly columns: readonly Column[] }
  | AsOfJoin
  /** a statement that the program wrote, over tables by names of its own */
  | {
      readonly kind: 'sql'
      readonly text: string
      readonly inputs: readonly Relation[]
      readonly names: readonly string[]
      readonly columns: readonly Column[]
    }

/** Each row of the left with the row of the right that is nearest in one column. */
export interface AsOfJoin {
  readonly kind: 'asof'
  readonly left: Relation
  readonly right: Relation
  /** columns that must be equal */
  readonly by: readonly (readonly [left: string, right: string])[]
  readonly on: readonly [left: string, right: string]
  readonly direction: 'backward' | 'forward' | 'nearest'
  /** whether what is equal is near */
  readonly exact: boolean
  /** how far it may be, as SQL; undefined: as far as it likes */
  readonly tolerance: string | undefined
  readonly takes: readonly JoinColumn[]
  readonly columns: readonly Column[]
}

/** How the groups that each partition has made of its own rows meet, where there are several partitions. */
export interface AggOptions {
  /** how many partitions one step of a tree combines; the setting `dataframe.splitEvery` unless told */
  readonly splitEvery?: number | undefined
  /** how many partitions groups are dealt out to by a hash of their keys, and so are in afterwards; 1: they meet in a tree */
  readonly splitOut?: number | undefined
}

export interface JoinColumn {
  readonly name: string
  readonly side: 'left' | 'right' | 'key'
  readonly from: string
  /** of keys: the name on the right */
  readonly other?: string
}

export function inputsOf(relation: Relation): readonly Relation[] {
  switch (relation.kind) {
    case 'scan':
    case 'table':
      return []
    case 'join':
    case 'asof':
      return [relation.left, relation.right]
    case 'union':
    case 'sql':
      return relation.inputs
    default:
      return [relation.input]
  }
}

export function withInputs(relation: Relation, inputs: readonly Relation[]): Relation {
  switch (relation.kind) {
    case 'scan':
    case 'table':
      return relation
    case 'join':
    case 'asof':
      return { ...relation, left: inputs[0]!, right: inputs[1]! }
    case 'union':
    case 'sql':
      return { ...relation, inputs }
    default:
      return { ...relation, input: inputs[0]! }
  }
}

/** Rewrites from the leaves up; what is shared stays shared. */
export function mapRelation(
  relation: Relation,
  change: (relation: Relation) => Relation,
  done = new Map<Relation, Relation>(),
): Relation {
  const known = done.get(relation)
  if (known) return known
  const inputs = inputsOf(relation)
  const next = inputs.map((input) => mapRelation(input, change, done))
  const result = change(next.every((input, i) => input === inputs[i]) ? relation : withInputs(relation, next))
  done.set(relation, result)
  return result
}

/** The scalars that a relation computes over its input. */
export function scalarsOf(relation: Relation): readonly Scalar[] {
  switch (relation.kind) {
    case 'filter':
      return [relation.predicate]
    case 'project':
      return relation.values.map(([, value]) => value)
    case 'aggregate':
      return [...relation.keys, ...relation.values].map(([, value]) => value)
    case 'sort':
      return relation.by.map((key) => key.by)
    default:
      return []
  }
}

/** The same relation with other scalars in the place of those that it computes over its input. */
export function mapScalars(relation: Relation, change: (scalar: Scalar) => Scalar): Relation {
  const named = (values: readonly Named[]) => values.map(([name, value]): Named => [name, change(value)])
  switch (relation.kind) {
    case 'filter':
      return { ...relation, predicate: change(relation.predicate) }
    case 'project':
      return { ...relation, values: named(relation.values) }
    case 'aggregate':
      return { ...relation, keys: named(relation.keys), values: named(relation.values) }
    case 'sort':
      return { ...relation, by: relation.by.map((key) => ({ ...key, by: change(key.by) })) }
    default:
      return relation
  }
}

export function filtered(input: Relation, predicate: Scalar): Relation {
  return { kind: 'filter', input, predicate, columns: input.columns }
}

export function projected(input: Relation, values: readonly Named[]): Relation {
  const nullable = new Map(input.columns.map((c) => [c.name, c.nullable]))
  const columns = values.map(([name, value]) => ({
    name,
    type: value.type,
    nullable: value.kind === 'column' ? nullable.get(value.name) : undefined,
  }))
  return { kind: 'project', input, values, columns }
}

export function aggregated(
  input: Relation,
  keys: readonly Named[],
  values: readonly Named[],
  options?: AggOptions,
): Relation & { kind: 'aggregate' } {
  const columns = [...keys, ...values].map(([name, value]) => ({ name, type: value.type }))
  return { kind: 'aggregate', input, keys, values, ...(options && { options }), columns }
}

export function sorted(input: Relation, by: readonly SortKey[]): Relation {
  return { kind: 'sort', input, by, columns: input.columns }
}

export function limited(input: Relation, count: number, offset = 0): Relation {
  return { kind: 'limit', input, count, offset, columns: input.columns }
}

/** Each column of a relation as it is. */
export function identity(relation: Relation): Named[] {
  return relation.columns.map(({ name, type }) => [name, column(name, type)] as const)
}
