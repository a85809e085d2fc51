import { ArgumentError, describe } from '../base/index.js'
import type { Tree } from '../lambda/index.js'
import type { Series } from './series.js'

type Call = (name: string, ...args: unknown[]) => Series<never>
type Joined = (name: string, ...args: Tree[]) => Series<never>

/**
 * What texts can do, under Python's names and with Python's meanings: lengths and places count characters (code points).
 * Patterns are regular expressions of JavaScript; a text is looked for as it stands. N is null where values may be missing.
 *
 * @example flights.col('origin').str.lower().str.startswith('s')
 */
export class StringAccessor<out N extends null = never> {
  readonly #call: Call
  readonly #joined: Joined
  readonly #tree: (series: Series<unknown>) => Tree

  /** Use `str` of a column. */
  constructor(call: Call, joined: Joined, tree: (series: Series<unknown>) => Tree) {
    this.#call = call
    this.#joined = joined
    this.#tree = tree
  }

  /** The first character as in titles, the others small. */
  capitalize(): Series<string | N> {
    return this.#call('str.capitalize')
  }
  /** Small, and more: what is to be compared whatever its case. */
  casefold(): Series<string | N> {
    return this.#call('str.casefold')
  }
  /** With the texts of another column behind. @param missing what stands for null; without it the result is null */
  cat<M extends string | null>(
    other: Series<M>,
    { separator = '', missing }: { readonly separator?: string; readonly missing?: string } = {},
  ): Series<string | N | Extract<M, null>> {
    return this.#joined('str.cat', this.#tree(other), { op: 'literal', value: separator }, { op: 'literal', value: missing })
  }
  center(width: number, fill = ' '): Series<string | N> {
    return this.#call('str.center', count(width, 'center'), one(fill, 'center'))
  }
  /** True where a text, or what a pattern matches, is in it. */
  contains(what: string | RegExp): Series<boolean | N> {
    return this.#call('str.contains', what)
  }
  /** How often a text or pattern is in it, without overlaps. */
  count(what: string | RegExp): Series<number | N> {
    return this.#call('str.count', what)
  }
  /** The text of bytes of UTF-8. */
  decode(): Series<string | N> {
    return this.#call('str.decode')
  }
  /** The bytes of it in UTF-8. */
  encode(): Series<Uint8Array | N> {
    return this.#call('str.encode')
  }
  endswith(what: string, ...others: string[]): Series<boolean | N> {
    return this.#call('str.endswith', what, ...others)
  }
  /** What a group of a pattern matches first: by number or name, unless told its first group; null where nothing matches. */
  extract(pattern: RegExp, group?: number | string): Series<string | null> {
    return this.#call('str.extract', needPattern(pattern, 'extract'), group)
  }
  /** What a group of a pattern matches, every time. `explode()` makes rows of them. */
  extractall(pattern: RegExp, group?: number | string): Series<readonly string[] | N> {
    return this.#call('str.extractall', needPattern(pattern, 'extractall'), group)
  }
  /** The place of a text, from 0; -1 where it is not. */
  find(what: string, start?: number, end?: number): Series<number | N> {
    return this.#call('str.find', what, start, end)
  }
  /** Everything that a pattern matches: its first group, or the whole. */
  findall(pattern: RegExp): Series<readonly string[] | N> {
    return this.#call('str.findall', needPattern(pattern, 'findall'))
  }
  /** True where a pattern matches all of it. */
  fullmatch(pattern: RegExp): Series<boolean | N> {
    return this.#call('str.fullmatch', needPattern(pattern, 'fullmatch'))
  }
  /** The character at a place, or the item of a list; from the end if negative; null where there is none. */
  get(at: number): Series<string | null> {
    return this.#call('str.get', at)
  }
  /** The place of a text, from 0. Where it is not, computing fails. */
  index(what: string, start?: number, end?: number): Series<number | N> {
    return this.#call('str.index', what, start, end)
  }
  isalnum(): Series<boolean | N> {
    return this.#call('str.isalnum')
  }
  isalpha(): Series<boolean | N> {
    return this.#call('str.isalpha')
  }
  isdecimal(): Series<boolean | N> {
    return this.#call('str.isdecimal')
  }
  isdigit(): Series<boolean | N> {
    return this.#call('str.isdigit')
  }
  islower(): Series<boolean | N> {
    return this.#call('str.islower')
  }
  isnumeric(): Series<boolean | N> {
    return this.#call('str.isnumeric')
  }
  isspace(): Series<boolean | N> {
    return this.#call('str.isspace')
  }
  istitle(): Series<boolean | N> {
    return this.#call('str.istitle')
  }
  isupper(): Series<boolean | N> {
    return this.#call('str.isupper')
  }
  /** The items of a list, or the characters, with a text between them. */
  join(separator: string): Series<string | N> {
    return this.#call('str.join', separator)
  }
  /** How many characters, or items of a list, there are. */
  len(): Series<number | N> {
    return this.#call('str.len')
  }
  ljust(width: number, fill = ' '): Series<string | N> {
    return this.#call('str.ljust', count(width, 'ljust'), one(fill, 'ljust'))
  }
  lower(): Series<string | N> {
    return this.#call('str.lower')
  }
  /** Without these characters (white space) at the beginning. */
  lstrip(characters?: string): Series<string | N> {
    return this.#call('str.lstrip', characters)
  }
  /** True where a pattern matches at the beginning. */
  match(pattern: RegExp): Series<boolean | N> {
    return this.#call('str.match', needPattern(pattern, 'match'))
  }
  /** In a normal form of Unicode. */
  normalize(form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): Series<string | N> {
    return this.#call('str.normalize', form)
  }
  pad(width: number, side: 'left' | 'right' | 'both' = 'left', fill = ' '): Series<string | N> {
    return this.#call('str.pad', count(width, 'pad'), side, one(fill, 'pad'))
  }
  /** What is before the first separator, it, and what is after. */
  partition(separator = ' '): Series<readonly string[] | N> {
    return this.#call('str.partition', separator)
  }
  repeat(times: number): Series<string | N> {
    return this.#call('str.repeat', times)
  }
  /** With another text in the place of one, or of what a pattern matches (`$1` is its first group). @param most how often */
  replace(what: string | RegExp, by: string, most?: number): Series<string | N> {
    return this.#call('str.replace', what, by, most)
  }
  /** The last place of a text, from 0; -1 where it is not. */
  rfind(what: string, start?: number, end?: number): Series<number | N> {
    return this.#call('str.rfind', what, start, end)
  }
  /** The last place of a text, from 0. Where it is not, computing fails. */
  rindex(what: string, start?: number, end?: number): Series<number | N> {
    return this.#call('str.rindex', what, start, end)
  }
  rjust(width: number, fill = ' '): Series<string | N> {
    return this.#call('str.rjust', count(width, 'rjust'), one(fill, 'rjust'))
  }
  /** What is before the last separator, it, and what is after. */
  rpartition(separator = ' '): Series<readonly string[] | N> {
    return this.#call('str.rpartition', separator)
  }
  /** The parts between separators (white space), cut from the right. @param most how often it is cut */
  rsplit(separator?: string, most?: number): Series<readonly string[] | N> {
    return this.#call('str.rsplit', separator, most)
  }
  /** Without these characters (white space) at the end. */
  rstrip(characters?: string): Series<string | N> {
    return this.#call('str.rstrip', characters)
  }
  /** The characters from one place up to another, both from the end if negative. */
  slice(start?: number, stop?: number, step?: number): Series<string | N> {
    if (step === 0) throw new ArgumentError('str.slice: a step of 0 leads nowhere')
    return this.#call('str.slice', start, stop, step)
  }
  /** The parts between separators (white space). @param most how often it is cut */
  split(separator?: string, most?: number): Series<readonly string[] | N> {
    if (separator === '') throw new ArgumentError('str.split: an empty separator')
    return this.#call('str.split', separator, most)
  }
  startswith(what: string, ...others: string[]): Series<boolean | N> {
    return this.#call('str.startswith', what, ...others)
  }
  /** Without these characters (white space) at both ends. */
  strip(characters?: string): Series<string | N> {
    return this.#call('str.strip', characters)
  }
  swapcase(): Series<string | N> {
    return this.#call('str.swapcase')
  }
  /** Each word with a capital. */
  title(): Series<string | N> {
    return this.#call('str.title')
  }
  /** Each character as a table says; null takes it away. @example name.str.translate({ ä: 'ae', '-': null }) */
  translate(table: Readonly<Record<string, string | null>>): Series<string | N> {
    return this.#call('str.translate', table)
  }
  upper(): Series<string | N> {
    return this.#call('str.upper')
  }
  /** In lines of at most so many characters. */
  wrap(width: number): Series<string | N> {
    if (!Number.isInteger(width) || width < 1)
      throw new ArgumentError(`str.wrap: a width of at least 1 is expected, not ${describe(width)}`)
    return this.#call('str.wrap', width)
  }
  /** With zeros in front, behind a sign. */
  zfill(width: number): Series<string | N> {
    return this.#call('str.zfill', count(width, 'zfill'))
  }
}

function needPattern(pattern: RegExp, where: string): RegExp {
  if (!(pattern instanceof RegExp))
    throw new ArgumentError(`str.${where}: a regular expression is expected, not ${describe(pattern)}`)
  return pattern
}

function count(width: number, where: string): number {
  if (!Number.isInteger(width))
    throw new ArgumentError(`str.${where}: a whole number of characters is expected, not ${describe(width)}`)
  return width
}

function one(fill: string, where: string): string {
  if (Array.from(fill).length !== 1) throw new ArgumentError(`str.${where}: one character fills, not ${describe(fill)}`)
  return fill
}
