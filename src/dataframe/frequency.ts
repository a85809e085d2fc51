import { ArgumentError, describe } from '../base/index.js'

/** A length of time: so many microseconds, or so many months. */
export type Frequency = { readonly kind: 'span'; readonly micros: number } | { readonly kind: 'months'; readonly months: number }

const second = 1_000_000
const spans: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1000,
  s: second,
  min: 60 * second,
  h: 3600 * second,
  d: 86_400 * second,
  w: 7 * 86_400 * second,
}
const months: Readonly<Record<string, number>> = { mo: 1, q: 3, y: 12 }

/**
 * Reads '15min', '1h', '2d', 'mo': a number (1 when there is none) and a unit, one of us, ms, s, min, h, d, w, mo, q, y.
 *
 * @throws ArgumentError for what is none
 */
export function frequencyOf(text: string, where: string): Frequency {
  const [, digits, unit] = (typeof text === 'string' && /^\s*(\d+)?\s*(us|ms|s|min|h|d|w|mo|q|y)\s*$/i.exec(text)) || []
  const count = digits === undefined ? 1 : Number(digits)
  if (unit === undefined || count < 1 || count > 1e6)
    throw new ArgumentError(
      `${where}: a length of time is expected ('15min', '1h', '2d', '1w', '1mo', '1q', '1y'), not ${describe(text)}`,
    )
  const span = spans[unit.toLowerCase()]
  if (span !== undefined) return { kind: 'span', micros: count * span }
  return { kind: 'months', months: count * months[unit.toLowerCase()]! }
}

/** The microseconds of a length of time that is always the same. */
export function spanOf(text: string, where: string): number {
  const frequency = frequencyOf(text, where)
  if (frequency.kind === 'months') throw new ArgumentError(`${where}: months are not equally long. Say it in days or hours.`)
  return frequency.micros
}
