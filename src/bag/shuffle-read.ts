import type { TaskContext } from '../graph/index.js'
import { type Sealed, movers } from '../shuffle/index.js'
import { decode, prepare } from '../transfer/index.js'
import { KeyMap } from './keys.js'
import { addTo } from './lookup.js'
import type { Chunk } from './shuffle-write.js'

/** The groups of one output partition, in the order in which their keys were first seen. */
export async function* readGroups(context: TaskContext, sealed: Sealed, output: number): AsyncGenerator<readonly unknown[]> {
  const groups = await readAll(context, sealed, output)
  yield groups.entries.map(({ key, value }) => [key, value])
}

/** The first item of each key in one output partition. */
export async function* readFirsts(context: TaskContext, sealed: Sealed, output: number): AsyncGenerator<readonly unknown[]> {
  const seen = new KeyMap<undefined>()
  for await (const { keys, items } of chunksOf(context, sealed, output)) {
    yield items.filter((_, i) => {
      if (seen.find(keys[i])) return false
      seen.add(keys[i], undefined)
      return true
    })
  }
}

/** The pairs of items of two shuffled bags whose keys are equal, in the order of the left one. */
export async function* readPairs(
  context: TaskContext,
  left: Sealed,
  right: Sealed,
  output: number,
): AsyncGenerator<readonly unknown[]> {
  const index = await readAll(context, right, output)
  if (index.entries.length === 0) return
  for await (const { keys, items } of chunksOf(context, left, output)) {
    const pairs: unknown[] = []
    keys.forEach((key, i) => {
      for (const match of index.find(key)?.value ?? []) pairs.push([items[i], match])
    })
    yield pairs
  }
}

async function readAll(context: TaskContext, sealed: Sealed, output: number): Promise<KeyMap<unknown[]>> {
  const groups = new KeyMap<unknown[]>()
  for await (const { keys, items } of chunksOf(context, sealed, output))
    for (let i = 0; i < keys.length; i++) addTo(groups, keys[i], items[i])
  return groups
}

async function* chunksOf(context: TaskContext, sealed: Sealed, output: number): AsyncGenerator<Chunk> {
  await movers.load()
  for await (const { bytes } of movers.code.readShards(context, sealed, output)) {
    // Instances of classes may need modules that this thread has not loaded yet.
    const imports = prepare(bytes)
    if (imports) await imports
    yield decode(bytes) as Chunk
  }
}
