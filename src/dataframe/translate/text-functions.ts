/*
 * What Python's texts can do, over characters (code points) as there: `str` of pandas and Dask means these. Sources: the Python
 * language reference, "String Methods"; Unicode's CaseFolding.txt and SpecialCasing.txt for what JavaScript does not have.
 */

const digits =
  '\\p{Nd}\\u{b2}-\\u{b3}\\u{b9}\\u{1369}-\\u{1371}\\u{19da}\\u{2070}\\u{2074}-\\u{2079}\\u{2080}-\\u{2089}\\u{2460}-\\u{2468}\\u{2474}-\\u{247c}\\u{2488}-\\u{2490}\\u{24ea}\\u{24f5}-\\u{24fd}\\u{24ff}\\u{2776}-\\u{277e}\\u{2780}-\\u{2788}\\u{278a}-\\u{2792}\\u{10a40}-\\u{10a43}\\u{10e60}-\\u{10e68}\\u{11052}-\\u{1105a}\\u{1f100}-\\u{1f10a}'
// Ideographs that stand for numbers.
const numerals =
  '\\u{3405}\\u{3483}\\u{382a}\\u{3b4d}\\u{4e00}\\u{4e03}\\u{4e07}\\u{4e09}\\u{4e5d}\\u{4e8c}\\u{4e94}\\u{4e96}\\u{4ebf}-\\u{4ec0}\\u{4edf}\\u{4ee8}\\u{4f0d}\\u{4f70}\\u{5104}\\u{5146}\\u{5169}\\u{516b}\\u{516d}\\u{5341}\\u{5343}-\\u{5345}\\u{534c}\\u{53c1}-\\u{53c4}\\u{56db}\\u{58f1}\\u{58f9}\\u{5e7a}\\u{5efe}-\\u{5eff}\\u{5f0c}-\\u{5f0e}\\u{5f10}\\u{62fe}\\u{634c}\\u{67d2}\\u{6f06}\\u{7396}\\u{767e}\\u{8086}\\u{842c}\\u{8cae}\\u{8cb3}\\u{8d30}\\u{9621}\\u{9646}\\u{964c}\\u{9678}\\u{96f6}\\u{f96b}\\u{f973}\\u{f978}\\u{f9b2}\\u{f9d1}\\u{f9d3}\\u{f9fd}\\u{20001}\\u{20064}\\u{200e2}\\u{20121}\\u{2092a}\\u{20983}\\u{2098c}\\u{2099c}\\u{20aea}\\u{20afd}\\u{20b19}\\u{22390}\\u{22998}\\u{23b1b}\\u{2626d}\\u{2f890}'

/** What Python calls white space. */
export const spaces =
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000'
const space = `[${spaces}]`

const all = (of: string) => {
  const pattern = new RegExp(`^[${of}]+$`, 'u')
  return (s: string) => pattern.test(s)
}

const upper = /[\p{Uppercase}]/u
const lower = /[\p{Lowercase}]/u
const title = /\p{Lt}/u
const isCased = (c: string) => upper.test(c) || lower.test(c) || title.test(c)

const digraphs: Readonly<Record<string, string>> = {
  Ǆ: 'ǅ',
  ǅ: 'ǅ',
  ǆ: 'ǅ',
  Ǉ: 'ǈ',
  ǈ: 'ǈ',
  ǉ: 'ǈ',
  Ǌ: 'ǋ',
  ǋ: 'ǋ',
  ǌ: 'ǋ',
  Ǳ: 'ǲ',
  ǲ: 'ǲ',
  ǳ: 'ǲ',
  ᾳ: 'ᾼ',
  ῃ: 'ῌ',
  ῳ: 'ῼ',
  ᾼ: 'ᾼ',
  ῌ: 'ῌ',
  ῼ: 'ῼ',
  ŉ: 'ʼN',
}

function titleOf(c: string): string {
  const known = digraphs[c]
  if (known !== undefined) return known
  const code = c.codePointAt(0)!
  // Georgian has capitals, which no title has.
  if (code >= 0x10d0 && code <= 0x10ff) return c
  if (code >= 0x1f80 && code <= 0x1faf) return String.fromCodePoint(code | 8)
  const [first, ...rest] = c.toUpperCase()
  const tail = rest.join('')
  return first + (code >= 0x1f80 && code <= 0x1fff ? tail.replace('Ι', '\u0345') : tail.toLowerCase())
}

