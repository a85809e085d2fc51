import { constants, isAscii, isUtf8, transcode } from 'node:buffer'
import { ArgumentError } from '../base/index.js'
import { CorruptFileError } from './errors.js'

/** How text is kept as bytes. `latin1` is ISO 8859-1. */
export type Encoding = 'utf-8' | 'utf-16le' | 'latin1'

const encodings: readonly string[] = ['utf-8', 'utf-16le', 'latin1'] satisfies readonly Encoding[]

export function checkEncoding(encoding: Encoding): Encoding {
  if (encodings.includes(encoding)) return encoding
  throw new ArgumentError(`encoding is 'utf-8', 'utf-16le' or 'latin1', not ${JSON.stringify(encoding)}`)
}

/** The length of the byte order mark at the start of a file. */
export function byteOrderMark(bytes: Buffer, encoding: Encoding): number {
  if (encoding === 'utf-8') return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  return encoding === 'utf-16le' && bytes[0] === 0xff && bytes[1] === 0xfe ? 2 : 0
}

/** Whole characters as a string. `offset` is where the bytes stand in the file (its content, when it is compressed). */
export function decode(bytes: Buffer, encoding: Encoding, strict: boolean, path: string, offset: number): string {
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new CorruptFileError(
      path,
      offset,
      `a line of ${bytes.length} bytes is longer than a JavaScript string can be (${constants.MAX_STRING_LENGTH}); is the delimiter right?`,
    )
  }
  if (encoding === 'latin1') return bytes.toString('latin1')
  if (encoding === 'utf-16le') {
    if (strict && bytes.length % 2 === 1) {
      throw new CorruptFileError(path, offset + bytes.length - 1, 'half a UTF-16 character ends the file')
    }
    return bytes.toString('utf16le')
  }
  if (isAscii(bytes)) return bytes.toString('latin1')
  if (isUtf8(bytes)) {
    // Through UTF-16: twice as fast as bytes.toString('utf8') on Node 20.
    return transcode(bytes, 'utf8', 'utf16le').toString('utf16le')
  }
  if (strict) throw notUtf8(bytes, path, offset)
  return bytes.toString('utf8')
}

function notUtf8(bytes: Buffer, path: string, offset: number): CorruptFileError {
  const at = firstInvalid(bytes)
  const found = `0x${bytes[at]!.toString(16).padStart(2, '0')}`
  const hint =
    offset === 0 && at === 0 && bytes[0] === 0xff && bytes[1] === 0xfe
      ? "the byte order mark of UTF-16; give encoding: 'utf-16le'"
      : "give the encoding ('latin1', 'utf-16le'), or errors: 'replace' to read such bytes as U+FFFD"
  return new CorruptFileError(path, offset + at, `the byte ${found} is not valid UTF-8: ${hint}`)
}

/** Where the first character that is not UTF-8 begins: found by halving, since only the error path pays for it. */
function firstInvalid(bytes: Buffer): number {
  let valid = 0
  let broken = bytes.length + 1
  while (broken - valid > 1) {
    const middle = (valid + broken) >> 1
    if (beginsValid(bytes.subarray(0, middle))) valid = middle
    else broken = middle
  }
  let start = Math.min(broken - 1, bytes.length - 1)
  while (start > 0 && !isUtf8(bytes.subarray(0, start))) start--
  return start
}

/** Whether the bytes are UTF-8, the last character possibly cut off. */
function beginsValid(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return false
    throw error
  }
}
