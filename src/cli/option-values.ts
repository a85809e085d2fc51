import { ArgumentError, parseDuration } from '../base/index.js'
import type { CommandInput } from './command.js'
import { UsageError } from './errors.js'

/** What was given of something, or else what a setting says. */
export function givenOr(given: readonly string[], otherwise: readonly string[]): readonly string[] {
  return given.length > 0 ? given : otherwise
}

/** The options of one command, read as what they mean. Every method throws a UsageError that names the option. */
export class OptionValues {
  readonly #command: string
  readonly #options: CommandInput['options']

  constructor(command: string, options: CommandInput['options']) {
    this.#command = command
    this.#options = options
  }

  flag(name: string): boolean {
    return this.#options[name] === true
  }

  text(name: string): string | undefined {
    const value = this.#options[name]
    if (typeof value !== 'string') return undefined
    if (value.trim() === '') throw this.wrong(name, 'it is empty')
    return value
  }

  texts(name: string): readonly string[] {
    const value = this.#options[name]
    return Array.isArray(value) ? (value as readonly string[]) : []
  }

  /** A whole number, or undefined for none, or for 'auto' where that may be said. */
  count(name: string, least: number, { auto = false } = {}): number | undefined {
    const text = this.text(name)
    if (text === undefined || (auto && text === 'auto')) return undefined
    const number = Number(text)
    if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(number) && number >= least) return number
    throw this.wrong(name, `${JSON.stringify(text)} is not a whole number of at least ${least}${auto ? ", or 'auto'" : ''}`)
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const found = choices.find((choice) => choice === text)
    if (found === undefined) throw this.wrong(name, `${JSON.stringify(text)} is none of ${choices.join(', ')}`)
    return found
  }

  /** Milliseconds. A bare number counts seconds, as it does for other schedulers' commands. */
  duration(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const seconds = /^\s*[\d.]+\s*$/.test(text) ? `${text.trim()} s` : text
    return this.parsed(name, () => parseDuration(seconds))
  }

  /** What `parse` gives; its complaint becomes one about this option. */
  parsed<T>(name: string, parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error
      throw new UsageError(`${this.#command}: --${name}: ${error.message}; see heddle ${this.#command} --help`, { cause: error })
    }
  }

  wrong(name: string, why: string): UsageError {
    return new UsageError(`${this.#command}: --${name}: ${why}; see heddle ${this.#command} --help`)
  }

  /** Two options that exclude each other. */
  notBoth(one: string, other: string): void {
    if (this.#options[one] !== undefined && this.#options[other] !== undefined) {
      throw new UsageError(`${this.#command}: --${one} and --${other} cannot both be given; see heddle ${this.#command} --help`)
    }
  }
}

/** 'gpu=2,mem=1e9' as what it says. */
export function parseResources(text: string): Record<string, number> {
  const resources: Record<string, number> = {}
  for (const part of text.split(',')) {
    const [, name, amount] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(part) ?? []
    const number = Number(amount)
    if (name === undefined || !(Number.isFinite(number) && number >= 0)) {
      throw new ArgumentError(`${JSON.stringify(part)} is not a resource: they are written as gpu=2,mem=1e9`)
    }
    if (Object.hasOwn(resources, name)) throw new ArgumentError(`the resource ${name} is there twice`)
    resources[name] = number
  }
  return resources
}
