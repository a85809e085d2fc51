import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { ArgumentError, formatDuration, parseBytes, parseDuration } from '../base/index.js'
import type { Kind } from './setting.js'

/** One of a few words. */
export function oneOf<const T extends string>(...words: T[]): Kind<T> {
  return {
    accepts: words.map((word) => `'${word}'`).join(' or '),
    unit: '',
    parse: (given) => words.find((word) => word === given),
    show: (word) => word,
  }
}

const BOOLEANS = new Map<unknown, boolean>([
  ...[true, 'true', 'yes', 'on', '1'].map((text): [unknown, boolean] => [text, true]),
  ...[false, 'false', 'no', 'off', '0'].map((text): [unknown, boolean] => [text, false]),
])

/** Yes or no; files and the environment may also say yes, no, on, off, 1 or 0. */
export const boolean: Kind<boolean> = {
  accepts: 'true or false',
  unit: '',
  parse: (given) => BOOLEANS.get(typeof given === 'string' ? given.toLowerCase() : given),
  show: String,
}

/** A whole number that is not below `least`, of `unit`. */
export function count(unit: string, least: number): Kind<number> {
  return {
    accepts: `a whole number of at least ${least}`,
    unit,
    parse: (given) => {
      const value = typeof given === 'string' && /^\d[\d_]*$/.test(given) ? Number(given.replaceAll('_', '')) : given
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= least ? value : undefined
    },
    show: String,
  }
}

/** A size in bytes that is not below `least`, given as a number of bytes or as text such as '24 GB'. */
export function bytes(least: number): Kind<number, number | string> {
  return {
    accepts: `a size${least > 0 ? ` of at least ${exactBytes(least)}` : ''}, such as '24 GB', '1.5 GiB' or a number of bytes`,
    unit: 'bytes',
    parse: (given) => {
      const value = readNumber(parseBytes, given)
      return value !== undefined && value >= least ? value : undefined
    },
    show: exactBytes,
  }
}

/** A span of time in milliseconds, given as a number of them or as text such as '5 ms' or '1h30m'. */
export const duration: Kind<number, number | string> = {
  accepts: "a duration such as '100 ms', '30 s', '1h30m', '00:30:00' or a number of milliseconds",
  unit: 'ms',
  parse: (given) => readNumber(parseDuration, given),
  show: (ms) => (parseDuration(formatDuration(ms)) === ms ? formatDuration(ms) : `${ms} ms`),
}

/** A span of time in milliseconds, or 'off' (false) for none. */
export const durationOrOff: Kind<number | false, number | string | false> = {
  accepts: `${duration.accepts}, or 'off'`,
  unit: 'ms',
  parse: (given) => (given === false || given === 'off' || given === 'false' ? false : duration.parse(given)),
  show: (value) => (value === false ? 'off' : duration.show(value)),
}

/** A share of a whole, above 0 and at most 1, given as a number or as text such as '60 %'; false or 'off' for none of it. */
export const shareOrOff: Kind<number | false, number | string | false> = {
  accepts: "a share such as 0.6 or '60 %', or 'off'",
  unit: '',
  parse: (given) => {
    if (given === false || given === 'off' || given === 'false') return false
    const [, digits, percent] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(%?)\s*$/.exec(String(given)) ?? []
    const share = Number(digits) / (percent === '%' ? 100 : 1)
    return (typeof given === 'number' || typeof given === 'string') && share > 0 && share <= 1 ? share : undefined
  },
  show: (share) => (share === false ? 'off' : String(share)),
}

/** A list of texts: an array, or one text with commas between them. */
export const texts: Kind<readonly string[], readonly string[] | string> = {
  accepts: 'a list of texts, or one with commas between them',
  unit: '',
  parse: (given) => {
    const list = typeof given === 'string' ? splitTexts(given) : given
    if (!Array.isArray(list) || !list.every((text) => typeof text === 'string' && text !== '')) return undefined
    return Object.freeze([...(list as string[])])
  },
  show: (list) =>
    // An empty variable of the environment says nothing.
    list.length === 0 || list.some((text) => /,|^\[|^\s|\s$/.test(text)) ? JSON.stringify(list) : list.join(', '),
}

function splitTexts(text: string): unknown {
  if (text.trim() === '') return []
  if (!text.startsWith('[')) return text.split(',').map((part) => part.trim())
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The path of a folder, made absolute; ~ is the home folder. Whether it exists is for its user to find out. */
export const folder: Kind<string> = {
  accepts: 'the path of a folder',
  unit: '',
  parse: (given) => {
    if (typeof given !== 'string' || given.trim() === '') return undefined
    return /^~(?=$|[/\\])/.test(given) ? join(homedir(), given.slice(1)) : resolve(given)
  },
  show: (path) => path,
}

/** Values by name, of any kind; in the environment as JSON. Whoever uses them says which there are. */
export const mapping: Kind<Readonly<Record<string, unknown>>> = {
  accepts: "values by name, such as { queue: 'short' }",
  unit: '',
  parse: (given) => {
    const value: unknown = typeof given === 'string' ? parseJson(given) : (given ?? {})
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  },
  show: (values) => JSON.stringify(values),
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** What another kind accepts, or 'auto'. */
export function orAuto<T extends {}, In>(kind: Kind<T, In>): Kind<T | 'auto', In | 'auto'> {
  return {
    accepts: `'auto' or ${kind.accepts}`,
    unit: kind.unit,
    parse: (given) => (given === 'auto' ? 'auto' : kind.parse(given)),
    show: (value) => (value === 'auto' ? 'auto' : kind.show(value as T)),
  }
}

function readNumber(parse: (text: string | number) => number, given: unknown): number | undefined {
  if (typeof given !== 'string' && typeof given !== 'number') return undefined
  try {
    return parse(given)
  } catch (error) {
    if (error instanceof ArgumentError) return undefined
    throw error
  }
}

const SI = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'].map((name, i) => ({ name, factor: 1000 ** i }))
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].map((name, i) => ({ name, factor: 1024 ** i }))

/** The shortest text that is exactly this many bytes: 10 MB and 32 MiB, never 9.54 MiB. */
function exactBytes(size: number): string {
  const [si, binary] = [SI, BINARY].map((units) => {
    const unit = units.findLast(({ factor }) => size >= factor && size % factor === 0) ?? units[0]
    return `${size / unit.factor} ${unit.name}`
  })
  return si.length <= binary.length ? si : binary
}
