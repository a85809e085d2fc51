import { ArgumentError, asError, describe } from '../base/index.js'
import { Untranslatable } from '../lambda/index.js'
import { type DType, dtypeOf, isComplex } from '../kernels/index.js'
import { ChunkTasks, numberOf } from './chunk-tasks.js'
import { ChunkedArray } from './chunked-array.js'
import { isWide } from './chunk.js'
import { gridOf } from './chunks.js'
import type { ArrayExpression } from './array-expression.js'
import { castOf } from './casting.js'
import { Elementwise, stretchedChunks } from './elementwise.js'
import { DTypeError } from './errors.js'
import { expressionOf } from './inputs.js'
import { lambdaNode } from './lambda-kernel.js'
import type { Complex, ItemOf } from './nd-array.js'
import { unified } from './operands.js'
import { mapEachItem } from './operations.js'
import { Assembly } from './program-parts.js'
import type { AnyArray } from './types.js'

type Items<A extends readonly AnyArray[]> = {
  [K in keyof A]: A[K] extends { readonly dtype: infer D extends DType } ? ItemOf<D> : never
}

/** The type of arrays of what a function gives. */
export type DTypeOfItem<R> = R extends boolean ? 'bool' : R extends bigint ? 'int64' : R extends number ? 'float64' : 'complex128'

/**
 * What a function gives for each element of arrays, which are stretched to one another. The function is read with the numbers
 * that it captured, and becomes one kernel, fused with what comes before and after; what cannot be translated runs as
 * JavaScript, element by element, and `explain()` says why. Numbers become float64, bigints int64, booleans bool.
 *
 * Both agree, but for the last places of exponentials, angles and powers.
 *
 * @example
 * const scale = 2
 * da.map((a, b) => (a + b) * scale - Math.sqrt(a / b), x, y)
 */
export function map<const A extends readonly [AnyArray, ...AnyArray[]], R extends number | bigint | boolean | Complex>(
  fn: (...items: Items<A>) => R,
  ...arrays: A
): ChunkedArray<DTypeOfItem<R>> {
  return new ChunkedArray(mapOf(fn as never, arrays))
}

/** As `map`, with the type of the result told: of functions whose result cannot be known before they run. */
export function mapAs<const A extends readonly [AnyArray, ...AnyArray[]], D extends DType>(
  dtype: D,
  fn: (...items: Items<A>) => number | bigint | boolean | Complex,
  ...arrays: A
): ChunkedArray<D> {
  return new ChunkedArray(mapOf(fn as never, arrays, dtypeOf(dtype)))
}

function mapOf(fn: (...items: never[]) => unknown, arrays: readonly AnyArray[], dtype?: DType): ArrayExpression {
  if (typeof fn !== 'function') throw new ArgumentError(`map: expected a function, not ${describe(fn)}`)
  const inputs = unified(
    'map',
    arrays.map((a) => expressionOf('map', a)),
  )
  try {
    const assembly = new Assembly<ArrayExpression>()
    const nodes = inputs.map((e) => assembly.input(e, e.dtype))
    const { node, kind } = lambdaNode(
      fn,
      assembly,
      nodes,
      inputs.map((e) => e.dtype),
    )
    assembly.builder.map(node)
    if (dtype !== undefined && (dtype === 'bool') !== (kind === 'boolean'))
      throw new DTypeError(`map: the function gives a ${kind}, which is no element of ${dtype}`)
    const program = { program: assembly.builder.build(), scalars: assembly.scalars, guards: [] }
    const e = new Elementwise('map', assembly.inputs, program, undefined, 'as a kernel')
    return dtype === undefined ? e : castOf(e, dtype)
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error
    return asJavaScript(fn, inputs, dtype ?? typeByTrial(fn, inputs), error.message)
  }
}

function asJavaScript(
  fn: (...items: never[]) => unknown,
  inputs: readonly ArrayExpression[],
  dtype: DType,
  why: string,
): ArrayExpression {
  const chunks = stretchedChunks(inputs.map((e) => e.chunks))
  const grids = inputs.map((e) => gridOf(e.chunks))
  return new ChunkTasks('map', inputs, {
    run: mapEachItem as never,
    shared: { fn, label: 'map', dtype },
    dtype,
    chunks,
    needs: (place) => ({
      of: grids.map((grid, k) => {
        const missing = place.length - grid.length
        return [
          k,
          numberOf(
            grid.map((n, axis) => (n === 1 ? 0 : place[missing + axis]!)),
            grid,
          ),
        ] as const
      }),
    }),
    token: '',
    source: fn,
    note: `as JavaScript, because ${why}`,
  })
}

/** What the function gives for ones says what it gives for others. */
function typeByTrial(fn: (...items: never[]) => unknown, inputs: readonly ArrayExpression[]): DType {
  const ones = inputs.map(({ dtype }) => (dtype === 'bool' ? true : isWide(dtype) ? 1n : isComplex(dtype) ? { re: 1, im: 0 } : 1))
  let value: unknown
  try {
    value = fn(...(ones as never[]))
  } catch (error) {
    throw new DTypeError(
      `map: the type of the result is not known, since the function throws for ones: ${asError(error).message}. Use mapAs(dtype, fn, …)`,
      {
        cause: error,
      },
    )
  }
  switch (typeof value) {
    case 'number':
      return 'float64'
    case 'bigint':
      return 'int64'
    case 'boolean':
      return 'bool'
    default:
      if (typeof (value as Complex | null)?.re === 'number') return 'complex128'
      throw new DTypeError(
        `map: the function gives ${describe(value)} for ones, which no array can hold: expected a number, bigint, boolean or {re, im}`,
      )
  }
}