function foldOf(c: string): string {
  const code = c.codePointAt(0)!
  if (c === 'ı') return c
  if (c === 'ẞ') return 'ss'
  // Of Cherokee the capitals are what is folded to.
  if ((code >= 0x13a0 && code <= 0x13fd) || (code >= 0xab70 && code <= 0xabbf)) return c.toUpperCase()
  return c.toUpperCase().toLowerCase()
}

function titled(s: string): string {
  const chars = Array.from(s)
  let result = ''
  let inside = false
  for (const [i, c] of chars.entries()) {
    // A sigma knows whether it ends a word: it must be made small in its place.
    result += inside ? (c === 'Σ' ? smallSigma(chars, i) : c.toLowerCase()) : titleOf(c)
    inside = isCased(c)
  }
  return result
}

function smallSigma(chars: readonly string[], at: number): string {
  const before = chars[at - 1]
  const after = chars[at + 1]
  return before !== undefined && isCased(before) && (after === undefined || !isCased(after)) ? 'ς' : 'σ'
}

function swapped(s: string): string {
  const chars = Array.from(s)
  return chars
    .map((c, i) => {
      if (title.test(c)) return c
      if (upper.test(c)) return c === 'Σ' ? smallSigma(chars, i) : c.toLowerCase()
      return lower.test(c) ? c.toUpperCase() : c
    })
    .join('')
}

/** One of each pair of capital and small: true if there are some, and none of the other. */
const onlyCase = (own: RegExp, other: RegExp) => (s: string) => {
  let some = false
  for (const c of s) {
    if (other.test(c) || title.test(c)) return false
    if (own.test(c)) some = true
  }
  return some
}

function isTitle(s: string): boolean {
  let inside = false
  let some = false
  for (const c of s) {
    if (upper.test(c) || title.test(c)) {
      if (inside) return false
      inside = some = true
    } else if (lower.test(c)) {
      if (!inside) return false
      inside = some = true
    } else inside = false
  }
  return some
}

function pad(s: string, width: number, side: string, fill: string): string {
  const missing = width - Array.from(s).length
  if (missing <= 0) return s
  const left = side === 'left' ? missing : side === 'right' ? 0 : (missing >> 1) + (missing & width & 1)
  return fill.repeat(left) + s + fill.repeat(missing - left)
}

function zfill(s: string, width: number): string {
  const missing = width - Array.from(s).length
  if (missing <= 0) return s
  return /^[+-]/.test(s) ? s[0] + '0'.repeat(missing) + s.slice(1) : '0'.repeat(missing) + s
}

/** Where a slice of a list of n begins and ends, as Python has it. */
function slice(s: string, start: number | undefined, stop: number | undefined, step = 1): string {
  const chars = Array.from(s)
  const n = chars.length
  const place = (at: number | undefined, none: number) => {
    if (at === undefined) return none
    const from = at < 0 ? at + n : at
    return step > 0 ? Math.min(Math.max(from, 0), n) : Math.min(Math.max(from, -1), n - 1)
  }
  const from = place(start, step > 0 ? 0 : n - 1)
  const to = place(stop, step > 0 ? n : -1)
  let result = ''
  for (let i = from; step > 0 ? i < to : i > to; i += step) result += chars[i]
  return result
}

/** Where something is, in characters; -1 where it is not. */
function find(s: string, what: string, start = 0, end: number | undefined, last: boolean): number {
  const chars = Array.from(s)
  const n = chars.length
  const place = (at: number) => (at < 0 ? Math.max(0, at + n) : Math.min(at, n))
  const from = place(start)
  if (start > n) return -1
  const to = end === undefined ? n : place(end)
  const width = Array.from(what).length
  const wanted = Array.from(what)
  const is = (at: number) => wanted.every((c, i) => chars[at + i] === c)
  if (last) {
    for (let i = to - width; i >= from; i--) if (is(i)) return i
  } else {
    for (let i = from; i + width <= to; i++) if (is(i)) return i
  }
  return -1
}

function split(s: string, separator: string | undefined, most: number): string[] {
  if (separator === undefined) {
    const words: string[] = []
    let rest = s.replace(new RegExp(`^${space}+`), '')
    while (rest !== '') {
      const at = words.length === most ? -1 : rest.search(new RegExp(space))
      if (at < 0) {
        words.push(words.length === most ? rest.replace(new RegExp(`${space}+$`), '') : rest)
        break
      }
      words.push(rest.slice(0, at))
      rest = rest.slice(at).replace(new RegExp(`^${space}+`), '')
    }
    return words
  }
  const parts = s.split(separator)
  return parts.length - 1 <= most ? parts : [...parts.slice(0, most), parts.slice(most).join(separator)]
}

