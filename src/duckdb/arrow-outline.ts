import { closeSync, openSync, readSync } from 'node:fs'
import type { Schema } from 'apache-arrow'
import { arrowFooters, arrowLibrary } from './library.js'

/** Where the parts of a file in Arrow's own format are. */
export interface ArrowOutline {
  readonly schema: Schema
  /** the schema, as the beginning of a stream */
  readonly head: Uint8Array
  /** dictionaries and batches of rows, in the order in which they must be read */
  readonly messages: readonly ArrowMessage[]
}

export interface ArrowMessage {
  readonly offset: number
  readonly length: number
  readonly isRows: boolean
}

const mark = 'ARROW1'
const dictionaryBatch = 2
const recordBatch = 3

/** Looks at a file of Arrow, of which only descriptions are read, no rows. @throws Error for what is none, and for compressed ones */
export function outlineArrow(path: string, size: number): ArrowOutline {
  const file = openSync(path, 'r')
  try {
    const read = (offset: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(length)
      if (offset < 0 || readSync(file, bytes, 0, length, offset) < length) throw new Error('the file ends too early')
      return bytes
    }
    const isFile = size > 20 && Buffer.from(read(0, mark.length)).toString('latin1') === mark
    const outline = isFile ? ofFile(read, size) : ofStream(read, size)
    const first = outline.messages.find(({ isRows }) => isRows)
    if (first !== undefined && isCompressed(read, first.offset)) throw new Error('its batches are compressed')
    return outline
  } finally {
    closeSync(file)
  }
}

type Read = (offset: number, length: number) => Uint8Array

/** What is behind the last batch of a file says where all of them are. */
function ofFile(read: Read, size: number): ArrowOutline {
  const end = Buffer.from(read(size - 10, 10))
  const length = end.readInt32LE(0)
  if (end.toString('latin1', 4) !== mark || length <= 0 || length > size - 18)
    throw new Error('the file does not end as one of Arrow')
  const found = arrowFooters().decode(read(size - 10 - length, length))
  const blocks = (
    isRows: boolean,
    list: Iterable<{ offset: number | bigint; metaDataLength: number; bodyLength: number | bigint }>,
  ) =>
    Array.from(list, (block) => ({
      offset: Number(block.offset),
      length: block.metaDataLength + Number(block.bodyLength),
      isRows,
    }))
  const schema = found.schema
  return {
    schema,
    head: headOf(schema),
    messages: [...blocks(false, found.dictionaryBatches()), ...blocks(true, found.recordBatches())],
  }
}

/** A stream is gone through from message to message. */
function ofStream(read: Read, size: number): ArrowOutline {
  const a = arrowLibrary()
  let schema: Schema | undefined
  let head: Uint8Array | undefined
  const messages: ArrowMessage[] = []
  for (let offset = 0; offset + 8 <= size; ) {
    const message = messageAt(read, offset)
    if (message === undefined) break
    const { header, bodyLength, meta } = message
    const length = meta + bodyLength
    if (offset + length > size) throw new Error('the file ends in the middle of a batch')
    if (schema === undefined) {
      head = read(offset, length)
      schema = a.RecordBatchReader.from(Buffer.concat([head, endOfStream])).open().schema
    } else if (header === dictionaryBatch || header === recordBatch)
      messages.push({ offset, length, isRows: header === recordBatch })
    offset += length
  }
  if (schema === undefined || head === undefined) throw new Error('the file begins with no schema')
  return { schema, head, messages }
}

interface MessageAt {
  readonly header: number
  readonly bodyLength: number
  /** the length of what is before the body */
  readonly meta: number
  readonly isCompressed: boolean
}

function messageAt(read: Read, offset: number): MessageAt | undefined {
  const a = arrowLibrary()
  const start = Buffer.from(read(offset, 8))
  // Older files have no mark before the length.
  const isMarked = start.readInt32LE(0) === -1
  const length = start.readInt32LE(isMarked ? 4 : 0)
  if (length === 0) return undefined
  const meta = length + (isMarked ? 8 : 4)
  if (length < 0) throw new Error(`at byte ${offset} no batch begins`)
  const message = new a.MessageReader(read(offset, meta)).readMessage()
  if (!message) throw new Error(`at byte ${offset} no batch begins`)
  const { compression } = message.header() as { readonly compression?: unknown }
  return {
    header: message.headerType as number,
    bodyLength: Number(message.bodyLength),
    meta,
    isCompressed: compression !== undefined && compression !== null,
  }
}

function isCompressed(read: Read, offset: number): boolean {
  return messageAt(read, offset)?.isCompressed === true
}

const endOfStream = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])

/** A stream of no batches, without its end. */
function headOf(schema: Schema): Uint8Array {
  const a = arrowLibrary()
  const bytes = a.tableToIPC(new a.Table(schema), 'stream')
  const first = messageAt((offset, length) => bytes.subarray(offset, offset + length), 0)!
  return bytes.slice(0, first.meta + first.bodyLength)
}

/** The rows of some messages of a file, which are behind each other in a stream. */
export function readArrowMessages(path: string, head: Uint8Array, messages: readonly ArrowMessage[]): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const total = messages.reduce((sum, { length }) => sum + length, head.length)
    const bytes = new Uint8Array(total + endOfStream.length)
    bytes.set(head)
    let at = head.length
    for (const { offset, length } of messages) {
      if (readSync(file, bytes, at, length, offset) < length) throw new Error(`${path} is shorter than it was`)
      at += length
    }
    bytes.set(endOfStream, at)
    return bytes
  } finally {
    closeSync(file)
  }
}
