import { ArgumentError, describe } from '../base/index.js'
import { type NodeId, type ProgramBuilder, applyUfunc, isInteger } from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { axisOf } from './axes.js'
import { castOf } from './casting.js'
import { isWide, sizeOf } from './chunk.js'
import { ChunkedArray } from './chunked-array.js'
import { needKnown } from './chunks.js'
import { arange, fromArray } from './create.js'
import { Elementwise } from './elementwise.js'
import { ArrayIndexError, DTypeError, ShapeError, showShape } from './errors.js'
import { expressionOf } from './inputs.js'
import { compressed } from './masked-elements.js'
import { type OperandExpression, computed, unified } from './operands.js'
import { Assembly } from './program-parts.js'
import { ravel } from './shape-functions.js'
import { rearranged } from './rearranged-axes.js'
import { reshapeOf } from './reshaped.js'
import { takeByArray } from './take-by-array.js'
import type { ArrayInput, DTypeOf } from './types.js'

/** Whether each element is not 0, as bools. */
const isSet = (label: string, e: ArrayExpression): ArrayExpression =>
  e.dtype === 'bool' ? e : computed(label, [e], ({ builder: p }, [v]) => p.cast(v!, 'bool'))

/** The places in the order of all elements that are not 0. */
function placesSet(label: string, x: ArrayInput): ChunkedArray<'int64'> {
  const e = expressionOf(label, x)
  needKnown(label, e.chunks)
  const mask = reshapeOf(isSet(label, e), [-1])
  const all = arange(sizeOf(e.shape), { dtype: 'int64', chunks: [mask.chunks[0]!] })
  return new ChunkedArray(compressed(all.expression, mask, 0))
}

/** Where elements are not 0, in the order of all of them. How many they are is not known before they are computed. */
export const flatnonzero = (x: ArrayInput): ChunkedArray<'int64'> => placesSet('flatnonzero', x)

/**
 * Where elements are not 0: for each axis the places along it. How many they are is not known before they are computed.
 *
 * @example
 * const [rows, columns] = da.nonzero(x.greater(5))
 */
export function nonzero(x: ArrayInput): ChunkedArray<'int64'>[] {
  const e = expressionOf('nonzero', x)
  if (e.shape.length === 0) throw new ShapeError('nonzero of an array without axes: atleast1d() gives it one')
  return placesAlong('nonzero', placesSet('nonzero', x), e.shape)
}

/** Where elements are not 0: a row of places for each of them. */
export function argwhere(x: ArrayInput): ChunkedArray<'int64'> {
  const e = expressionOf('argwhere', x)
  if (e.shape.length === 0) throw new ShapeError('argwhere of an array without axes: atleast1d() gives it one')
  const flat = new ChunkedArray(rearranged('argwhere', placesSet('argwhere', x).expression, [0, null]))
  const row = (numbers: readonly number[]): ChunkedArray => fromArray([numbers.map((n) => Math.max(1, n))])
  const steps = row(e.shape.map((_, axis) => sizeOf(e.shape.slice(axis + 1))))
  return flat.floorDivide(steps).remainder(row(e.shape)) as ChunkedArray<'int64'>
}

/** Places in the order of all elements as places along each axis. */
function placesAlong(label: string, flat: ChunkedArray<'int64'>, shape: readonly number[]): ChunkedArray<'int64'>[] {
  return shape.map((length, axis) => {
    const inner = sizeOf(shape.slice(axis + 1))
    return new ChunkedArray(
      computed(label, [flat.expression], ({ builder: p }, [v]) => {
        const whole = (n: number): NodeId => p.constant(BigInt(Math.max(1, n)), 'int64')
        return p.apply('remainder', p.apply('floorDivide', v!, whole(inner)), whole(length))
      }),
    )
  })
}

/**
 * The elements where a condition of one axis holds: along an axis, or of all as one. A condition that is shorter leaves the rest
 * out. Where it is an array that is computed, how many they are is not known before.
 *
 * @example
 * da.compress([false, true, true], x, { axis: 0 })
 */
export function compress<const X extends ArrayInput>(
  condition: ArrayInput,
  x: X,
  { axis }: { readonly axis?: number | undefined } = {},
): ChunkedArray<DTypeOf<X>> {
  const e = axis === undefined ? ravel(x).expression : expressionOf('compress', x)
  const along = axis === undefined ? 0 : axisOf('compress', axis, e.shape.length)
  const mask = isSet('compress', expressionOf('compress', condition))
  if (mask.shape.length !== 1) throw new ShapeError(`compress: a condition has one axis, not the shape ${showShape(mask.shape)}`)
  const [given, length] = [mask.shape[0]!, e.shape[along]!]
  if (given > length)
    throw new ShapeError(
      `compress: a condition of ${given} elements for the ${length} along axis ${along} of ${showShape(e.shape)}`,
    )
  const within =
    given < length ? new ChunkedArray(e).slice(...e.shape.map((_, i) => (i === along ? (`:${given}` as const) : ':'))) : undefined
  return new ChunkedArray(compressed(within?.expression ?? e, mask, along))
}

