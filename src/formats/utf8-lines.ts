/** What begins or goes on a character beyond ASCII, as Latin-1 shows the bytes of UTF-8. */
const BEYOND_ASCII = /[\x80-\xff]/g

const BEYOND_LATIN_1 = /[^\0-\xff]/

/** After so many lines it is seen whether this way pays: of a text in Cyrillic, nearly all lines are wide. */
const SAMPLE = 256

/**
 * The lines of valid UTF-8, with each line as narrow as it can be. A string with one character beyond Latin-1 keeps two
 * bytes for all of its characters, and everything that is done to it takes about twice as long (regular expressions with
 * \p{…}: three times); so a text is not decoded as a whole and then cut, which would make wide strings of all its lines.
 *
 * Lines end with "\n" or "\r\n". Those without characters beyond ASCII are slices of one narrow string. `decodeRest` is
 * given what is left when most lines are wide anyway.
 */
export function utf8Lines(bytes: Buffer, decodeRest: (rest: Buffer) => string[]): string[] {
  const text = bytes.toString('latin1')
  const lines: string[] = []
  let wide = nextBeyondAscii(text, 0)
  for (let start = 0; start < text.length; ) {
    if (lines.length === SAMPLE && lines.filter((line) => BEYOND_LATIN_1.test(line)).length > SAMPLE / 2) {
      return lines.concat(decodeRest(bytes.subarray(start)))
    }
    const newline = text.indexOf('\n', start)
    const next = newline < 0 ? text.length : newline + 1
    let end = newline < 0 ? text.length : newline
    if (newline > start && text.charCodeAt(newline - 1) === 13) end--
    if (wide >= next) lines.push(text.slice(start, end))
    else {
      lines.push(bytes.toString('utf8', start, end))
      wide = nextBeyondAscii(text, next)
    }
    start = next
  }
  return lines
}

function nextBeyondAscii(text: string, from: number): number {
  BEYOND_ASCII.lastIndex = from
  return BEYOND_ASCII.test(text) ? BEYOND_ASCII.lastIndex - 1 : Infinity
}
