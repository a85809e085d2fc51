import { ArgumentError, describe } from '../base/index.js'
import { DataFrame } from './data-frame.js'
import { spanOf } from './frequency.js'
import { quoteText } from './sql/literal.js'
import { statementOver } from './statement.js'

export interface TimeseriesOptions {
  /** the first moment; the beginning of 2000 unless told */
  readonly start?: Date
  /** the end, which is not part of it; the end of January 2000 unless told */
  readonly end?: Date
  /** from row to row; '1s' unless told */
  readonly frequency?: string
  /** another one gives other values; 0 unless told */
  readonly seed?: number
}

/** A row of demo data. */
export interface TimeseriesRow {
  timestamp: Date
  id: number
  name: string
  x: number
  y: number
}

const names =
  'Alice Bob Charlie Dan Edith Frank George Hannah Ingrid Jerry Kevin Laura Michael Norbert Oliver Patricia Quinn Ray Sarah Tim Ursula Victor Wendy Xavier Yvonne Zelda'.split(
    ' ',
  )

/**
 * Demo data: moments one after the other, with whole numbers around 1000 as `id`, names, and `x` and `y` from -1 to 1. The same
 * options give the same rows.
 *
 * @example console.log(await timeseries().groupBy('name').agg({ x: (r) => mean(r.x) }).head())
 */
export function timeseries({
  start = new Date(Date.UTC(2000, 0, 1)),
  end = new Date(Date.UTC(2000, 0, 31)),
  frequency = '1s',
  seed = 0,
}: TimeseriesOptions = {}): DataFrame<TimeseriesRow> {
  const step = spanOf(frequency, 'timeseries')
  if (!(end.getTime() > start.getTime())) throw new ArgumentError('timeseries: the end is not after the start')
  if (!Number.isSafeInteger(seed)) throw new ArgumentError(`timeseries: the seed is a whole number, not ${describe(seed)}`)
  const rows = Math.ceil(((end.getTime() - start.getTime()) * 1000) / step)
  const chance = (which: number) => `((hash(i, ${seed}, ${which}) >> 11)::DOUBLE / 9007199254740992e0)`
  // A normal number of two equally likely ones: Box and Muller.
  const normal = `sqrt(-2 * ln(1 - ${chance(0)})) * cos(2 * pi() * ${chance(1)})`
  const text = `SELECT make_timestamp(${start.getTime() * 1000} + i * ${step}) AS "timestamp",
  CAST(round(1000 + sqrt(1000) * ${normal}) AS INTEGER) AS id,
  [${names.map(quoteText).join(', ')}][1 + floor(${names.length} * ${chance(2)})::INTEGER] AS name,
  2 * ${chance(3)} - 1 AS x, 2 * ${chance(4)} - 1 AS y
FROM range(${rows}) AS rows(i)`
  return new DataFrame<TimeseriesRow>(statementOver(text, {}))
}
