import { ArgumentError, parseBytes, parseDuration } from '../base/index.js'

const KIB = 1024
const MIB = 1024 ** 2
const GIB = 1024 ** 3

/**
 * The bytes of an amount of memory that is written with its unit.
 *
 * @throws ArgumentError when there is no unit, or it is no amount
 */
export function memoryOf(what: string, given: unknown): number {
  if (typeof given === 'number' || (typeof given === 'string' && /^\s*[\d.]+(?:e[+-]?\d+)?\s*$/i.test(given))) {
    const number = String(given).trim()
    throw new ArgumentError(`${what}: ${number} has no unit: write '${number} GB' (thousands) or '${number} GiB' (1024s)`)
  }
  try {
    const bytes = parseBytes(given as string)
    if (bytes > 0) return bytes
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    throw new ArgumentError(`${what}: ${error.message}`, { cause: error })
  }
  throw new ArgumentError(`${what}: a job needs memory`)
}

/**
 * The milliseconds of a time that is written with its units, or as a clock.
 *
 * @throws ArgumentError when it has neither, or is none
 */
export function timeOf(what: string, given: unknown): number {
  if (typeof given === 'string' && /^\s*[\d.]+\s*$/.test(given)) {
    throw new ArgumentError(`${what}: ${given.trim()} has no unit: write '${given.trim()} min' or '00:30:00'`)
  }
  let milliseconds: number
  try {
    milliseconds = parseDuration(given as string)
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    throw new ArgumentError(`${what}: ${error.message}`, { cause: error })
  }
  if (milliseconds > 0) return milliseconds
  throw new ArgumentError(`${what}: it must be longer than nothing`)
}

/** For Slurm, whose K, M and G count in 1024s: rounded up, in the largest of them that is less than the amount. */
export function slurmMemory(bytes: number): string {
  if (bytes >= GIB) return `${Math.ceil(bytes / GIB)}G`
  if (bytes >= MIB) return `${Math.ceil(bytes / MIB)}M`
  return `${Math.max(1, Math.ceil(bytes / KIB))}K`
}

/** For PBS, whose kB, MB and GB count in 1024s: rounded up by a tenth at most. */
export function pbsMemory(bytes: number): string {
  if (bytes >= 10 * GIB) return `${Math.ceil(bytes / GIB)}GB`
  if (bytes >= 10 * MIB) return `${Math.ceil(bytes / MIB)}MB`
  if (bytes >= 10 * KIB) return `${Math.ceil(bytes / KIB)}kB`
  return `${bytes}B`
}

export const LSF_UNITS = ['KB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const
export type LsfUnit = (typeof LSF_UNITS)[number]

/** For LSF: a number of the site's units (thousands), rounded up. */
export function lsfMemory(bytes: number, unit: LsfUnit): string {
  return String(Math.ceil(bytes / 1000 ** (LSF_UNITS.indexOf(unit) + 1)))
}

/** `hours:minutes:seconds`, rounded up; what every engine but LSF takes. */
export function clock(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(':')
}

/** `hours:minutes`, rounded up: LSF counts no seconds. */
export function shortClock(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / 60_000)
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`
}

/** The milliseconds of a limit as Slurm writes it (`2:00`, `1:00:00`, `7-00:00:00`); undefined: there is none. */
export function slurmTime(text: string): number | undefined {
  const [, days = '0', clockText] = /^(?:(\d+)-)?([\d:]+)$/.exec(text.trim()) ?? []
  if (clockText === undefined) return undefined
  const seconds = clockText.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  // Two parts are minutes and seconds; one alone is minutes.
  return (Number(days) * 86_400 + (clockText.includes(':') ? seconds : seconds * 60)) * 1000
}

const twoDigits = (n: number): string => String(n).padStart(2, '0')
