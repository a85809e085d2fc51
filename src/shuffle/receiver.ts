import { closeSync, openSync, readSync } from 'node:fs'
import type { TaskContext } from '../graph/index.js'
import { ShuffleError } from './errors.js'
import { OPENED_WORDS, type Open, type Opened, type Sealed, questions } from './questions.js'
import { ask } from './sender.js'
import { padded } from './shards.js'

/** A shard as it arrives: its bytes begin at a multiple of eight in their memory. */
export interface Shard {
  readonly count: number
  readonly bytes: Uint8Array
}

/** Where a shard is: in memory that others may be in, too, whose buffer begins there as well. It begins at a multiple of eight. */
export interface ShardPlace {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly at: number
  readonly length: number
  readonly count: number
}

/** The shards of one output partition: in the order of the input partitions, and of each in the order of sending. */
export async function* readShards(context: TaskContext, sealed: Sealed, output: number): AsyncGenerator<Shard> {
  for await (const places of openShards(context, sealed, output))
    for (const { bytes, at, length, count } of places) yield { count, bytes: bytes.subarray(at, at + length) }
}

/** The same, many at a time: going through small ones should cost no more than they do. Each list is to be gone through once. */
export async function* openShards(context: TaskContext, sealed: Sealed, output: number): AsyncGenerator<Iterable<ShardPlace>> {
  for (let from = 0; from >= 0; ) {
    const opened = await ask<Opened>(context, questions.open, { ...sealed, output, from } satisfies Open)
    yield placesOf(opened)
    from = opened.next
  }
}

function* placesOf({ shards, bytes: given, path }: Opened): Iterable<ShardPlace> {
  // What comes from another process is a part of its message, which lies anywhere.
  const bytes = given.byteOffset === 0 ? given : Uint8Array.from(given)
  let file: number | undefined
  try {
    for (let i = 0; i < shards.length; i += OPENED_WORDS) {
      const at = shards[i]!
      const length = shards[i + 1]!
      const count = shards[i + 2]!
      if (at >= 0) yield { bytes, at, length, count }
      else {
        const own = readRange((file ??= openSync(path!, 'r')), path!, -1 - at, length)
        yield { bytes: own, at: 0, length, count }
      }
    }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function readRange(file: number, path: string, start: number, length: number): Uint8Array<ArrayBuffer> {
  // Whole words, as packed shards have.
  const bytes = new Uint8Array(new ArrayBuffer(padded(length)), 0, length)
  for (let filled = 0; filled < length; ) {
    const count = readSync(file, bytes, filled, length - filled, start + filled)
    if (count === 0) throw new ShuffleError(`the file ${path} of a shuffle ends at byte ${start + filled}: something has cut it`)
    filled += count
  }
  return bytes
}
