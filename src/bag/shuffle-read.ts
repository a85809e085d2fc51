import { closeSync, openSync, readSync } from 'node:fs'
import { decode, prepare } from '../transfer/index.js'
import { KeyMap } from './keys.js'
import { addTo } from './lookup.js'
import type { Chunk, Scattered } from './shuffle-write.js'

/** The groups of one output, in the order in which their keys were first seen. */
export async function* readGroups(parts: readonly Scattered[], output: number): AsyncGenerator<readonly unknown[]> {
  const groups = await readAll(parts, output)
  yield groups.entries.map(({ key, value }) => [key, value])
}

/** The pairs of items of two shuffled bags whose keys are equal, in the order of the left one. */
export async function* readPairs(
  left: readonly Scattered[],
  right: readonly Scattered[],
  output: number,
): AsyncGenerator<readonly unknown[]> {
  const index = await readAll(right, output)
  if (index.entries.length === 0) return
  for (const part of left) {
    for await (const { keys, items } of chunksOf(part, output)) {
      const pairs: unknown[] = []
      keys.forEach((key, i) => {
        for (const match of index.find(key)?.value ?? []) pairs.push([items[i], match])
      })
      yield pairs
    }
  }
}

async function readAll(parts: readonly Scattered[], output: number): Promise<KeyMap<unknown[]>> {
  const groups = new KeyMap<unknown[]>()
  for (const part of parts) {
    for await (const { keys, items } of chunksOf(part, output)) {
      for (let i = 0; i < keys.length; i++) addTo(groups, keys[i], items[i])
    }
  }
  return groups
}

async function* chunksOf({ path, bytes, first, starts, lengths }: Scattered, output: number): AsyncGenerator<Chunk> {
  const from = first[output]!
  const to = first[output + 1]!
  if (from === to) return
  const descriptor = path === undefined ? undefined : openSync(path, 'r')
  try {
    for (let chunk = from; chunk < to; chunk++) {
      const start = starts[chunk]!
      const length = lengths[chunk]!
      const encoded =
        descriptor === undefined ? bytes!.subarray(start, start + length) : readRange(descriptor, path!, start, length)
      // Instances of classes may need modules that this thread has not loaded yet.
      const imports = prepare(encoded)
      if (imports) await imports
      yield decode(encoded) as Chunk
    }
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function readRange(descriptor: number, path: string, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let filled = 0; filled < length; ) {
    const count = readSync(descriptor, bytes, filled, length - filled, start + filled)
    if (count === 0) throw new Error(`the temporary file ${path} ends at byte ${start + filled}: something has cut it`)
    filled += count
  }
  return bytes
}
