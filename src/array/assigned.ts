import { ArgumentError } from '../base/index.js'
import { ArrayExpression } from './array-expression.js'
import { castOf } from './casting.js'
import { ChunkTasks, type ChunkRef, numberOf } from './chunk-tasks.js'
import { gridOf, needKnown, offsetsOf } from './chunks.js'
import { ShapeError, showShape } from './errors.js'
import { type OperandExpression, commonShape, computed, stretchedTo } from './operands.js'
import { assignParts } from './operations.js'
import { rearranged } from './rearranged-axes.js'
import { rechunked, wholeAxis } from './selection.js'
import { parseIndex } from './slicing.js'
import { DataSource } from './sources.js'
import { newChunk } from './chunk.js'

/**
 * The array with other values where an index says: those of an array of the shape that the index selects, stretched to it, or a
 * number.
 */
export function assignedOf(e: ArrayExpression, index: readonly unknown[], value: OperandExpression): ArrayExpression {
  const [mask] = index
  if (index.length === 1 && mask instanceof ArrayExpression && mask.dtype === 'bool') {
    const replaced = computed(
      'assign',
      [e, mask, typeof value === 'object' ? castOf(value, e.dtype) : numberOfProgram(value)],
      ({ builder: p }, [x, m, v]) => p.apply('where', m!, p.cast(v!, e.dtype), x!),
    )
    if (replaced.chunks.length !== e.chunks.length || replaced.shape.some((n, axis) => !Object.is(n, e.shape[axis])))
      throw new ShapeError(`assign: a mask of the shape ${showShape(mask.shape)} for an array of the shape ${showShape(e.shape)}`)
    return replaced
  }
  needKnown('assign', e.chunks)
  const entries = parseIndex(index, e.shape)
  if (entries.some((i) => i.kind === 'array' || i.kind === 'new'))
    throw new ArgumentError(
      'assign: the index may hold numbers, slices, lists, or one mask of all axes: other arrays and new axes cannot be assigned to',
    )
  const segments = entries.map((i, axis) => (i.kind === 'segments' ? i.segments : wholeAxis(e.shape[axis]!)))
  /** along each axis, the places that are assigned to, in the order of the values */
  const places = segments.map((list) => list.flatMap((s) => Array.from({ length: s.count }, (_, k) => s.start + k * s.step)))
  const kept = entries.flatMap((i, axis) => (i.kind === 'segments' && i.drop ? [] : [axis]))
  const shape = kept.map((axis) => places[axis]!.length)
  let values = castOf(typeof value === 'object' ? value : numberOfProgram(value), e.dtype)
  const fits = commonShape('assign', [values.shape, shape])
  if (fits.length !== shape.length || fits.some((n, i) => n !== shape[i]))
    throw new ShapeError(
      `assign: values of the shape ${showShape(values.shape)} cannot be stretched to ${showShape(shape)}, which the index selects`,
    )
  const missing = shape.length - values.shape.length
  values = rearranged(
    'assign',
    values,
    shape.map((_, i) => (i < missing ? null : i - missing)),
  )
  values = stretchedTo(
    values,
    shape,
    shape.map((n, i) => (values.shape[i] === n ? values.chunks[i]! : [n])),
  )
  // As many axes as the array has, in few chunks: each block of the array is given those that it needs.
  const wide = rearranged(
    'assign',
    rechunked(
      values,
      shape.map((n) => [n]),
    ),
    entries.map((_, axis) => (kept.includes(axis) ? kept.indexOf(axis) : null)),
  )
  const grid = gridOf(e.chunks)
  const offsets = e.chunks.map(offsetsOf)
  return new ChunkTasks('assign', [e, wide], {
    run: assignParts as never,
    dtype: e.dtype,
    chunks: e.chunks,
    needs(place) {
      const own = place.map((p, axis) => {
        const [low, high] = [offsets[axis]![p]!, offsets[axis]![p + 1]!]
        return places[axis]!.flatMap((at, k) => (at >= low && at < high ? [at - low, k] : []))
      })
      const of: ChunkRef[] = [[0, numberOf(place, grid)]]
      if (own.some((pairs) => pairs.length === 0)) return { of }
      return { of: [...of, [1, 0]], own }
    },
    token: JSON.stringify(segments),
  })
}

/** A number of the program as an array of no axes. */
function numberOfProgram(value: number | bigint | boolean): ArrayExpression {
  const dtype =
    typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' || Number.isSafeInteger(value) ? 'int64' : 'float64'
  const chunk = newChunk(dtype, [])
  chunk.data[0] = (dtype === 'int64' ? BigInt(value) : Number(value)) as never
  return new DataSource('assign', chunk, [], `${dtype} ${Object.is(value, -0) ? '-0' : String(value)}`)
}
