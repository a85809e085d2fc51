import { argsortRows, sortRows, takeElements } from '../../native/index.js'
import type { TaskContext } from '../../graph/index.js'
import { type DType, itemSize, kindOf } from '../../kernels/index.js'
import { type Sealed, type Transferred, movers } from '../../shuffle/index.js'
import { type Chunk, type Numbers, bytesOf, newNumbers, sizeOf } from '../chunk.js'
import type { LineShared, ReadLineOwn } from './long-lines.js'
import { type QuantileShared, between, chunkOfQuantiles, placesOf } from './quantile-of.js'
import { placeAmong } from './search-of.js'

/** A chunk of a line, sorted; and where its elements were in the line, if that is wanted. */
export interface SortedPart {
  readonly dtype: DType
  readonly values: Numbers
  readonly places: BigInt64Array | null
}

/** Every so many elements of a sorted chunk, the first one first. */
export interface SamplePart {
  readonly dtype: DType
  readonly values: Numbers
  readonly gap: number
  readonly length: number
  /** how many are NaN: the last ones */
  readonly missing: number
}

/**
 * For each of some ranks, an element that does not come after the one of that rank, and one that comes behind it: its value,
 * its chunk and its place there, since equal elements are in the order of chunks. Chunk -1: none before; `chunks`: none behind.
 */
export interface Splitters {
  readonly dtype: DType
  readonly chunks: number
  readonly ranks: readonly number[]
  readonly length: number
  readonly missing: number
  readonly low: Bounds
  readonly high: Bounds
}

interface Bounds {
  readonly values: Numbers
  readonly chunk: Int32Array
  readonly place: Float64Array
}

/** For each rank: how many elements of a chunk come before the lower splitter, and those between the two. */
export interface NarrowPart {
  readonly before: Float64Array
  readonly lengths: Float64Array
  readonly values: Numbers
}

/** For each rank how many elements of each chunk come before it, and the element. */
export interface LineBounds {
  readonly chunks: number
  readonly cuts: Float64Array
  readonly values: Numbers
}

export function sortLine({ dtype, data }: Chunk, start: number, { places }: LineShared): SortedPart {
  const n = data.length
  if (n === 0) return { dtype, values: data, places: places ? new BigInt64Array(0) : null }
  if (!places) {
    const values = data.slice()
    sortRows(values, dtype, n)
    return { dtype, values, places: null }
  }
  const order = argsortRows(data, dtype, n)
  const values = newNumbers(dtype, n)
  takeElements(data, itemSize(dtype), order, values)
  const first = BigInt(start)
  for (let i = 0; i < n; i++) order[i]! += first
  return { dtype, values, places: order }
}

export function sampleLine({ dtype, values }: SortedPart, count: number): SamplePart {
  const n = values.length
  const gap = Math.max(1, Math.floor(n / count))
  const taken = newNumbers(dtype, Math.ceil(n / gap))
  for (let i = 0; i < taken.length; i++) taken[i] = values[i * gap] as never
  const missing = kindOf(dtype) === 'float' ? n - placeAmong(values, Number.NaN, false) : 0
  return { dtype, values: taken, gap, length: n, missing }
}

export function splitLine(
  samples: readonly SamplePart[],
  ranks: readonly number[] | undefined,
  shared: QuantileShared | undefined,
): Splitters {
  const { dtype } = samples[0]!
  const length = samples.reduce((n, s) => n + s.length, 0)
  const missing = samples.reduce((n, s) => n + s.missing, 0)
  const wanted = ranks ?? quantileRanks(shared!, length, missing)
  const all = joined(
    dtype,
    samples.map((s) => s.values),
  )
  const chunkOf = new Int32Array(all.length)
  let at = 0
  for (const [c, s] of samples.entries()) chunkOf.fill(c, at, (at += s.values.length))
  const order = all.length === 0 ? new BigInt64Array(0) : argsortRows(all, dtype, all.length)
  const { least, most, seen } = ranksOfSamples(samples, order, chunkOf)
  const low = emptyBounds(dtype, wanted.length)
  const high = emptyBounds(dtype, wanted.length)
  const put = (to: Bounds, i: number, sample: number): void => {
    if (sample < 0 || sample >= order.length) {
      to.chunk[i] = sample < 0 ? -1 : samples.length
      return
    }
    const from = Number(order[sample])
    to.values[i] = all[from] as never
    to.chunk[i] = chunkOf[from]!
    to.place[i] = seen[sample]! * samples[chunkOf[from]!]!.gap
  }
  for (const [i, rank] of wanted.entries()) {
    // The last that is sure not to come after the rank, and the first that is sure to come behind it.
    put(low, i, placeAmong(most, rank, true) - 1)
    put(high, i, placeAmong(least, rank + 1, false))
  }
  return { dtype, chunks: samples.length, ranks: wanted, length, missing, low, high }
}