function rsplit(s: string, separator: string | undefined, most: number): string[] {
  if (separator === undefined) {
    const reversed = split(Array.from(s).reverse().join(''), undefined, most)
    return reversed.map((part) => Array.from(part).reverse().join('')).reverse()
  }
  const parts = s.split(separator)
  const cut = parts.length - 1 - most
  return cut <= 0 ? parts : [parts.slice(0, cut + 1).join(separator), ...parts.slice(cut + 1)]
}

function partition(s: string, separator: string): string[] {
  const at = s.indexOf(separator)
  return at < 0 ? [s, '', ''] : [s.slice(0, at), separator, s.slice(at + separator.length)]
}

function rpartition(s: string, separator: string): string[] {
  const at = s.lastIndexOf(separator)
  return at < 0 ? ['', '', s] : [s.slice(0, at), separator, s.slice(at + separator.length)]
}

/** Lines of at most so many characters, as Python's textwrap makes them: words, broken at hyphens, and apart when too long. */
function wrap(s: string, width: number): string {
  const plain = s.replace(/\t/g, '        ').replace(/[\n\v\f\r]/g, ' ')
  const chunks = plain.split(/([ ]+|(?<=\p{L}{2}-)(?=\p{L}{2}))/u).filter((chunk) => chunk !== '' && chunk !== undefined)
  const lines: string[] = []
  const length = (text: string) => Array.from(text).length
  const pending = chunks.reverse()
  while (pending.length > 0) {
    let line: string[] = []
    let used = 0
    if (lines.length > 0 && pending.at(-1)!.trim() === '') pending.pop()
    while (pending.length > 0 && used + length(pending.at(-1)!) <= width) {
      used += length(pending.at(-1)!)
      line.push(pending.pop()!)
    }
    if (pending.length > 0 && length(pending.at(-1)!) > width) {
      const chars = Array.from(pending.pop()!)
      const room = Math.max(1, width - used)
      line.push(chars.slice(0, room).join(''))
      pending.push(chars.slice(room).join(''))
    }
    if (line.length > 0 && line.at(-1)!.trim() === '') line = line.slice(0, -1)
    if (line.length > 0) lines.push(line.join(''))
  }
  return lines.join('\n')
}

const sticky = (pattern: RegExp, flags: string) =>
  new RegExp(pattern.source, [...new Set(pattern.flags.replace(/[gy]/g, '') + flags)].join(''))

function countOf(s: string, what: string | RegExp): number {
  if (typeof what !== 'string') return [...s.matchAll(sticky(what, 'g'))].length
  return what === '' ? Array.from(s).length + 1 : s.split(what).length - 1
}

