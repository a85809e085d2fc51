import { ArgumentError, describe, noSuchOption, parseBytes } from '../base/index.js'
import { memoryOf, timeOf } from './amounts.js'

/** Reads the value of one option: gives what is used, or throws an ArgumentError that begins with `what`. */
export type OptionKind<T> = (what: string, given: unknown) => T

/** The options of something, and what each of them takes. */
export type OptionTable<O> = { readonly [K in keyof O]-?: OptionKind<Exclude<O[K], undefined>> }

const expected = (what: string, given: unknown, wanted: string): ArgumentError =>
  new ArgumentError(`${what}: ${describe(given)} is not ${wanted}`)

/** One line of text. */
export const text: OptionKind<string> = (what, given) => {
  const value = typeof given === 'number' ? String(given) : given
  if (typeof value !== 'string' || value.trim() === '') throw expected(what, given, 'a text')
  // A directive must not become two.
  if (/[\r\n\0]/.test(value)) throw expected(what, given, 'one line')
  return value
}

/** Lines of text; one alone stands for itself. */
export const lines: OptionKind<readonly string[]> = (what, given) => {
  const list = Array.isArray(given) ? (given as unknown[]) : [given]
  return list.map((line) => {
    if (typeof line !== 'string') throw expected(what, line, 'a text')
    return line
  })
}

/** Texts of one line each. */
export const words: OptionKind<readonly string[]> = (what, given) =>
  (Array.isArray(given) ? (given as unknown[]) : [given]).map((word) => text(what, word))

export const flag: OptionKind<boolean> = (what, given) => {
  if (typeof given !== 'boolean') throw expected(what, given, 'true or false')
  return given
}

export function count(least: number): OptionKind<number> {
  return (what, given) => {
    const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
    throw expected(what, given, `a whole number of at least ${least}`)
  }
}

/** Memory with its unit, as it was written. */
export const memory: OptionKind<string> = (what, given) => {
  memoryOf(what, given)
  return given as string
}

/** A time with its unit, as it was written; a number counts milliseconds. */
export const time: OptionKind<string | number> = (what, given) => {
  timeOf(what, given)
  return given as string | number
}

/** A time that jobs count. A small number was not meant as milliseconds. */
export const jobTime: OptionKind<string | number> = (what, given) => {
  if (typeof given === 'number' && given < 1000) {
    throw new ArgumentError(`${what}: ${given} counts milliseconds: write '${given} s' or '${given} min'`)
  }
  return time(what, given)
}

/** The same, or no limit. */
export const jobTimeOrNone: OptionKind<string | number> = (what, given) => (given === 'none' ? given : jobTime(what, given))

export function oneOf<const T extends string>(...choices: T[]): OptionKind<T> {
  return (what, given) => {
    const found = choices.find((choice) => choice === given)
    if (found === undefined) throw expected(what, given, `one of ${choices.join(', ')}`)
    return found
  }
}

/** Named numbers; sizes may be text. */
export const amounts: OptionKind<Readonly<Record<string, number>>> = (what, given) => {
  const entries = Object.entries(mapping(what, given))
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const number = typeof value === 'string' ? parseBytes(value) : value
      if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return [name, number]
      throw expected(`${what}: ${name}`, value, 'an amount')
    }),
  )
}

/** Named texts. */
export const texts: OptionKind<Readonly<Record<string, string>>> = (what, given) =>
  Object.fromEntries(
    Object.entries(mapping(what, given)).map(([name, value]) => [
      text(`${what}: a name`, name),
      text(`${what}: ${name}`, typeof value === 'boolean' ? String(value) : value),
    ]),
  )

export function mapping(what: string, given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Record<string, unknown>
  throw expected(what, given, 'an object')
}

/** A function of the program. */
export function callback<T>(): OptionKind<T> {
  return (what, given) => {
    if (typeof given !== 'function') throw expected(what, given, 'a function')
    return given as T
  }
}

/**
 * Reads options by their table. Those that are undefined count as not given; null, as YAML has it, too.
 *
 * @param where for messages: `SlurmCluster`
 * @throws ArgumentError for an option that does not exist, with the one that was probably meant, and for a value that cannot be
 */
export function readOptions<O extends object>(where: string, given: unknown, table: OptionTable<O>): Partial<O> {
  const read: Partial<Record<string, unknown>> = {}
  for (const [name, value] of Object.entries(mapping(where, given))) {
    if (!Object.hasOwn(table, name)) throw noSuchOption(where, name, Object.keys(table))
    if (value === undefined || value === null) continue
    read[name] = (table as Record<string, OptionKind<unknown>>)[name]!(`${where}: ${name}`, value)
  }
  return read as Partial<O>
}
