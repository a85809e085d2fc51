import { HeddleError } from '../base/index.js'

/** The bytes of a file are not what its format says: cut off, damaged, of another format. */
export class CorruptFileError extends HeddleError {
  static {
    CorruptFileError.prototype.name = 'CorruptFileError'
  }
  /** The absolute path. */
  readonly path: string
  /** Where in the file, as bytes from its start (of a compressed file: compressed bytes). */
  readonly offset: number
  constructor(path: string, offset: number, problem: string, options?: ErrorOptions) {
    super(`${path}, byte ${offset}: ${problem}`, options)
    this.path = path
    this.offset = offset
  }
}

/** A line or record of a text file cannot be understood. */
export class ParseError extends HeddleError {
  static {
    ParseError.prototype.name = 'ParseError'
  }
  /** The absolute path. */
  readonly path: string
  /** The line of the file, from 1. */
  readonly line: number
  /** The character of the line, from 1, where known. */
  readonly column: number | undefined
  constructor(path: string, line: number, column: number | undefined, problem: string, options?: ErrorOptions) {
    super(`${path}:${line}${column === undefined ? '' : `:${column}`}: ${problem}`, options)
    this.path = path
    this.line = line
    this.column = column
  }
}

/** Data cannot be written in the format asked for: an item that is no JSON, a value that does not fit the schema. */
export class WriteError extends HeddleError {
  static {
    WriteError.prototype.name = 'WriteError'
  }
  /** The absolute path of the file that was to be written. */
  readonly path: string
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path} was not written: ${problem}`, options)
    this.path = path
  }
}

/** A compression that this version of Node, or Heddle, does not have. */
export class UnsupportedCodecError extends HeddleError {
  static {
    UnsupportedCodecError.prototype.name = 'UnsupportedCodecError'
  }
}

const EXCERPT = 80

/** The text around a place, short enough for a message, control characters made visible. */
export function excerpt(text: string, around = 0): string {
  const start = Math.max(0, Math.min(around - EXCERPT / 2, text.length - EXCERPT))
  const cut = text.slice(start, start + EXCERPT)
  return `${start > 0 ? '…' : ''}${JSON.stringify(cut)}${start + EXCERPT < text.length ? '…' : ''}`
}
