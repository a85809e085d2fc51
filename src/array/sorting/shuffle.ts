import { ArrayIndexError } from '../errors.js'
import { axisOf } from '../axes.js'
import { ChunkedArray } from '../chunked-array.js'
import { needKnown } from '../chunks.js'
import { expressionOf } from '../inputs.js'
import { NdArray } from '../nd-array.js'
import { DataSource } from '../sources.js'
import { takeByArray } from '../take-by-array.js'
import type { ArrayInput, DTypeOf } from '../types.js'

/**
 * The elements along an axis in another order: each list names, by their places, the elements of a chunk of the result.
 *
 * @throws ArrayIndexError for a place that there is not
 * @example
 * da.shuffle(x, [[0, 2, 4], [1, 3, 5]], { axis: 0 }) // the even rows, then the odd ones
 */
export function shuffle<const X extends ArrayInput>(
  x: X,
  indexer: readonly (readonly number[])[],
  { axis = 0 }: { readonly axis?: number | undefined } = {},
): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('shuffle', x)
  needKnown('shuffle', e.chunks)
  const along = axisOf('shuffle', axis, e.shape.length)
  const n = e.shape[along]!
  const places = indexer.flat()
  const bad = places.find((p) => !Number.isInteger(p) || p < 0 || p >= n)
  if (bad !== undefined) throw new ArrayIndexError(`shuffle: index ${bad} is out of bounds for axis ${along} with size ${n}`)
  const lengths = indexer.length === 0 ? [0] : indexer.map((list) => list.length)
  const index = new NdArray('int64', [places.length], BigInt64Array.from(places, BigInt))
  return new ChunkedArray(takeByArray(e, new DataSource('indexer', index, [lengths]), along))
}
