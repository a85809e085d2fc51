import type { ArrowTable, ArrowType } from '../duckdb/index.js'
import type { Expr } from './expr.js'
import type { Series } from './series.js'

/** What a column may hold. Null where there is no value. */
export type Cell =
  | string
  | number
  | bigint
  | boolean
  | Date
  | null
  | Uint8Array
  | readonly Cell[]
  | ReadonlyMap<Cell, Cell>
  | { readonly [name: string]: Cell }

/** The names of the columns of a schema. */
export type Name<S extends object> = keyof S & string

/** Forgets what a literal says, but for unions of texts, which say what a column may hold. */
export type Widen<T> = T extends number
  ? number
  : T extends bigint
    ? bigint
    : T extends boolean
      ? boolean
      : T extends undefined
        ? null
        : T

/** A schema as readers give it: what may be missing is null. */
export type Columns<S extends object> = { [K in keyof S]-?: undefined extends S[K] ? Exclude<S[K], undefined> | null : S[K] } & {}

type NamesOfAll<S> = S extends unknown ? keyof S : never
type ValueOfAll<S, K> = S extends unknown ? (K extends keyof S ? S[K] : null) : never

/** What objects of several forms have in common as rows of one table. */
export type Merged<S> = { [K in NamesOfAll<S>]: ValueOfAll<S, K> }

/** S with the columns of R, which replace those of the same name. */
export type Assign<S, R> = { [K in keyof S | keyof R]: K extends keyof R ? Widen<R[K]> : K extends keyof S ? S[K] : never } & {}

export type Select<S, K extends keyof S> = { [P in K]: S[P] } & {}

export type Drop<S, K> = { [P in Exclude<keyof S, K>]: S[P] } & {}

export type Renamed<S, M> = { [K in keyof S as K extends keyof M ? M[K] & string : K]: S[K] } & {}

export type Present<S, K> = { [P in keyof S]: P extends K ? NonNullable<S[P]> : S[P] } & {}

/** S with the values of V in the place of nulls. */
export type Filled<S, V> = { [P in keyof S]: P extends keyof V ? NonNullable<S[P]> | Widen<V[P]> : S[P] } & {}

/** What a value of a row is made of: a function, a builder, or a column. */
export type Maker<S extends object, R> = ((row: S) => R) | Expr<S, R> | Series<R>

/** What decides whether a row stays. */
export type Predicate<S extends object> =
  | ((row: S) => boolean | null | undefined)
  | Expr<S, boolean | null>
  | Series<boolean | null>

declare const aggregated: unique symbol
declare const notAggregated: unique symbol

/** A value of a whole group: what `count()` and its like give. */
export type Agg<T> = T & { readonly [aggregated]?: true }

/** A column of a group: to be given to an aggregate. */
export interface NotAggregated<out T> {
  readonly [notAggregated]: T
}

type Brand<T> = T extends null ? T : T & NotAggregated<T>

/** What is left when an aggregate has taken a column of a group. */
export type Plain<T> = T extends NotAggregated<infer U> ? U : T

/** What a function of agg() sees of a group: its keys, and columns that aggregates take. */
export type Group<S, K> = { readonly [P in keyof S]: P extends K ? S[P] : Brand<S[P]> }

/** An argument that nobody can give, where a function of agg() gives a column that no aggregate took; else what more it takes. */
export type LeftOver<R, More extends unknown[] = []> =
  Extract<R[keyof R], NotAggregated<unknown>> extends never
    ? More
    : [error: 'give the column to an aggregate: mean(f.x), sum(f.x), first(f.x) …']

export type Scalarish = string | number | bigint | boolean | Date | null | readonly Cell[]

export type JoinHow = 'inner' | 'left' | 'right' | 'full'

type Nullable<T> = { [K in keyof T]: T[K] | null }

/** The columns of a join: keys once, equal names with suffixes. */
export type Joined<L extends object, R extends object, K, H extends JoinHow, A extends string, B extends string> = Flat<
  BothSides<L, R, K, H, A, B>
>

type Flat<T> = { [P in keyof T]: T[P] } & {}

type BothSides<L extends object, R extends object, K, H extends JoinHow, A extends string, B extends string> = {
  [P in keyof L | Exclude<keyof R, K> as P extends K
    ? P
    : P extends keyof L
      ? P extends keyof R
        ? `${P & string}${A}`
        : P
      : P]: P extends keyof L
    ? H extends 'right' | 'full'
      ? P extends K
        ? L[P]
        : L[P] | null
      : L[P]
    : P extends keyof R
      ? H extends 'left' | 'full'
        ? R[P] | null
        : R[P]
      : never
} & {
  [P in Exclude<keyof L & keyof R, K> as `${P & string}${B}`]: H extends 'left' | 'full' ? Nullable<R>[P] : R[P]
} & {}

/** The names of columns that both have, of the same type. */
export type CommonNames<L extends object, R extends object> = {
  [K in keyof L & keyof R]: [NonNullable<L[K]>] extends [NonNullable<R[K]>]
    ? [NonNullable<R[K]>] extends [NonNullable<L[K]>]
      ? K
      : never
    : never
}[keyof L & keyof R] &
  string

type ArrowColumn<T> = ArrowType & { readonly TValue: Stored<T> }
type Stored<T> = T extends number ? number | bigint : T extends Date ? number : T

/** What `compute()` gives: a table of apache-arrow. 64-bit integers are bigints in it, dates numbers of milliseconds. */
export type Table<S extends object> = ArrowTable<{ [K in keyof S & string]: ArrowColumn<NonNullable<S[K]>> }>
