import { constants } from 'node:buffer'
import { ArgumentError } from '../base/index.js'
import type { FileInfo } from '../filesystem/index.js'
import { type BlockOptions, type FileBlock, type FilePart, gather, planText } from './blocks.js'
import { excerpt, ParseError, WriteError } from './errors.js'
import { lineBatches, linesBefore, type TextOptions, textPieces } from './read-text.js'
import { type WriteTextOptions, writeText } from './write-text.js'

/**
 * `lines`, the default: every line is a JSON value (JSON Lines, NDJSON); blank lines are skipped. `document`: every file is
 * one JSON value, and when that is an array, its items are what is read.
 */
export type JsonLayout = 'lines' | 'document'

/** How JSON is read. */
export type JsonOptions = Pick<TextOptions, 'encoding' | 'errors'> & { readonly layout?: JsonLayout }

/** Cuts files of JSON into blocks, as `planText` does; a document cannot be cut and is one block. */
export function planJson(files: readonly FileInfo[], options: BlockOptions & { readonly layout?: JsonLayout } = {}): FileBlock[] {
  return planText(files, options.layout === 'document' ? { ...options, blockSize: null } : options)
}

/**
 * The JSON values that begin in a block. Their type is for the caller to state or to check.
 *
 * Throws `ParseError` with the file, the line in the file (from 1), the column where the parser tells it, and the text there.
 * @example
 * const [block] = planJson(await resolveFiles('events.jsonl.gz'))
 * const events = await readJson(block)
 */
export async function readJson(block: FileBlock, options: JsonOptions = {}): Promise<unknown[]> {
  return gather(block, (part) => jsonBatches(part, options))
}

/** The same for a part of a block, some at a time: up to 4 MiB of text in a batch. A document is one batch. */
export async function* jsonBatches(part: FilePart, options: JsonOptions = {}): AsyncGenerator<unknown[]> {
  if (options.layout === 'document') {
    yield await readDocument(part, options)
    return
  }
  let seen = 0
  for await (const lines of lineBatches(part, options)) {
    const values: unknown[] = []
    let i = 0
    try {
      for (; i < lines.length; i++) if (lines[i]!.trim() !== '') values.push(JSON.parse(lines[i]!))
    } catch (error) {
      throw await invalidLine(part, options, seen + i, lines[i]!, error as SyntaxError)
    }
    seen += lines.length
    yield values
  }
}

async function invalidLine(
  part: FilePart,
  options: JsonOptions,
  index: number,
  text: string,
  cause: SyntaxError,
): Promise<ParseError> {
  const line = (await linesBefore(part, options)) + index + 1
  const position = positionOf(cause, text)
  const hint = line === 1 && /^\s*[[{]/.test(text) ? ". If the whole file is one JSON value, give layout: 'document'" : ''
  return new ParseError(
    part.path,
    line,
    position === undefined ? undefined : position + 1,
    `not valid JSON: ${reasonOf(cause)}: ${excerpt(text, position)}${hint}`,
    { cause },
  )
}

async function readDocument(part: FilePart, options: JsonOptions): Promise<unknown[]> {
  const { path } = part
  if (part.start > 0 || part.end < part.size) {
    throw new ArgumentError(`${path} was cut into blocks, which a JSON document cannot be: plan it with layout: 'document'`)
  }
  let text = ''
  for await (const piece of textPieces(part, options)) {
    if (text.length + piece.length > constants.MAX_STRING_LENGTH) {
      throw new ParseError(
        path,
        1,
        undefined,
        `the document is longer than ${constants.MAX_STRING_LENGTH} characters: use JSON Lines`,
      )
    }
    text += piece
  }
  if (text.trim() === '') return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const position = positionOf(error as SyntaxError, text)
    const before = text.slice(0, position).split('\n')
    const problem = `not valid JSON: ${reasonOf(error as SyntaxError)}: ${excerpt(text, position)}`
    if (position === undefined) throw new ParseError(path, 1, undefined, problem, { cause: error })
    throw new ParseError(path, before.length, before.at(-1)!.length + 1, problem, { cause: error })
  }
  return Array.isArray(value) ? value : [value]
}

/** Where V8 stopped, as far as its message says. */
function positionOf(error: SyntaxError, text: string): number | undefined {
  if (/Unexpected end of JSON input/.test(error.message)) return text.length
  const position = /at position (\d+)/.exec(error.message)?.[1]
  return position === undefined ? undefined : Number(position)
}

const reasonOf = (error: SyntaxError): string =>
  error.message.replace(/(?: in JSON)? at position \d+.*$| in JSON$|, .* is not valid JSON$/s, '')

/**
 * Writes values to a file as JSON Lines and gives the file's path; like `writeText`. Dates become ISO strings, as
 * `JSON.stringify` has it. Throws `WriteError` with the index of an item that is no JSON: undefined, a function, a bigint, a cycle.
 * @example
 * await writeJson('/data/out/0.jsonl.zst', [{ id: 1 }, { id: 2 }])
 */
export async function writeJson(
  path: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
  options: Pick<WriteTextOptions, 'compression' | 'encoding'> = {},
): Promise<string> {
  return writeText(path, jsonLines(path, values), options)
}

async function* jsonLines(path: string, values: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  let index = 0
  for await (const value of values) {
    let text: string | undefined
    try {
      text = JSON.stringify(value)
    } catch (error) {
      throw new WriteError(path, `item ${index} cannot be JSON: ${(error as Error).message}`, { cause: error })
    }
    if (text === undefined) throw new WriteError(path, `item ${index} cannot be JSON: it is ${typeof value}`)
    yield text
    index++
  }
}