/** How many elements of all chunks come before each sample, at least and at most; and how many samples of its own chunk. */
function ranksOfSamples(
  samples: readonly SamplePart[],
  order: BigInt64Array,
  chunkOf: Int32Array,
): { least: Float64Array; most: Float64Array; seen: Float64Array } {
  const least = new Float64Array(order.length)
  const most = new Float64Array(order.length)
  const seen = new Float64Array(order.length)
  const before = new Float64Array(samples.length)
  const leastOf = (c: number): number => (before[c] === 0 ? 0 : (before[c]! - 1) * samples[c]!.gap + 1)
  const mostOf = (c: number): number => Math.min(before[c]! * samples[c]!.gap, samples[c]!.length)
  let [sumLeast, sumMost] = [0, 0]
  for (let i = 0; i < order.length; i++) {
    const c = chunkOf[Number(order[i])]!
    // In its own chunk its place is known.
    seen[i] = before[c]!
    least[i] = sumLeast - leastOf(c) + before[c]! * samples[c]!.gap
    most[i] = sumMost
    sumLeast -= leastOf(c)
    sumMost -= mostOf(c)
    before[c]!++
    sumLeast += leastOf(c)
    sumMost += mostOf(c)
  }
  return { least, most, seen }
}

function quantileRanks({ q, method, ignoresNaN }: QuantileShared, length: number, missing: number): number[] {
  const n = ignoresNaN ? length - missing : length
  if (n === 0) return []
  return [...new Set(q.flatMap((one) => placesOf(method, one, n)))].sort((a, b) => a - b)
}

const emptyBounds = (dtype: DType, n: number): Bounds => ({
  values: newNumbers(dtype, n),
  chunk: new Int32Array(n),
  place: new Float64Array(n),
})

export function narrowLine({ dtype, values }: SortedPart, { chunks, ranks, low, high }: Splitters, c: number): NarrowPart {
  const countBefore = (bounds: Bounds, i: number): number => {
    const chunk = bounds.chunk[i]!
    if (chunk < 0) return 0
    if (chunk >= chunks) return values.length
    return chunk === c ? bounds.place[i]! : placeAmong(values, bounds.values[i]!, c < chunk)
  }
  const before = Float64Array.from(ranks, (_, i) => countBefore(low, i))
  const lengths = Float64Array.from(ranks, (_, i) => countBefore(high, i) - before[i]!)
  const parts = ranks.map((_, i) => values.subarray(before[i]!, before[i]! + lengths[i]!) as Numbers)
  return { before, lengths, values: joined(dtype, parts) }
}

export function cutLine(splitters: Splitters, parts: readonly NarrowPart[]): LineBounds {
  const { dtype, ranks } = splitters
  const chunks = parts.length
  const cuts = new Float64Array(ranks.length * chunks)
  const found = newNumbers(dtype, ranks.length)
  const starts = new Float64Array(chunks)
  for (const [i, rank] of ranks.entries()) {
    const own = parts.map((p, c) => p.values.subarray(starts[c]!, starts[c]! + p.lengths[i]!) as Numbers)
    const few = joined(dtype, own)
    let missing = rank
    for (const [c, p] of parts.entries()) {
      missing -= p.before[i]!
      starts[c]! += p.lengths[i]!
      cuts[i * chunks + c] = p.before[i]!
    }
    const chunkOf = new Int32Array(few.length)
    let at = 0
    for (const [c, values] of own.entries()) chunkOf.fill(c, at, (at += values.length))
    const order = few.length === 0 ? new BigInt64Array(0) : argsortRows(few, dtype, few.length)
    for (let k = 0; k < missing; k++) cuts[i * chunks + chunkOf[Number(order[k])]!]!++
    // Behind the last element there is none.
    if (missing < few.length) found[i] = few[Number(order[missing])] as never
  }
  return { chunks, cuts, values: found }
}

