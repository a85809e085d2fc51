import { ArgumentError, describe } from './errors.js'

const NUMBER = String.raw`(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?`

const BYTE_PREFIXES = ['k', 'm', 'g', 't', 'p', 'e']
const BYTE_UNITS = new Map<string, number>([
  ['', 1],
  ['b', 1],
  ['byte', 1],
  ['bytes', 1],
  ...BYTE_PREFIXES.flatMap((prefix, i): [string, number][] => [
    [prefix, 1000 ** (i + 1)],
    [`${prefix}b`, 1000 ** (i + 1)],
    [`${prefix}i`, 1024 ** (i + 1)],
    [`${prefix}ib`, 1024 ** (i + 1)],
  ]),
])
const BYTES_TEXT = new RegExp(`^\\s*(${NUMBER})\\s*([a-z]*)\\s*$`, 'i')
const BYTES_ACCEPTED =
  'a number of bytes, or text such as "24 GB" or "1.5 GiB" (B; K KB M MB G GB T TB P PB E EB count in thousands; KiB MiB GiB TiB PiB EiB in 1024s)'

/**
 * The number of bytes that a text or a number stands for, rounded to a whole one. GB is 10^9 bytes and GiB is 2^30; a bare
 * K, M or G means the same as KB, MB or GB, and a bare number means bytes. Case and space do not matter.
 *
 * @throws ArgumentError when it is neither, when the unit is unknown, or when it is negative or not finite.
 * @example parseBytes('24 GB') // 24_000_000_000
 * @example parseBytes('1.5 GiB') // 1_610_612_736
 */
export function parseBytes(size: string | number): number {
  if (typeof size === 'number') {
    if (Number.isFinite(size) && size >= 0) return Math.round(size)
  } else if (typeof size === 'string') {
    const [, digits, unit] = BYTES_TEXT.exec(size) ?? []
    const factor = unit === undefined ? undefined : BYTE_UNITS.get(unit.toLowerCase())
    const bytes = factor === undefined ? NaN : Math.round(Number(digits) * factor)
    if (Number.isFinite(bytes)) return bytes
  }
  throw new ArgumentError(`${describe(size)} is not a size: expected ${BYTES_ACCEPTED}`)
}

const BYTE_NAMES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

/**
 * A number of bytes for people: two decimals in the binary unit that leaves less than 1024 of it, whole bytes below 1 KiB.
 *
 * @example formatBytes(1_610_612_736) // '1.50 GiB'
 */
