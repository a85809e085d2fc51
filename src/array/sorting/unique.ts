import { config } from '../../config/index.js'
import { Expression, type LowerContext } from '../../expr/index.js'
import { promoteTypes } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { castOf } from '../casting.js'
import { ChunkedArray } from '../chunked-array.js'
import { eachPlace, gridOf, needKnown, shapeOf } from '../chunks.js'
import { expressionOf } from '../inputs.js'
import type { ArrayInput, DTypeOf } from '../types.js'
import { Wired, startsOf } from '../wired.js'
import type { ChunkPlaces, UniqueField } from './search-of.js'
import { inverseChunk, mergeUnique, uniqueChunk, uniqueField } from './tasks.js'

/** What is known of the unique elements of some arrays: one value, of which several arrays are made. */
class UniqueParts extends Expression {
  readonly label = 'unique'
  readonly size = 1
  declare readonly inputs: readonly ArrayExpression[]

  identity(): string {
    return ''
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    const first = context.layer({ run: uniqueChunk as never, suffix: 'chunk' })
    const merge = context.layer({ run: mergeUnique as never, suffix: 'combine' })
    const splitEvery = config.get('array.splitEvery')
    let level: number[] = []
    for (const [i, e] of this.inputs.entries()) {
      const starts = startsOf(e.chunks)
      // Where lengths are not known, places are those in the chunk: nobody is told them.
      const shape = shapeOf(e.chunks)
      eachPlace(gridOf(e.chunks), (place, number) => {
        const start = place.map((p, axis) => starts[axis]![p]!)
        level.push(first.task([inputs[i]![number]!], { start, shape } satisfies ChunkPlaces))
      })
    }
    while (level.length > 1) {
      const next: number[] = []
      for (let i = 0; i < level.length; i += splitEvery) next.push(merge.task(level.slice(i, i + splitEvery)))
      level = next
    }
    return level
  }

  withInputs(inputs: readonly Expression[]): UniqueParts {
    return new UniqueParts(inputs, this.annotations)
  }
}

function field(parts: UniqueParts, name: UniqueField): ArrayExpression {
  return new Wired({
    label: `unique-${name}`,
    inputs: [parts],
    dtype: name === 'values' ? parts.inputs[0]!.dtype : 'int64',
    chunks: [[NaN]],
    identity: name,
    lower: (context, [tasks]) => [context.layer({ run: uniqueField as never, shared: name }).task(tasks!)],
  })
}

export interface UniqueOptions {
  /** also where each unique element is first, in the order of all elements */
  readonly returnIndex?: boolean | undefined
  /** also where each element is among the unique ones */
  readonly returnInverse?: boolean | undefined
  /** also how often each unique element occurs */
  readonly returnCounts?: boolean | undefined
}

/**
 * Each element once, ascending; NaNs are one. How many they are is not known before they are computed. With options a list:
 * the elements, then what the options ask for, in their order.
 *
 * @example
 * const [values, counts] = da.unique(x, { returnCounts: true })
 */
export function unique<const X extends ArrayInput>(x: X, options?: undefined): ChunkedArray<DTypeOf<X>>
export function unique<const X extends ArrayInput>(
  x: X,
  options: UniqueOptions,
): [values: ChunkedArray<DTypeOf<X>>, ...others: ChunkedArray<'int64'>[]]
export function unique(x: ArrayInput, options: UniqueOptions = {}): unknown {
  const e = expressionOf('unique', x)
  const { returnIndex = false, returnInverse = false, returnCounts = false } = options
  const parts = new UniqueParts([e])
  const results: ArrayExpression[] = [field(parts, 'values')]
  if (returnIndex) needKnown('unique with returnIndex', e.chunks)
  if (returnIndex) results.push(field(parts, 'index'))
  if (returnInverse) {
    results.push(
      new Wired({
        label: 'unique-inverse',
        inputs: [e, parts],
        dtype: 'int64',
        chunks: e.chunks,
        identity: '',
        lower: (context, [tasks, all]) => {
          const layer = context.layer({ run: inverseChunk as never })
          return Array.from(tasks!, (task) => layer.task([task, all![0]!]))
        },
      }),
    )
  }
  if (returnCounts) results.push(field(parts, 'counts'))
  const arrays = results.map((r) => new ChunkedArray(r))
  return arrays.length === 1 && !Object.values(options).some(Boolean) ? arrays[0] : arrays
}

/** Each element of either of two arrays once, ascending. */
export function union1d(a: ArrayInput, b: ArrayInput): ChunkedArray {
  const both = [a, b].map((x) => expressionOf('union1d', x))
  const dtype = promoteTypes(both[0]!.dtype, both[1]!.dtype)
  return new ChunkedArray(field(new UniqueParts(both.map((e) => castOf(e, dtype))), 'values'))
}
