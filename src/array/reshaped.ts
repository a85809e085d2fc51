import { ArgumentError } from '../base/index.js'
import { config } from '../config/index.js'
import type { LowerContext } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import { type DType, itemSize } from '../kernels/index.js'
import { ArrayExpression } from './array-expression.js'
import { sizeOf } from './chunk.js'
import { type Chunks, eachPlace, gridOf, needKnown, normalizeChunks, offsetsOf } from './chunks.js'
import { ShapeError, showShape } from './errors.js'
import { reshapeChunk } from './operations.js'
import { rechunked } from './selection.js'
import { RuleSource } from './sources.js'

/** The same chunks, one by one in another shape: there are as many, in the same order. */
export class Reshaped extends ArrayExpression {
  readonly label: string
  readonly dtype: DType
  readonly chunks: Chunks
  declare readonly inputs: readonly [ArrayExpression]

  constructor(label: string, input: ArrayExpression, chunks: Chunks, annotations?: Annotations) {
    super([input], annotations)
    this.label = label
    this.dtype = input.dtype
    this.chunks = chunks
  }

  identity(): string {
    return JSON.stringify(this.chunks)
  }

  lower(context: LowerContext, [tasks]: readonly ArrayLike<number>[]): number[] {
    const layer = context.layer({ run: reshapeChunk })
    const result = new Array<number>(this.size)
    eachPlace(gridOf(this.chunks), (place, number) => {
      result[number] = layer.task(
        [tasks![number]!],
        place.map((p, axis) => this.chunks[axis]![p]!),
      )
    })
    return result
  }

  withInputs([input]: readonly ArrayExpression[]): Reshaped {
    return new Reshaped(this.label, input!, this.chunks, this.annotations)
  }
}

/**
 * The elements in another shape, in the order that they have. One length may be −1: whatever is left.
 *
 * @throws ShapeError when the shapes have different numbers of elements
 */
export function reshapeOf(e: ArrayExpression, wanted: readonly number[]): ArrayExpression {
  needKnown('reshape', e.chunks)
  const shape = inferred(e.shape, wanted)
  if (sizeOf(shape) === 0)
    return new RuleSource('reshape', { kind: 'full', value: 0 }, e.dtype, normalizeChunks(-1, shape, e.dtype))
  const before: (readonly number[])[] = []
  const after: (readonly number[])[] = []
  for (const { from, to } of groupsOf(e.shape, shape)) {
    const axis = before.length
    if (from.length === 1 && to.length === 1) {
      before.push(e.chunks[axis]!)
      after.push(e.chunks[axis]!)
      continue
    }
    // Within a group all axes but the first long one are whole, so that each chunk is an unbroken run of its elements.
    const [inner, outer] = [innerOf(from), innerOf(to)]
    const runs = runsOf(e, axis, from, inner, outer)
    const tooLong = runs.some((n) => n * itemSize(e.dtype) > config.get('array.chunkSize'))
    // By way of one axis, which can be cut anywhere.
    if (tooLong && from.length > 1 && to.length > 1) return reshapeOf(reshapeOf(e, [sizeOf(shape)]), shape)
    before.push(...axesCut(from, runs, inner))
    after.push(...axesCut(to, runs, outer))
  }
  return new Reshaped('reshape', rechunked(e, before), after)
}

function inferred(from: readonly number[], wanted: readonly number[]): number[] {
  const unknown = wanted.filter((n) => n === -1).length
  if (unknown > 1) throw new ArgumentError(`reshape to [${wanted.join(', ')}]: one length may be -1 at most`)
  if (!wanted.every((n) => Number.isInteger(n) && n >= -1))
    throw new ArgumentError(`reshape to [${wanted.join(', ')}]: expected whole numbers`)
  const size = sizeOf(from)
  const rest = wanted.reduce((n, m) => (m === -1 ? n : n * m), 1)
  const shape = wanted.map((n) => (n === -1 ? size / (rest || 1) : n))
  if (sizeOf(shape) !== size || !shape.every(Number.isInteger))
    throw new ShapeError(
      `an array of the shape ${showShape(from)} has ${size} elements: they cannot be put in the shape [${wanted.join(', ')}]`,
    )
  return shape
}

/** Neighbouring axes that become neighbouring axes: the fewest at a time. */
function groupsOf(from: readonly number[], to: readonly number[]): { from: number[]; to: number[] }[] {
  const groups: { from: number[]; to: number[] }[] = []
  let i = 0
  let j = 0
  while (i < from.length || j < to.length) {
    const group = { from: [] as number[], to: [] as number[] }
    let a = 1
    let b = 1
    do {
      if (i < from.length && (a <= b || j >= to.length)) {
        a *= from[i]!
        group.from.push(from[i++]!)
      } else {
        b *= to[j]!
        group.to.push(to[j++]!)
      }
    } while (a !== b || (group.from.length === 0 && i < from.length) || (group.to.length === 0 && j < to.length))
    groups.push(group)
    if (i === from.length && a === b && j < to.length && to.slice(j).every((n) => n === 1)) {
      group.to.push(...to.slice(j))
      j = to.length
    }
    if (j === to.length && i < from.length && from.slice(i).every((n) => n === 1)) {
      group.from.push(...from.slice(i))
      i = from.length
    }
  }
  return groups
}

/** How many elements one place along the first long axis of a group is. */
function innerOf(lengths: readonly number[]): number {
  const first = lengths.findIndex((n) => n > 1)
  return first < 0 ? 1 : sizeOf(lengths.slice(first + 1))
}

/** The chunks along the axes of a group that runs of its elements are. */
function axesCut(lengths: readonly number[], runs: readonly number[], inner: number): (readonly number[])[] {
  const first = lengths.findIndex((n) => n > 1)
  return lengths.map((n, i) => (i === first ? runs.map((run) => run / inner) : [n]))
}

/**
 * Into runs of how many elements a group of axes is cut: multiples of what one place along the first long axis is, before and
 * after; where there are cuts already, as far as that allows it, and further ones where runs become too long.
 */
function runsOf(e: ArrayExpression, firstAxis: number, from: readonly number[], inner: number, outer: number): readonly number[] {
  const size = sizeOf(from)
  const step = (inner / gcd(inner, outer)) * outer
  const first = from.findIndex((n) => n > 1)
  if (step >= size || first < 0) return [size]
  const limit = Math.max(step, Math.floor(config.get('array.chunkSize') / itemSize(e.dtype) / step) * step)
  const runs: number[] = []
  let last = 0
  for (const offset of offsetsOf(e.chunks[firstAxis + first]!).slice(1)) {
    const end = offset * inner === size ? size : Math.floor((offset * inner) / step) * step
    for (; end > last; last += runs.at(-1)!) runs.push(Math.min(limit, end - last))
  }
  return runs
}

function gcd(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b]
  return a
}
