// The columns that methods of dataframes give, as types.

import type { DataFrame } from './data-frame.js'

/** The columns that `getDummies` makes. */
export type DummyColumns<V> = {
  [K in keyof V & string as V[K] extends readonly (infer I extends string | number | boolean)[] ? `${K}_${I}` : never]: boolean
}

/** All columns as numbers. */
export type Numbers<S extends object> = { [K in keyof S]: null extends S[K] ? number | null : number }
/** A dataframe all of whose columns are of numbers or booleans; else what its method tells who calls it. */
export type OfNumbers<S extends object> = [S[keyof S]] extends [number | bigint | boolean | null]
  ? DataFrame<S>
  : 'select() the columns of numbers and booleans first'
/** All columns as booleans. */
export type Flags<S extends object> = { [K in keyof S]: boolean }
/** One row: the columns of booleans. */
export type BooleanTotals<S extends object> = { [K in keyof S as [NonNullable<S[K]>] extends [boolean] ? K : never]: boolean }
/** The columns of numbers, and that of dates which windows go by. */
export type RollingColumns<S extends object, O> = {
  [K in keyof S as K extends O ? K : [NonNullable<S[K]>] extends [number | bigint] ? K : never]: K extends O
    ? S[K]
    : number | null
}

/** The values of what `TypeName` names. */
export type ValueOfKind<N> = N extends 'number'
  ? number
  : N extends 'string'
    ? string
    : N extends 'boolean'
      ? boolean
      : N extends 'Date'
        ? Date
        : bigint
/** The columns after `asType`. */
export type Converted<S extends object, V> = {
  [K in keyof S]: K extends keyof V ? ValueOfKind<V[K] extends 'integer' ? 'number' : V[K]> | Extract<S[K], null> : S[K]
}

/** One row: the columns of numbers, each with its total. */
export type Totals<S extends object, T> = {
  [K in keyof S as [NonNullable<S[K]>] extends [number | bigint | boolean] ? K : never]: T
}
