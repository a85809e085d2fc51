import { ArgumentError, describe } from '../base/index.js'
import type { Tree } from '../lambda/index.js'
import { Series } from './series.js'

export interface ConversionOptions {
  /** what becomes of texts that do not fit: an error when it is computed ('raise', unless told), or null ('coerce') */
  readonly errors?: 'raise' | 'coerce'
}

function converted<T>(series: Series<unknown>, name: string, ...more: unknown[]): Series<T> {
  const args = more.map((value): Tree => ({ op: 'literal', value }))
  return new Series<T>(series.plan, { op: 'call', name, args: [series.expr.tree, ...args] }, series.name)
}

/**
 * Texts as dates, which are read as of UTC.
 *
 * @param options.format with the signs of C ('%d.%m.%Y %H:%M'); ISO 8601 unless told
 * @example const when = toDatetime(log.col('when'), { format: '%d/%b/%Y:%H:%M:%S' })
 */
export function toDatetime<T extends string | Date | null>(
  series: Series<T>,
  options: ConversionOptions & { readonly errors: 'coerce'; readonly format?: string },
): Series<Date | null>
export function toDatetime<T extends string | Date | null>(
  series: Series<T>,
  options?: ConversionOptions & { readonly format?: string },
): Series<Date | Extract<T, null>>
export function toDatetime(series: Series<unknown>, options: ConversionOptions & { readonly format?: string } = {}): unknown {
  return converted(series, 'column.datetime', options.format, options.errors === 'coerce')
}

/** Texts as numbers. */
export function toNumeric<T extends string | number | boolean | null>(
  series: Series<T>,
  options: ConversionOptions & { readonly errors: 'coerce' },
): Series<number | null>
export function toNumeric<T extends string | number | boolean | null>(
  series: Series<T>,
  options?: ConversionOptions,
): Series<number | Extract<T, null>>
export function toNumeric(series: Series<unknown>, { errors = 'raise' }: ConversionOptions = {}): unknown {
  return converted(series, 'column.numeric', errors === 'coerce')
}

const units = { us: 1e-3, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** Numbers of a unit as milliseconds: what the difference of two dates is. */
export function toTimedelta<T extends number | null>(
  series: Series<T>,
  unit: keyof typeof units,
): Series<number | Extract<T, null>> {
  const factor = units[unit]
  if (factor === undefined)
    throw new ArgumentError(`toTimedelta: a unit is one of ${Object.keys(units).join(', ')}, not ${describe(unit)}`)
  return series.mul(factor)
}
