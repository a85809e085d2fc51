import { ArgumentError } from '../base/index.js'
import { spanOf } from './frequency.js'
import type { Series } from './series.js'

type Call = (name: string, ...args: unknown[]) => Series<never>

/**
 * What a column of dates shows on a clock: of UTC, or of a time zone (`inZone`). N is null where values may be missing.
 *
 * @example flights.col('date').dt.inZone('America/New_York').hour
 */
export class DateTimeAccessor<out N extends null = never> {
  readonly #call: Call
  readonly #stored: string | null
  readonly #zone: string | undefined

  /** Use `dt` of a column. */
  constructor(call: Call, stored: string | null, zone?: string) {
    this.#call = call
    this.#stored = stored
    this.#zone = zone
  }

  /** The time zone whose clock it is; null for dates that know of none, which are read as UTC. */
  get tz(): string | null {
    return this.#zone ?? this.#stored
  }

  /** The same moments on the clocks of a zone. @param zone such as 'Europe/Zurich' */
  inZone(zone: string): DateTimeAccessor<N> {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
    } catch (error) {
      throw new ArgumentError(`dt.inZone: there is no time zone ${JSON.stringify(zone)}`, { cause: error })
    }
    return new DateTimeAccessor(this.#call, this.#stored, zone)
  }

  get year(): Series<number | N> {
    return this.#of('year')
  }
  get quarter(): Series<number | N> {
    return this.#of('quarter')
  }
  /** From 1 to 12. */
  get month(): Series<number | N> {
    return this.#of('month')
  }
  /** The week of ISO 8601, from 1 to 53. */
  get week(): Series<number | N> {
    return this.#of('week')
  }
  /** The day of the month, from 1. */
  get day(): Series<number | N> {
    return this.#of('day')
  }
  /** From Monday, 0, to Sunday, 6. */
  get dayOfWeek(): Series<number | N> {
    return this.#of('dayOfWeek')
  }
  get weekday(): Series<number | N> {
    return this.#of('weekday')
  }
  get dayOfYear(): Series<number | N> {
    return this.#of('dayOfYear')
  }
  get daysInMonth(): Series<number | N> {
    return this.#of('daysInMonth')
  }
  get hour(): Series<number | N> {
    return this.#of('hour')
  }
  get minute(): Series<number | N> {
    return this.#of('minute')
  }
  get second(): Series<number | N> {
    return this.#of('second')
  }
  /** From 0 to 999,999. */
  get microsecond(): Series<number | N> {
    return this.#of('microsecond')
  }
  /** Beyond microseconds; 0 but for columns of nanoseconds. */
  get nanosecond(): Series<number | N> {
    return this.#of('nanosecond')
  }
  get isLeapYear(): Series<boolean | N> {
    return this.#of('isLeapYear')
  }
  get isMonthStart(): Series<boolean | N> {
    return this.#of('isMonthStart')
  }
  get isMonthEnd(): Series<boolean | N> {
    return this.#of('isMonthEnd')
  }
  get isQuarterStart(): Series<boolean | N> {
    return this.#of('isQuarterStart')
  }
  get isQuarterEnd(): Series<boolean | N> {
    return this.#of('isQuarterEnd')
  }
  get isYearStart(): Series<boolean | N> {
    return this.#of('isYearStart')
  }
  get isYearEnd(): Series<boolean | N> {
    return this.#of('isYearEnd')
  }
  /** The day that the clock shows, as the midnight of UTC that begins it. */
  get date(): Series<Date | N> {
    return this.#of('date')
  }
  /** What the clock shows, as text: '13:05:00.25'. */
  get time(): Series<string | N> {
    return this.#of('time')
  }
  /** Year, week and day of ISO 8601. */
  isocalendar(): Series<{ readonly year: number; readonly week: number; readonly day: number } | N> {
    return this.#of('isocalendar')
  }
  /** The midnight before. */
  normalize(): Series<Date | N> {
    return this.#of('normalize')
  }
  /** As text. @param format with the signs of C: '%Y-%m-%d %H:%M' */
  strftime(format: string): Series<string | N> {
    const [odd] = /%[cxX]/.exec(format) ?? []
    if (odd !== undefined) throw new ArgumentError(`dt.strftime: ${odd} depends on the language of a machine. Say it in parts.`)
    return this.#call('dt.strftime', this.#zone, format)
  }
  /** The last multiple of a length of time before. @example times.dt.floor('15min') */
  floor(frequency: string): Series<Date | N> {
    return this.#call('dt.floor', this.#zone, spanOf(frequency, 'dt.floor'))
  }
  /** The next multiple of a length of time after. */
  ceil(frequency: string): Series<Date | N> {
    return this.#call('dt.ceil', this.#zone, spanOf(frequency, 'dt.ceil'))
  }
  /** The nearest multiple of a length of time; from the middle the even one. */
  round(frequency: string): Series<Date | N> {
    return this.#call('dt.round', this.#zone, spanOf(frequency, 'dt.round'))
  }

  #of(name: string): Series<never> {
    return this.#call(`dt.${name}`, this.#zone)
  }
}