export function formatBytes(bytes: number): string {
  if (bytes < 0) return `-${formatBytes(-bytes)}`
  let value = bytes
  let text = value.toFixed(0)
  let unit = 0
  // The rounded text decides, so that nothing shows as "1024.00 KiB".
  while (Number(text) >= 1024 && unit < BYTE_NAMES.length - 1) {
    value /= 1024
    text = value.toFixed(2)
    unit++
  }
  return `${text} ${BYTE_NAMES[unit]}`
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const DURATION_UNITS = new Map<string, number>(
  [
    { names: 'ns nanosecond nanoseconds', ms: 1e-6 },
    { names: 'us µs μs microsecond microseconds', ms: 1e-3 },
    { names: 'ms millisecond milliseconds', ms: 1 },
    { names: 's sec secs second seconds', ms: SECOND },
    { names: 'm min mins minute minutes', ms: MINUTE },
    { names: 'h hr hrs hour hours', ms: HOUR },
    { names: 'd day days', ms: DAY },
    { names: 'w week weeks', ms: 7 * DAY },
  ].flatMap(({ names, ms }) => names.split(' ').map((name): [string, number] => [name, ms])),
)
const DURATION_BARE = new RegExp(`^\\s*(${NUMBER})\\s*$`, 'i')
const DURATION_PART = new RegExp(`\\s*(${NUMBER})\\s*([a-zµμ]+)\\s*`, 'iy')
const DURATION_CLOCK = /^\s*(?:(\d+)-)?(\d+):([0-5]?\d):([0-5]?\d(?:\.\d+)?)\s*$/
const DURATION_ACCEPTED =
  'a number of milliseconds, or text such as "30 s", "1h30m", "100 ms", "00:30:00" or "1-12:00:00" (units: ns us ms s m h d w)'

/**
 * The milliseconds that a text or a number stands for, fractions included. A bare number means milliseconds; parts add up
 * (`1h30m`); a clock is hours:minutes:seconds, with days before it as in Slurm (`1-12:00:00`). Case and space do not matter.
 *
 * @throws ArgumentError when it is neither, when a unit is unknown, or when it is negative or not finite.
 * @example parseDuration('1h30m') // 5_400_000
 * @example parseDuration('00:00:30') // 30_000
 */
export function parseDuration(duration: string | number): number {
  if (typeof duration === 'number') {
    if (Number.isFinite(duration) && duration >= 0) return duration
  } else if (typeof duration === 'string') {
    const ms = millisecondsOf(duration)
    // Fifteen digits, so that 0.57 s is 570 ms and not 569.9999999999999.
    if (Number.isFinite(ms)) return Number(ms.toPrecision(15))
  }
  throw new ArgumentError(`${describe(duration)} is not a duration: expected ${DURATION_ACCEPTED}`)
}

function millisecondsOf(text: string): number {
  const bare = DURATION_BARE.exec(text)
  if (bare) return Number(bare[1])
  const clock = DURATION_CLOCK.exec(text)
  if (clock) {
    const [, days = '0', hours, minutes, seconds] = clock
    return Number(days) * DAY + Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND
  }
  let ms = text === '' ? NaN : 0
  for (let at = 0; at < text.length; at = DURATION_PART.lastIndex) {
    DURATION_PART.lastIndex = at
    const part = DURATION_PART.exec(text)
    const unit = DURATION_UNITS.get(part?.[2].toLowerCase() ?? '')
    if (!part || unit === undefined) return NaN
    ms += Number(part[1]) * unit
  }
  return ms
}

const SHORT_UNITS: readonly { name: string; ms: number; below: number }[] = [
  { name: 'ns', ms: 1e-6, below: 1000 },
  { name: 'µs', ms: 1e-3, below: 1000 },
  { name: 'ms', ms: 1, below: 1000 },
  { name: 's', ms: SECOND, below: 60 },
]

/**
 * A number of milliseconds for people: three digits below a minute, then the two largest units that matter.
 *
 * @example formatDuration(5_240) // '5.24 s'
 * @example formatDuration(5_400_000) // '1h 30m'
 */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms === 0) return '0 ms'
  if (!Number.isFinite(ms)) return `${ms} ms`
  for (const unit of SHORT_UNITS) {
    const rounded = Number((ms / unit.ms).toPrecision(3))
    if (rounded < unit.below) return `${rounded} ${unit.name}`
  }
  const seconds = Math.round(ms / SECOND)
  if (seconds < 3600) return pair(seconds, 60, 'm', 's')
  const minutes = Math.round(ms / MINUTE)
  if (minutes < 24 * 60) return pair(minutes, 60, 'h', 'm')
  return pair(Math.round(ms / HOUR), 24, 'd', 'h')
}

function pair(count: number, perLarge: number, large: string, small: string): string {
  const rest = count % perLarge
  const first = `${Math.floor(count / perLarge)}${large}`
  return rest === 0 ? first : `${first} ${rest}${small}`
}

const COUNT_NAMES = ['', 'k', 'M', 'G', 'T', 'P', 'E']

/**
 * A count for people: as it is below a thousand, then thousands (k), millions (M), … with one decimal below a hundred of them.
 *
 * @example formatCount(1_234_567) // '1.2M'
 */
export function formatCount(count: number): string {
  if (count < 0) return `-${formatCount(-count)}`
  let value = count
  let rounded = Number(value.toFixed(1))
  let unit = 0
  while (rounded >= 1000 && unit < COUNT_NAMES.length - 1) {
    value /= 1000
    rounded = Number(value.toFixed(value < 99.95 ? 1 : 0))
    unit++
  }
  return `${rounded}${COUNT_NAMES[unit]}`
}
