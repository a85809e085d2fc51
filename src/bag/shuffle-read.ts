import type { TaskContext } from '../graph/index.js'
import { type Sealed, type ShardPlace, movers } from '../shuffle/index.js'
import { type RowMemory, decode, prepare, rows } from '../transfer/index.js'
import { KeyMap } from './keys.js'
import { addTo } from './lookup.js'
import type { Chunk } from './shuffle-write.js'

/** Items that go on together, more or less: a partition need not be in memory twice. */
const BATCH = 4096

type Take = (key: unknown, item: unknown) => void

/** The groups of one output partition, in the order in which their keys were first seen. */
export async function* readGroups(context: TaskContext, sealed: Sealed, output: number): AsyncGenerator<readonly unknown[]> {
  const groups = await readAll(context, sealed, output)
  yield groups.entries.map(({ key, value }) => [key, value])
}

/** The first item of each key in one output partition. */
export async function* readFirsts(context: TaskContext, sealed: Sealed, output: number): AsyncGenerator<readonly unknown[]> {
  const seen = new KeyMap<undefined>()
  let fresh: unknown[] = []
  const take: Take = (key, item) => {
    if (seen.find(key)) return
    seen.add(key, undefined)
    fresh.push(item)
  }
  const read = shardReader(take)
  await movers.load()
  for await (const shards of movers.code.openShards(context, sealed, output)) {
    for (const shard of shards) {
      const imports = read(shard)
      if (imports) await imports
      if (fresh.length < BATCH) continue
      yield fresh
      fresh = []
    }
  }
  yield fresh
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
  let pairs: unknown[] = []
  const read = shardReader((key, item) => {
    for (const match of index.find(key)?.value ?? []) pairs.push([item, match])
  })
  await movers.load()
  for await (const shards of movers.code.openShards(context, left, output)) {
    for (const shard of shards) {
      const imports = read(shard)
      if (imports) await imports
      if (pairs.length < BATCH) continue
      yield pairs
      pairs = []
    }
  }
  yield pairs
}

async function readAll(context: TaskContext, sealed: Sealed, output: number): Promise<KeyMap<unknown[]>> {
  const groups = new KeyMap<unknown[]>()
  const read = shardReader((key, item) => addTo(groups, key, item))
  await movers.load()
  for await (const shards of movers.code.openShards(context, sealed, output)) {
    for (const shard of shards) {
      const imports = read(shard)
      if (imports) await imports
    }
  }
  return groups
}

/** What gives the items of a shard, in order: at once, or, if modules must be imported for them first, when that is done. */
function shardReader(take: Take): (shard: ShardPlace) => Promise<void> | undefined {
  const { RowReader, RowMemory } = rows()
  const reader = new RowReader()
  let memory: RowMemory | undefined
  return ({ bytes, at, length }) => {
    if (RowReader.isPiece(bytes, at)) {
      if (memory?.bytes.buffer !== bytes.buffer) memory = new RowMemory(bytes)
      reader.read(memory, at, length, take)
      return undefined
    }
    const payload = bytes.subarray(at, at + length)
    // Instances of classes may need modules that this thread has not loaded yet.
    const imports = prepare(payload)
    if (imports) return imports.then(() => takeChunk(decode(payload) as Chunk, take))
    takeChunk(decode(payload) as Chunk, take)
    return undefined
  }
}

function takeChunk({ keys, items }: Chunk, take: Take): void {
  for (let i = 0; i < keys.length; i++) take(keys[i], items[i])
}
