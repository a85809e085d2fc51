import { closeSync, openSync, readSync } from 'node:fs'
import type { TaskContext } from '../graph/index.js'
import { ShuffleError } from './errors.js'
import { OPENED_WORDS, type Open, type Opened, type Sealed, questions } from './questions.js'
import { ask } from './sender.js'

/** A shard as it arrives: its bytes begin at a multiple of eight in their memory. */
export interface Shard {
  readonly count: number
  readonly bytes: Uint8Array
}

/** The shards of one output partition: in the order of the input partitions, and of each in the order of sending. */
export async function* readShards(context: TaskContext, sealed: Sealed, output: number): AsyncGenerator<Shard> {
  for (let from = 0; from >= 0; ) {
    const opened = await ask<Opened>(context, questions.open, { ...sealed, output, from } satisfies Open)
    yield* shardsOf(opened)
    from = opened.next
  }
}

function* shardsOf({ shards, bytes: given, path }: Opened): Iterable<Shard> {
  // What comes from another process lies anywhere in the memory of its message.
  const bytes = given.byteOffset % 8 === 0 ? given : Uint8Array.from(given)
  let file: number | undefined
  try {
    for (let i = 0; i < shards.length; i += OPENED_WORDS) {
      const place = shards[i]!
      const length = shards[i + 1]!
      const count = shards[i + 2]!
      if (place >= 0) yield { count, bytes: bytes.subarray(place, place + length) }
      else yield { count, bytes: readRange((file ??= openSync(path!, 'r')), path!, -1 - place, length) }
    }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function readRange(file: number, path: string, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let filled = 0; filled < length; ) {
    const count = readSync(file, bytes, filled, length - filled, start + filled)
    if (count === 0) throw new ShuffleError(`the file ${path} of a shuffle ends at byte ${start + filled}: something has cut it`)
    filled += count
  }
  return bytes
}
