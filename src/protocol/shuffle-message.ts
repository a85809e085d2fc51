import { ProtocolError } from './errors.js'

/*
 * What workers ask each other for a shuffle: to take shards, or for some of a partition. Both go over the connections that
 * values go over. A message begins with eight words; what follows begins at multiples of eight bytes.
 */

/** What is asked. */
export const ShuffleAsk = { take: 1, read: 2 } as const

/** What came of it. */
export const ShuffleStatus = { done: 0, ended: 1, failed: 2 } as const

const HEAD_WORDS = 8
const HEAD = HEAD_WORDS * 4

export type ShuffleQuestion =
  | {
      readonly ask: typeof ShuffleAsk.take
      readonly run: number
      readonly transfer: number
      readonly directory: Int32Array
      readonly bytes: Uint8Array
    }
  | {
      readonly ask: typeof ShuffleAsk.read
      readonly run: number
      readonly output: number
      readonly from: number
      readonly transfers: Int32Array
    }

export interface ShuffleAnswer {
  readonly status: number
  /** the first shard that is still to be asked for, -1: none */
  readonly next: number
  /** see `Opened` in shuffle/ */
  readonly shards: Float64Array
  readonly bytes: Uint8Array
  /** why it failed */
  readonly problem: string
}

const NONE = new Uint8Array(0)
const NO_SHARDS = new Float64Array(0)

export function writeShuffleQuestion(id: number, question: ShuffleQuestion): Uint8Array[] {
  const { ask, run } = question
  const [a, b, words, bytes] =
    ask === ShuffleAsk.take
      ? [question.transfer, 0, question.directory, question.bytes]
      : [question.output, question.from, question.transfers, NONE]
  return written([id, ask, run, a, b, words.length], bytesOf(words), bytes)
}

export function readShuffleQuestion(body: Uint8Array): { readonly id: number; readonly question: ShuffleQuestion } {
  const head = headOf(body)
  const [id, ask, run, a, b, length] = head as unknown as [number, number, number, number, number, number]
  const end = HEAD + length * 4
  if (length < 0 || end > body.byteLength) throw new ProtocolError('a question of a shuffle has come that ends too early')
  const words = new Int32Array(body.buffer, body.byteOffset + HEAD, length)
  if (ask === ShuffleAsk.read) return { id, question: { ask, run, output: a, from: b, transfers: words } }
  if (ask !== ShuffleAsk.take) throw new ProtocolError(`a question ${ask} of a shuffle has come, which is nothing that there is`)
  return { id, question: { ask, run, transfer: a, directory: words, bytes: body.subarray((end + 7) & ~7) } }
}

export function writeShuffleAnswer(id: number, answer: Partial<ShuffleAnswer>): Uint8Array[] {
  const { status = ShuffleStatus.done, next = -1, shards = NO_SHARDS, bytes = NONE, problem = '' } = answer
  const text = Buffer.from(problem)
  return written([id, status, next, shards.length, text.length], bytesOf(shards), text.length > 0 ? text : bytes)
}

/** The number of the question that an answer is to. */
export function shuffleAnswerId(body: Uint8Array): number {
  return headOf(body)[0]!
}

export function readShuffleAnswer(body: Uint8Array): ShuffleAnswer {
  const [, status, next, length, textLength] = headOf(body) as unknown as [number, number, number, number, number]
  const end = HEAD + length * 8
  if (length < 0 || end + textLength > body.byteLength)
    throw new ProtocolError('an answer of a shuffle has come that ends too early')
  const shards = new Float64Array(body.buffer, body.byteOffset + HEAD, length)
  const rest = body.subarray(end)
  const problem = textLength > 0 ? Buffer.from(rest.buffer, rest.byteOffset, textLength).toString() : ''
  return { status, next, shards, bytes: textLength > 0 ? NONE : rest, problem }
}

function written(head: readonly number[], first: Uint8Array, second: Uint8Array): Uint8Array[] {
  const words = new Int32Array(HEAD_WORDS)
  words.set(head)
  const parts = [bytesOf(words)]
  if (first.byteLength > 0) parts.push(first)
  const gap = -first.byteLength & 7
  if (gap > 0) parts.push(new Uint8Array(gap))
  if (second.byteLength > 0) parts.push(second)
  return parts
}

function headOf(body: Uint8Array): Int32Array {
  if (body.byteLength < HEAD) throw new ProtocolError('a message of a shuffle has come that ends too early')
  return new Int32Array(body.buffer, body.byteOffset, HEAD_WORDS)
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