export function quantileOfLine(splitters: Splitters, parts: readonly NarrowPart[], shared: QuantileShared): Chunk {
  const { dtype, ranks, length, missing } = splitters
  const { q, method, ignoresNaN } = shared
  const n = ignoresNaN ? length - missing : length
  const kept = new Array<number>(shared.dimensions - (shared.axes?.length ?? shared.dimensions)).fill(1)
  if (n === 0 || (missing > 0 && !ignoresNaN && kindOf(dtype) === 'float'))
    return chunkOfQuantiles(new Float64Array(q.length).fill(Number.NaN), kept, shared)
  const { values } = cutLine(splitters, parts)
  const index = new Map(ranks.map((rank, i) => [rank, i]))
  const found = q.map((one) => between(method, one, n, (rank) => values[index.get(rank)!]!))
  return chunkOfQuantiles(found, kept, shared)
}

/** Sends what belongs to each chunk of the result: values, and where they were. */
export async function sendLine(
  { values, places }: SortedPart,
  { chunks, cuts }: LineBounds,
  c: number,
  { outputs }: LineShared,
  context: TaskContext,
): Promise<Transferred> {
  const sender = new movers.code.ShardSender(context, outputs)
  await sender.joined
  const waits = context.occupy?.()
  for (let output = 0, from = 0; output < outputs; output++) {
    const to = output === outputs - 1 ? values.length : cuts[output * chunks + c]!
    if (to > from) {
      const own = bytesOf(values.subarray(from, to) as Numbers)
      const where = places ? bytesOf(places.subarray(from, to)) : undefined
      sender.add(output, to - from, (allocate) => {
        const start = padded(own.length)
        const bytes = allocate(start + (where?.length ?? 0))
        bytes.set(own)
        if (where) bytes.set(where, start)
      })
      if (sender.isFull) await sender.room()
    }
    from = to
  }
  waits?.()
  return await sender.finish()
}

/** A chunk of the sorted line, or of the places of its elements. */
export async function readLine(
  sealed: Sealed,
  { output, shape }: ReadLineOwn,
  { dtype, places }: LineShared,
  context: TaskContext,
): Promise<Chunk> {
  const n = sizeOf(shape)
  const values = newNumbers(dtype, n)
  const where = new BigInt64Array(places ? n : 0)
  let at = 0
  for await (const { bytes, count } of movers.code.readShards(context, sealed, output)) {
    // As bytes: from another process they need not lie where numbers do.
    const size = count * itemSize(dtype)
    bytesOf(values).set(bytes.subarray(0, size), at * itemSize(dtype))
    if (places) bytesOf(where).set(bytes.subarray(padded(size), padded(size) + count * 8), at * 8)
    at += count
  }
  if (n === 0) return { dtype: places ? 'int64' : dtype, shape, data: places ? where : values }
  if (!places) {
    sortRows(values, dtype, n)
    return { dtype, shape, data: values }
  }
  const result = new BigInt64Array(n)
  // Shards come in the order of chunks, so that equal elements stay in the order that they have.
  takeElements(where, 8, argsortRows(values, dtype, n), result)
  return { dtype: 'int64', shape, data: result }
}

const padded = (bytes: number): number => (bytes + 7) & ~7

function joined(dtype: DType, parts: readonly Numbers[]): Numbers {
  const result = newNumbers(
    dtype,
    parts.reduce((n, p) => n + p.length, 0),
  )
  let at = 0
  for (const part of parts) {
    result.set(part as never, at)
    at += part.length
  }
  return result
}
