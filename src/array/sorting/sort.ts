import { ArgumentError, describe } from '../../base/index.js'
import { config } from '../../config/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { axisOf } from '../axes.js'
import { ChunkedArray } from '../chunked-array.js'
import { type Chunks, eachPlace, gridOf, needKnown } from '../chunks.js'
import { expressionOf } from '../inputs.js'
import type { ArrayInput, DTypeOf } from '../types.js'
import { Wired, startsOf } from '../wired.js'
import { longLines, lowerSort } from './long-lines.js'
import { wholeAlong } from './quantiles.js'
import { argsortChunk, finishTop, mergeTop, sortChunk, topOfChunk } from './tasks.js'
import type { TopShared } from './top-of.js'

/** Along which axis. */
export interface AlongOptions {
  /** the last one unless told */
  readonly axis?: number | undefined
}

/**
 * The array sorted along an axis: ascending, NaN last, complex numbers by real and then imaginary parts. A task sorts what
 * lies along the axis as a whole, and other axes are cut so that chunks do not grow; lines that are larger than the setting
 * `array.chunkSize` are sorted chunk by chunk, and dealt out by ranges (except of complex numbers).
 *
 * @example
 * da.sort(x, { axis: 0 })
 */
export function sort<const X extends ArrayInput>(x: X, { axis = -1 }: AlongOptions = {}): ChunkedArray<DTypeOf<X>> {
  return new ChunkedArray(sortedBy('sort', expressionOf('sort', x), axis))
}

/** The places of the sorted elements along an axis; equal ones in the order that they have. */
export function argsort(x: ArrayInput, { axis = -1 }: AlongOptions = {}): ChunkedArray<'int64'> {
  return new ChunkedArray(sortedBy('argsort', expressionOf('argsort', x), axis))
}

function sortedBy(label: 'sort' | 'argsort', e: ArrayExpression, axis: number): ArrayExpression {
  needKnown(label, e.chunks)
  const along = axisOf(label, axis, e.shape.length)
  const long = longLines(e, [along])
  if (long)
    return new Wired({
      label,
      inputs: [long],
      dtype: label === 'sort' ? e.dtype : 'int64',
      chunks: long.chunks,
      identity: `${along} long`,
      lower: (context, [tasks]) => lowerSort(context, long, along, label === 'argsort', tasks!),
    })
  const whole = wholeAlong(e, [along])
  const run = label === 'sort' ? sortChunk : argsortChunk
  return new Wired({
    label,
    inputs: [whole],
    dtype: label === 'sort' ? e.dtype : 'int64',
    chunks: whole.chunks,
    identity: String(along),
    lower: (context, [tasks]) => {
      const layer = context.layer({ run: run as never, shared: along })
      return Array.from(tasks!, (task) => layer.task([task]))
    },
  })
}

export interface TopOptions extends AlongOptions {
  /** how many neighbouring chunks one task merges; the setting `array.splitEvery` unless told */
  readonly splitEvery?: number | undefined
}

/**
 * The `k` greatest elements along an axis, descending; with `k` below 0 the least, ascending. NaN is greatest.
 *
 * @example
 * da.topk(x, 3)
 */
export function topk<const X extends ArrayInput>(x: X, k: number, options: TopOptions = {}): ChunkedArray<DTypeOf<X>> {
  return new ChunkedArray(topOf('topk', expressionOf('topk', x), k, options))
}

/** Where the `k` greatest (or least) elements along an axis are; equal ones in no particular order. */
export function argtopk(x: ArrayInput, k: number, options: TopOptions = {}): ChunkedArray<'int64'> {
  return new ChunkedArray(topOf('argtopk', expressionOf('argtopk', x), k, options))
}

function topOf(
  label: 'topk' | 'argtopk',
  e: ArrayExpression,
  k: number,
  { axis = -1, splitEvery = config.get('array.splitEvery') }: TopOptions,
): ArrayExpression {
  needKnown(label, e.chunks)
  if (!Number.isSafeInteger(k) || k === 0)
    throw new ArgumentError(`${label}: k is ${describe(k)}: expected a whole number other than 0`)
  if (!Number.isInteger(splitEvery) || splitEvery < 2)
    throw new ArgumentError(`${label}: splitEvery is ${splitEvery}: expected a whole number from 2`)
  const along = axisOf(label, axis, e.shape.length)
  const kept = Math.min(Math.abs(k), e.shape[along]!)
  const chunks: Chunks = e.chunks.map((lengths, a) => (a === along ? [kept] : lengths))
  const shared: TopShared = { k, axis: along, places: label === 'argtopk' }
  return new Wired({
    label,
    inputs: [e],
    dtype: label === 'topk' ? e.dtype : 'int64',
    chunks,
    identity: `${k} ${along} ${splitEvery}`,
    lower: (context, [tasks]) => {
      const first = context.layer({ run: topOfChunk as never, shared, suffix: 'chunk' })
      const merge = context.layer({ run: mergeTop as never, shared, suffix: 'combine' })
      const last = context.layer({ run: finishTop as never, shared })
      const starts = startsOf(e.chunks)[along]!
      const grid = gridOf(chunks)
      const groups: number[][] = []
      eachPlace(gridOf(e.chunks), (place, number) => {
        let group = 0
        for (const [a, p] of place.entries()) group = group * grid[a]! + (a === along ? 0 : p)
        ;(groups[group] ??= []).push(first.task([tasks![number]!], starts[place[along]!]))
      })
      return groups.map((group) => {
        let level = group
        while (level.length > 1) {
          const next: number[] = []
          for (let i = 0; i < level.length; i += splitEvery) next.push(merge.task(level.slice(i, i + splitEvery)))
          level = next
        }
        return last.task(level)
      })
    },
  })
}