/**
 * The elements where a condition of the same shape holds. How many they are is not known before they are computed.
 *
 * @example
 * da.extract(x.greater(0), x)
 */
export function extract<const X extends ArrayInput>(condition: ArrayInput, x: X): ChunkedArray<DTypeOf<X>> {
  const [mask, e] = [isSet('extract', expressionOf('extract', condition)), expressionOf('extract', x)]
  if (sizeOf(mask.shape) > sizeOf(e.shape))
    throw new ShapeError(`extract: a condition of the shape ${showShape(mask.shape)} for an array of ${showShape(e.shape)}`)
  return compress(new ChunkedArray(reshapeOf(mask, [-1])), x)
}

/**
 * The elements that numbers name, in the shape of the numbers: along an axis, or of all as one. Negative ones count from the end.
 *
 * @throws ArrayIndexError for places that there are not; when it is computed, where the numbers are computed
 * @example
 * da.take(x, [[0, 1], [2, -1]], { axis: 1 })
 */
export function take<const X extends ArrayInput>(
  x: X,
  places: ArrayInput,
  { axis }: { readonly axis?: number | undefined } = {},
): ChunkedArray<DTypeOf<X>> {
  const e = axis === undefined ? ravel(x).expression : expressionOf('take', x)
  const along = axis === undefined ? 0 : axisOf('take', axis, e.shape.length)
  const list = Array.isArray(places) && places.every((p) => typeof p === 'number') ? (places as readonly number[]) : undefined
  if (typeof places === 'number' || list)
    return new ChunkedArray<DTypeOf<X>>(e).slice(
      ...e.shape.map((_, i) => (i === along ? (list ?? (places as number)) : (':' as const))),
    )
  const by = expressionOf('take', places)
  if (!isInteger(by.dtype)) throw new ArrayIndexError(`take: an array of ${by.dtype} is no index: expected whole numbers`)
  const taken = takeByArray(e, reshapeOf(by, [-1]), along)
  const shape = [...e.shape.slice(0, along), ...by.shape, ...e.shape.slice(along + 1)]
  return new ChunkedArray(by.shape.length === 1 ? taken : reshapeOf(taken, shape))
}

/** How places that there are not become others: an error, around the ends, or the next one that there is. */
export type PlaceMode = 'raise' | 'wrap' | 'clip'

/** Which axis is closest: the last ('C') or the first ('F'). */
export type AxisOrderName = 'C' | 'F'

/**
 * The places in the order of all elements of a shape that places along each axis are.
 *
 * @throws ArrayIndexError, when computed, for places that there are not, unless `mode` says otherwise
 * @example
 * da.ravelMultiIndex([[3, 6], [4, 5]], [7, 6]) // 22, 41
 */
export function ravelMultiIndex(
  places: readonly ArrayInput[],
  shape: readonly number[],
  { mode = 'raise', order = 'C' }: { readonly mode?: PlaceMode | undefined; readonly order?: AxisOrderName | undefined } = {},
): ChunkedArray<'int64'> {
  if (places.length === 0 || places.length !== shape.length)
    throw new ArgumentError(`ravelMultiIndex: places along ${places.length} axes for the shape ${showShape(shape)}`)
  if (!['raise', 'wrap', 'clip'].includes(mode))
    throw new ArgumentError(`ravelMultiIndex: mode is ${describe(mode)}: expected 'raise', 'wrap' or 'clip'`)
  const all = unified(
    'ravelMultiIndex',
    places.map((p) => wholeNumbers('ravelMultiIndex', p)),
  )
  const steps = stepsOf(shape, order)
  return guarded('ravelMultiIndex', all, (p, nodes) => {
    let sum: NodeId | undefined
    let outside: NodeId | undefined
    for (const [axis, node] of nodes.entries()) {
      const length = shape[axis]!
      const whole = (n: number): NodeId => p.constant(BigInt(n), 'int64')
      let place = node
      if (mode === 'wrap') place = p.apply('remainder', node, whole(Math.max(1, length)))
      else if (mode === 'clip') place = p.apply('minimum', p.apply('maximum', node, whole(0)), whole(length - 1))
      else {
        const bad = p.apply('logicalOr', p.apply('less', node, whole(0)), p.apply('greaterEqual', node, whole(length)))
        outside = outside === undefined ? bad : p.apply('logicalOr', outside, bad)
      }
      const part = p.apply('multiply', place, whole(steps[axis]!))
      sum = sum === undefined ? part : p.apply('add', sum, part)
    }
    return { result: sum!, outside, message: `ravelMultiIndex: a place that an array of the shape ${showShape(shape)} has not` }
  })
}

/**
 * Places along each axis of a shape that places in the order of all its elements are.
 *
 * @throws ArrayIndexError, when computed, for places that there are not
 * @example
 * da.unravelIndex([22, 41], [7, 6]) // [3, 6] and [4, 5]
 */
