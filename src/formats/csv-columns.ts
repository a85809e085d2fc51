/** What the text of a CSV field becomes. An empty field of another type than `string` is `null`. */
export type CsvType = 'string' | 'number' | 'boolean' | 'date'

/** The value of a field converted to a type. */
export type CsvValue<T extends CsvType> = T extends 'number'
  ? number | null
  : T extends 'boolean'
    ? boolean | null
    : T extends 'date'
      ? Date | null
      : string

/** A field with `convert: true`. */
export type CsvGuess = string | number | boolean | null

export interface Conversion {
  /** What to call the type in a message. */
  readonly name: string
  /** The value, or undefined when the text is no such thing. */
  readonly parse: (text: string) => unknown
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
// Without leading zeros, which mark codes, not amounts ("01234").
const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i
const NOT_FINITE: { readonly [text: string]: number } = {
  nan: Number.NaN,
  inf: Infinity,
  infinity: Infinity,
  '-inf': -Infinity,
  '-infinity': -Infinity,
}
const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i

function parseNumber(text: string): number | null | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return null
  return NUMBER.test(trimmed) ? Number(trimmed) : NOT_FINITE[trimmed.toLowerCase()]
}

function parseBoolean(text: string): boolean | null | undefined {
  switch (text.trim().toLowerCase()) {
    case '':
      return null
    case 'true':
    case '1':
      return true
    case 'false':
    case '0':
      return false
    default:
      return undefined
  }
}

/** ISO 8601 only: what else `Date.parse` takes depends on the engine and on the time zone of the machine. No zone means UTC. */
function parseDate(text: string): Date | null | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return null
  const match = DATE.exec(trimmed)
  if (match === null) return undefined
  const [, day, time, zone] = match
  const date = new Date(
    time === undefined
      ? day!
      : `${day}T${time}${zone === undefined ? 'Z' : zone.toUpperCase().replace(/^(...)(\d\d)$/, '$1:$2')}`,
  )
  // The engine turns the 30th of February into a day of March.
  return Number.isNaN(date.getTime()) || !existingDay(day!) ? undefined : date
}

function existingDay(day: string): boolean {
  const date = new Date(day)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

/** Numbers written plainly and exactly representable, `true`, `false`, nothing; the rest stays text. */
function guess(text: string): CsvGuess {
  if (text === '') return null
  if (text === 'true') return true
  if (text === 'false') return false
  if (!PLAIN_NUMBER.test(text)) return text
  const value = Number(text)
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value
}

export const conversions: { readonly [T in CsvType]: Conversion | undefined } = {
  string: undefined,
  number: { name: 'a number', parse: parseNumber },
  boolean: { name: 'true or false', parse: parseBoolean },
  date: { name: 'an ISO 8601 date (2024-05-31, 2024-05-31T12:00:00Z)', parse: parseDate },
}

export const guessing: Conversion = { name: 'a value', parse: guess }