function replaced(s: string, what: string | RegExp, by: string, most: number): string {
  let left = most
  const pattern = typeof what === 'string' ? new RegExp(what.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gu') : sticky(what, 'g')
  if (left === Infinity && typeof what !== 'string') return s.replace(pattern, by)
  return s.replace(pattern, (found: string) => (left-- > 0 ? by : found))
}

function items(s: string, pattern: RegExp, group: number | string | undefined): string[] {
  return [...s.matchAll(sticky(pattern, 'g'))].map((match) => groupOf(match, group) ?? '')
}

function groupOf(match: RegExpMatchArray, group: number | string | undefined): string | undefined {
  if (typeof group === 'string') return match.groups?.[group]
  return match[group ?? (match.length > 1 ? 1 : 0)]
}

function stripped(s: string, chars: string | undefined, side: 'left' | 'right' | 'both'): string {
  const wanted = new Set(Array.from(chars ?? spaces))
  const list = Array.from(s)
  let from = 0
  let to = list.length
  if (side !== 'right') while (from < to && wanted.has(list[from]!)) from++
  if (side !== 'left') while (to > from && wanted.has(list[to - 1]!)) to--
  return list.slice(from, to).join('')
}

export type TextResult = 'text' | 'number' | 'boolean' | 'texts' | 'bytes'
export interface TextFunction {
  readonly gives: TextResult
  readonly run: (s: string, ...args: never[]) => unknown
}

const gives = (what: TextResult, run: (s: string, ...args: never[]) => unknown): TextFunction => ({ gives: what, run })

/** The functions by the names that accessors have. */
export const textFunctions = {
  capitalize: gives('text', (s: string) => {
    const [first, ...rest] = s
    if (first === undefined) return ''
    const tail = (first + rest.join('')).toLowerCase()
    return titleOf(first) + tail.slice(first.toLowerCase().length)
  }),
  casefold: gives('text', (s: string) => Array.from(s).map(foldOf).join('')),
  center: gives('text', (s: string, width: number, fill = ' ') => pad(s, width, 'both', fill)),
  ljust: gives('text', (s: string, width: number, fill = ' ') => pad(s, width, 'right', fill)),
  rjust: gives('text', (s: string, width: number, fill = ' ') => pad(s, width, 'left', fill)),
  pad: gives('text', (s: string, width: number, side = 'left', fill = ' ') => pad(s, width, side, fill)),
  zfill: gives('text', zfill as never),
  contains: gives('boolean', (s: string, what: string | RegExp) =>
    typeof what === 'string' ? s.includes(what) : sticky(what, '').test(s),
  ),
  count: gives('number', countOf as never),
  encode: gives('bytes', (s: string) => new TextEncoder().encode(s)),
  endswith: gives('boolean', (s: string, ...what: string[]) => what.some((each) => s.endsWith(each))),
  startswith: gives('boolean', (s: string, ...what: string[]) => what.some((each) => s.startsWith(each))),
  extract: gives('text', (s: string, pattern: RegExp, group?: number | string) => {
    const match = sticky(pattern, '').exec(s)
    return match === null ? null : (groupOf(match, group) ?? null)
  }),
  extractall: gives('texts', items as never),
  find: gives('number', (s: string, what: string, start?: number, end?: number) => find(s, what, start, end, false)),
  rfind: gives('number', (s: string, what: string, start?: number, end?: number) => find(s, what, start, end, true)),
  findall: gives('texts', items as never),
  fullmatch: gives('boolean', (s: string, pattern: RegExp) =>
    new RegExp(`^(?:${pattern.source})$`, sticky(pattern, '').flags).test(s),
  ),
  match: gives('boolean', (s: string, pattern: RegExp) => sticky(pattern, 'y').test(s)),
  get: gives('text', (s: string, at: number) => Array.from(s).at(at) ?? null),
  index: gives('number', (s: string, what: string, start?: number, end?: number) =>
    present(s, what, find(s, what, start, end, false)),
  ),
  rindex: gives('number', (s: string, what: string, start?: number, end?: number) =>
    present(s, what, find(s, what, start, end, true)),
  ),
  isalnum: gives('boolean', all(`\\p{L}${digits}${numerals}\\p{N}`)),
  isalpha: gives('boolean', all('\\p{L}')),
  isdecimal: gives('boolean', all('\\p{Nd}')),
  isdigit: gives('boolean', all(digits)),
  isnumeric: gives('boolean', all(`\\p{N}${numerals}`)),
  isspace: gives('boolean', all(spaces)),
  islower: gives('boolean', onlyCase(lower, upper)),
  isupper: gives('boolean', onlyCase(upper, lower)),
  istitle: gives('boolean', isTitle),
  join: gives('text', (s: string, separator: string) => Array.from(s).join(separator)),
  len: gives('number', (s: string) => Array.from(s).length),
  lower: gives('text', (s: string) => s.toLowerCase()),
  upper: gives('text', (s: string) => s.toUpperCase()),
  strip: gives('text', (s: string, chars?: string) => stripped(s, chars, 'both')),
  lstrip: gives('text', (s: string, chars?: string) => stripped(s, chars, 'left')),
  rstrip: gives('text', (s: string, chars?: string) => stripped(s, chars, 'right')),
  normalize: gives('text', (s: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD') => s.normalize(form)),
  partition: gives('texts', (s: string, separator = ' ') => partition(s, separator)),
  rpartition: gives('texts', (s: string, separator = ' ') => rpartition(s, separator)),
  repeat: gives('text', (s: string, times: number) => s.repeat(Math.max(0, times))),
  replace: gives('text', (s: string, what: string | RegExp, by: string, most = Infinity) => replaced(s, what, by, most)),
  split: gives('texts', (s: string, separator?: string, most = Infinity) => split(s, separator, most)),
  rsplit: gives('texts', (s: string, separator?: string, most = Infinity) => rsplit(s, separator, most)),
  slice: gives('text', slice as never),
  swapcase: gives('text', swapped),
  title: gives('text', titled),
  translate: gives('text', (s: string, table: Readonly<Record<string, string | null>>) =>
    Array.from(s)
      .map((c) => (Object.hasOwn(table, c) ? (table[c] ?? '') : c))
      .join(''),
  ),
  wrap: gives('text', wrap as never),
} satisfies Record<string, TextFunction>

function present(s: string, what: string, at: number): number {
  if (at < 0) throw new RangeError(`${JSON.stringify(what)} is not in ${JSON.stringify(s)}`)
  return at
}