export function unravelIndex(
  places: ArrayInput,
  shape: readonly number[],
  { order = 'C' }: { readonly order?: AxisOrderName | undefined } = {},
): ChunkedArray<'int64'>[] {
  const e = wholeNumbers('unravelIndex', places)
  const steps = stepsOf(shape, order)
  const size = sizeOf(shape)
  return shape.map((length, axis) =>
    guarded('unravelIndex', [e], (p, [node]) => {
      const whole = (n: number): NodeId => p.constant(BigInt(n), 'int64')
      const place = p.apply(
        'remainder',
        p.apply('floorDivide', node!, whole(Math.max(1, steps[axis]!))),
        whole(Math.max(1, length)),
      )
      const outside = p.apply('logicalOr', p.apply('less', node!, whole(0)), p.apply('greaterEqual', node!, whole(size)))
      return { result: place, outside, message: `unravelIndex: a place that an array of the shape ${showShape(shape)} has not` }
    }),
  )
}

function wholeNumbers(label: string, places: ArrayInput): ArrayExpression {
  const e = expressionOf(label, places)
  if (!isInteger(e.dtype)) throw new DTypeError(`${label}: places are whole numbers, not ${e.dtype}`)
  return castOf(e, 'int64')
}

/** How far one step along each axis goes in the order of all elements. */
function stepsOf(shape: readonly number[], order: AxisOrderName): number[] {
  if (order !== 'C' && order !== 'F') throw new ArgumentError(`the order of axes is ${describe(order)}: expected 'C' or 'F'`)
  if (shape.length === 0 || !shape.every((n) => Number.isInteger(n) && n >= 0))
    throw new ShapeError(`${showShape(shape)} is no shape with axes: expected whole numbers from 0`)
  return shape.map((_, axis) => sizeOf(order === 'C' ? shape.slice(axis + 1) : shape.slice(0, axis)))
}

/** A formula with a mask of what must not be. */
function guarded(
  label: string,
  inputs: readonly ArrayExpression[],
  build: (
    p: ProgramBuilder,
    nodes: readonly NodeId[],
  ) => { readonly result: NodeId; readonly outside: NodeId | undefined; readonly message: string },
): ChunkedArray<'int64'> {
  const assembly = new Assembly<ArrayExpression>()
  const nodes = inputs.map((e) => assembly.input(e, e.dtype))
  const { result, outside, message } = build(assembly.builder, nodes)
  assembly.builder.map(result)
  if (outside !== undefined) assembly.builder.map(outside)
  const program = { program: assembly.builder.build(), scalars: assembly.scalars, guards: outside === undefined ? [] : [message] }
  return new ChunkedArray(new Elementwise(label, assembly.inputs, program))
}

/**
 * Values of functions of the elements, by conditions: of several that hold the last one counts; where none does, 0, or what one
 * more function gives. Functions are given the whole array and computed element by element; the result has the array's type.
 *
 * @example
 * da.piecewise(x, [x.less(0), x.greaterEqual(0)], [(v) => v.negative(), (v) => v])
 */
export function piecewise<const X extends ArrayInput>(
  x: X,
  conditions: readonly ArrayInput[],
  choices: readonly (number | bigint | boolean | ((x: ChunkedArray<DTypeOf<X>>) => ChunkedArray | number | bigint | boolean))[],
): ChunkedArray<DTypeOf<X>> {
  const e = expressionOf('piecewise', x)
  const extra = choices.length - conditions.length
  if (conditions.length === 0 || extra < 0 || extra > 1)
    throw new ArgumentError(
      `piecewise: ${conditions.length} conditions and ${choices.length} functions: expected as many, or one function more`,
    )
  const array = new ChunkedArray<DTypeOf<X>>(e)
  const zero = isWide(e.dtype) ? 0n : e.dtype === 'bool' ? false : 0
  let result: ArrayExpression = computed('piecewise', [e], ({ builder: p }) => p.constant(zero, e.dtype))
  const put = (condition: ArrayExpression, choice: (typeof choices)[number]): void => {
    const given = typeof choice === 'function' ? choice(array) : choice
    const value: OperandExpression = given instanceof ChunkedArray ? given.expression : given
    // What is not chosen must not be an error where it cannot be converted.
    const chosen = computed('where', [condition, value, 0], ({ builder: p }, nodes) => applyUfunc(p, 'where', ...nodes))
    result = computed('where', [condition, castOf(chosen, e.dtype), result], ({ builder: p }, nodes) =>
      applyUfunc(p, 'where', ...nodes),
    )
  }
  if (extra === 1)
    put(
      computed('piecewise', [e], ({ builder: p }) => p.constant(true, 'bool')),
      choices.at(-1)!,
    )
  for (const [i, condition] of conditions.entries()) {
    const mask = expressionOf('piecewise', condition)
    if (mask.dtype !== 'bool') throw new DTypeError(`piecewise: condition ${i} is of ${mask.dtype}: expected bool`)
    if (mask.shape.length !== e.shape.length || mask.shape.some((n, axis) => !Object.is(n, e.shape[axis])))
      throw new ShapeError(`piecewise: condition ${i} has the shape ${showShape(mask.shape)}, the array ${showShape(e.shape)}`)
    put(mask, choices[i]!)
  }
  return new ChunkedArray(result)
}
