import type { Expression } from '../../expr/index.js'
import { type Relation, withInputs } from '../plan/relation.js'
import { type Type, classOf } from '../plan/type.js'
import type { SealedTables } from './fragment.js'
import type { OwnSql } from './own-sql.js'
import type { WholeFiles } from './read-again.js'

export type Leaf = Relation & { kind: 'table' }

/** Where the rows of a leaf come from, for each partition. */
export type Take =
  /** `whole`: of files that may be read more than once */
  | { readonly kind: 'own'; readonly sql: readonly OwnSql[]; readonly whole?: WholeFiles | undefined }
  | { readonly kind: 'each' | 'all'; readonly expression: Expression; readonly exact: boolean }
  /** of so many neighbours */
  | { readonly kind: 'some'; readonly expression: Expression; readonly every: number }
  | { readonly kind: 'shuffled'; readonly expression: SealedTables }

export interface Source {
  readonly leaf: Leaf
  readonly take: Take
}

/** What one statement for each partition can do: a relation over leaves. */
export interface Pipe {
  readonly relation: Relation
  readonly sources: readonly Source[]
  readonly partitions: number
  /** how many rows there are at most, as far as one can know */
  readonly rows: number
  /** rows that are equal in these columns are in the same partition: that of the number which hashes of the values give */
  readonly hashed?: readonly HashedBy[] | undefined
}

/** A column that rows are dealt out by, and the type that its values are hashed as: see `hashedAs`. */
export type HashedBy = readonly [name: string, as: string]

export function over(pipe: Pipe, relation: Relation): Pipe {
  return { ...pipe, relation: withInputs(relation, [pipe.relation]), hashed: kept(pipe.hashed, relation) }
}

export function withRows(pipe: Pipe, rows: number): Pipe {
  return { ...pipe, rows: Math.min(pipe.rows, rows) }
}

export function pipeOf(leaf: Leaf, take: Take, partitions: number, rows: number): Pipe {
  return { relation: leaf, sources: [{ leaf, take }], partitions, rows }
}

export function leafOf({ columns }: Relation, label: string): Leaf {
  return { kind: 'table', label, source: { sql: () => Promise.reject(new Error(label)) }, columns }
}

export function typeOf(relation: Relation, name: string): Type {
  return relation.columns.find((each) => each.name === name)!.type
}

/** Whether rows that are equal in these columns are in the same partition. */
export function isHashedBy({ hashed }: Pipe, names: readonly string[]): boolean {
  return hashed?.every(([name]) => names.includes(name)) ?? false
}

/** Whether the rows of both sides that a join brings together are in partitions of the same number already. */
export function haveMet(
  { hashed, partitions }: Pipe,
  right: Pipe,
  { on }: Relation & { kind: 'join' },
  keys: readonly (string | undefined)[],
): boolean {
  const other = right.hashed
  if (hashed === undefined || hashed.length === 0 || hashed.length !== other?.length || partitions !== right.partitions)
    return false
  return hashed.every(([name, as], i) => {
    const [otherName, otherAs] = other[i]!
    const key = on.findIndex(([a, b]) => a === name && b === otherName)
    return key >= 0 && keys[key] === as && as === otherAs
  })
}

/**
 * What keys of two types are hashed as, so that those that are equal have equal hashes: '' as they are; undefined where that
 * is not known.
 */
export function hashedAs(a: Type, b: Type): string | undefined {
  const [x, y] = [classOf(a), classOf(b)]
  if (x === 'string' && y === 'string') return 'VARCHAR'
  const isWhole = (of: string) => of === 'integer' || of === 'long'
  if (isWhole(x) && isWhole(y)) return 'HUGEINT'
  if (x === 'double' && y === 'double') return 'DOUBLE'
  // Where one is of floating point both are compared so.
  if ((x === 'double' && isWhole(y)) || (y === 'double' && isWhole(x))) return 'DOUBLE'
  return a.sql === b.sql ? '' : undefined
}

/** The columns that rows are dealt out by, under the names that they have in what is made of them. */
function kept(hashed: Pipe['hashed'], relation: Relation): Pipe['hashed'] {
  const values = relation.kind === 'project' ? relation.values : relation.kind === 'aggregate' ? relation.keys : undefined
  if (values === undefined) return hashed
  return withNames(hashed, (name) => values.find(([, value]) => value.kind === 'column' && value.name === name)?.[0])
}

export function renamed(relation: Relation & { kind: 'join' }, hashed: Pipe['hashed'], side: 'left' | 'right'): Pipe['hashed'] {
  // The key column of a right join is that of the right.
  return withNames(
    hashed,
    (name) =>
      relation.takes.find(
        (take) =>
          (take.side === side && take.from === name) ||
          (take.side === 'key' && (side === 'left' ? take.from : take.other) === name),
      )?.name,
  )
}

/** The same columns by other names; undefined if one of them is gone. */
function withNames(hashed: Pipe['hashed'], nameOf: (name: string) => string | undefined): Pipe['hashed'] {
  const named: HashedBy[] = []
  for (const [name, as] of hashed ?? []) {
    const other = nameOf(name)
    if (other === undefined) return undefined
    named.push([other, as])
  }
  return hashed && named
}
