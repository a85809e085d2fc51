import { ArgumentError, describe } from '../base/index.js'
import { ColumnError, missingColumn } from './errors.js'
import { spanOf } from './frequency.js'
import type { Column } from './plan/relation.js'
import { classOf } from './plan/type.js'
import type { WindowSpec } from './translate/windows.js'

export interface ExpandingOptions {
  /** of fewer values there is no result; 1 unless told */
  readonly minPeriods?: number
}

export interface RollingOptions extends ExpandingOptions {
  /** the row is in the middle of its window, not its end */
  readonly center?: boolean
  /** the column of dates that windows of a time go by */
  readonly on?: string
}

/** Makes of the name of a window function, and of what it takes besides the window, the result for all columns. */
export type MakeRolling<R> = (name: string, more: readonly unknown[]) => R

/** What stands around each row, to be summed up. R is what comes out: a column, or a dataframe. */
export class Rolling<out R> {
  readonly #make: MakeRolling<R>

  /** Use `rolling` and `expanding`. */
  constructor(make: MakeRolling<R>) {
    this.#make = make
  }

  /** How many values are not null. */
  count(): R {
    return this.#of('count')
  }
  sum(): R {
    return this.#of('sum')
  }
  mean(): R {
    return this.#of('mean')
  }
  min(): R {
    return this.#of('min')
  }
  max(): R {
    return this.#of('max')
  }
  /** The standard deviation of a sample (n − 1). */
  std(): R {
    return this.#of('std')
  }
  /** The variance of a sample (n − 1). */
  var(): R {
    return this.#of('variance')
  }
  /** The standard error of the mean. */
  sem(): R {
    return this.#of('sem')
  }
  median(): R {
    return this.#of('median')
  }
  /** @param q from 0 to 1; between two values it is interpolated linearly */
  quantile(q: number): R {
    return this.#of('quantile', q)
  }
  /** The skewness, corrected for bias. */
  skew(): R {
    return this.#of('skew')
  }
  /** The excess kurtosis, corrected for bias. */
  kurt(): R {
    return this.#of('kurt')
  }
  /** What a function of JavaScript gives of the values of each window, null among them. */
  apply(fn: (values: readonly (number | null)[]) => number | null): R {
    if (typeof fn !== 'function')
      throw new ArgumentError(`rolling.apply: a function of an array is expected, not ${describe(fn)}`)
    return this.#make('window.apply', [fn])
  }

  #of(name: string, ...more: unknown[]): R {
    return this.#make(`window.rolling.${name}`, more)
  }
}

/** Which rows a window has. @param window undefined: all up to a row */
export function windowSpec(
  window: number | string | undefined,
  { minPeriods, center = false, on }: RollingOptions,
  columns: readonly Column[],
  where: string,
): WindowSpec {
  if (minPeriods !== undefined && (!Number.isInteger(minPeriods) || minPeriods < 0))
    throw new ArgumentError(`${where}: minPeriods is a whole number that is not negative, not ${describe(minPeriods)}`)
  if (window === undefined) return { minPeriods: minPeriods ?? 1 }
  if (typeof window === 'number') {
    if (!Number.isInteger(window) || window < 1)
      throw new ArgumentError(`${where}: a window has at least one row; ${describe(window)} was given`)
    return { rows: window, center, minPeriods: minPeriods ?? window }
  }
  if (center)
    throw new ArgumentError(`${where}: windows of a time end at their row; give a number of rows to have it in the middle`)
  if (on === undefined) throw new ArgumentError(`${where}: a window of a time goes by a column of dates: { on: 'time' }`)
  const found = columns.find((column) => column.name === on)
  if (found === undefined) throw missingColumn(on, columns, where)
  if (classOf(found.type) !== 'date') throw new ColumnError(`${where}: "${on}" is ${found.type.sql}, not a column of dates`)
  return { span: spanOf(window, where), on, minPeriods: minPeriods ?? 1 }
}
