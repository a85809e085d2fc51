import { type Chunk, type Numbers, newChunk, partsOf, sizeOf } from './chunk.js'
import { offsetsOf } from './chunks.js'
import type { PointsOwn, PointsShared } from './points.js'
import { ArrayIndexError } from './errors.js'

/** The places along an axis where a mask is set. */
export function compressChunk([chunk, mask]: readonly [Chunk, Chunk], axis: number): Chunk {
  const flags = mask.data as Uint8Array
  const places: number[] = []
  for (let i = 0; i < flags.length; i++) if (flags[i] !== 0) places.push(i)
  const shape = chunk.shape.map((n, a) => (a === axis ? places.length : n))
  const result = newChunk(chunk.dtype, shape)
  const inner = sizeOf(chunk.shape.slice(axis + 1)) * partsOf(chunk.dtype)
  const outer = sizeOf(chunk.shape.slice(0, axis))
  const length = chunk.shape[axis]!
  let to = 0
  for (let o = 0; o < outer; o++) {
    for (const place of places) {
      copy(chunk.data, (o * length + place) * inner, result.data, to, inner)
      to += inner
    }
  }
  return result
}

/** Places along an axis, of all chunks along it. */
export function takePlaces(
  [index, ...blocks]: readonly Chunk[],
  { axis, lengths }: { readonly axis: number; readonly lengths: readonly number[] },
  key: string,
): Chunk {
  const first = blocks[0]!
  const offsets = offsetsOf(lengths)
  const total = offsets.at(-1)!
  const count = index!.data.length
  const result = newChunk(
    first.dtype,
    first.shape.map((n, a) => (a === axis ? count : n)),
  )
  const inner = sizeOf(first.shape.slice(axis + 1)) * partsOf(first.dtype)
  const outer = sizeOf(first.shape.slice(0, axis))
  for (let i = 0; i < count; i++) {
    const given = Number(index!.data[i])
    const place = given < 0 ? given + total : given
    if (!(place >= 0 && place < total))
      throw new ArrayIndexError(`index ${given} is out of bounds for axis ${axis} with size ${total} (element ${i} of ${key})`)
    let b = 0
    while (offsets[b + 1]! <= place) b++
    const block = blocks[b]!
    for (let o = 0; o < outer; o++)
      copy(block.data, (o * lengths[b]! + place - offsets[b]!) * inner, result.data, (o * count + i) * inner, inner)
  }
  return result
}

function copy(from: Numbers, source: number, to: Numbers, target: number, count: number): void {
  if (count > 16) to.set(from.subarray(source, source + count) as never, target)
  else for (let i = 0; i < count; i++) to[target + i] = from[source + i]!
}

/** A chunk with other values in some places: along each axis, pairs of a place in it and one in the values. */
export function assignParts([chunk, values]: readonly Chunk[], pairs: readonly (readonly number[])[] | undefined): Chunk {
  if (!values || !pairs) return chunk!
  const result = newChunk(chunk!.dtype, chunk!.shape)
  result.data.set(chunk!.data as never)
  const width = partsOf(chunk!.dtype)
  const walk = (axis: number, to: number, from: number): void => {
    if (axis === pairs.length) {
      for (let part = 0; part < width; part++) result.data[to * width + part] = values.data[from * width + part]!
      return
    }
    const own = pairs[axis]!
    for (let i = 0; i < own.length; i += 2)
      walk(axis + 1, to * chunk!.shape[axis]! + own[i]!, from * values.shape[axis]! + own[i + 1]!)
  }
  walk(0, 0, 0)
  return result
}

/** Elements in some places along the first axes of chunks, one point after the other. */
export function takePoints(chunks: readonly Chunk[], { count, from }: PointsOwn, { axes }: PointsShared): Chunk {
  const first = chunks[0]!
  const rest = first.shape.slice(axes)
  const result = newChunk(first.dtype, [count, ...rest])
  const inner = sizeOf(rest) * partsOf(first.dtype)
  for (const [c, { places, into }] of from.entries())
    for (let i = 0; i < into.length; i++) copy(chunks[c]!.data, places[i]! * inner, result.data, into[i]! * inner, inner)
  return result
}
