import { ArgumentError } from '../base/index.js'
import { type DType, dtypeOf } from '../kernels/index.js'
import { axisOf } from './axes.js'
import { type BlockFunction, type BlockResult, blockwiseOf } from './blockwise.js'
import { ChunkedArray } from './chunked-array.js'
import { showShape } from './errors.js'
import { expressionOf } from './inputs.js'
import type { NdArray } from './nd-array.js'
import { recut } from './operands.js'
import type { ArrayInput } from './types.js'

/** What `applyGufunc` is told of the function. */
export interface GufuncOptions<D extends DType = DType> {
  /** the type of the result; that of the first array unless told */
  readonly outputDtype?: D | undefined
  /** the lengths of core axes that no array has, by name */
  readonly outputSizes?: Readonly<Record<string, number>> | undefined
  /** the function knows core axes only: it is called for each place of the others */
  readonly vectorize?: boolean | undefined
  /** core axes may be cut: they are put in one chunk first */
  readonly allowRechunk?: boolean | undefined
}

interface Signature {
  readonly inputs: readonly (readonly string[])[]
  readonly output: readonly string[]
}

/** '(i,j),(j)->(i)' taken apart. */
function signatureOf(text: string): Signature {
  const group = '\\(\\s*(?:\\w+\\s*(?:,\\s*\\w+\\s*)*)?\\)'
  const match = new RegExp(`^\\s*(${group}(?:\\s*,\\s*${group})*)\\s*->\\s*(${group})\\s*$`).exec(text)
  if (!match)
    throw new ArgumentError(
      `applyGufunc: '${text}' is no signature: expected core axes of each array and of the one result, '(i,j),(j)->(i)'`,
    )
  const names = (part: string): string[] =>
    part
      .replace(/[()\s]/g, '')
      .split(',')
      .filter(Boolean)
  return { inputs: match[1]!.match(new RegExp(group, 'g'))!.map(names), output: names(match[2]!) }
}

/**
 * Calls a function on *core axes* of arrays, which it is given as a whole; all others are walked in blocks. The signature names
 * the core axes, which are the last ones. The function is given blocks with all axes, or, with `vectorize`, with core axes only.
 *
 * @throws ArgumentError when a core axis is cut: rechunk it, or give `allowRechunk`
 * @example
 * da.applyGufunc((rows) => norms(rows), '(i)->()', [x])
 */
export function applyGufunc<D extends DType = DType>(
  fn: (...blocks: NdArray<never>[]) => BlockResult,
  signature: string,
  arrays: readonly ArrayInput[],
  { outputDtype, outputSizes = {}, vectorize = false, allowRechunk = false }: GufuncOptions<D> = {},
): ChunkedArray<D> {
  const { inputs, output } = signatureOf(signature)
  if (inputs.length !== arrays.length)
    throw new ArgumentError(
      `applyGufunc: the signature '${signature}' is of ${inputs.length} arrays, but ${arrays.length} were given`,
    )
  const expressions = arrays.map((a) => expressionOf('applyGufunc', a))
  const loops = Math.max(0, ...expressions.map((e, k) => e.chunks.length - inputs[k]!.length))
  const args = expressions.map((e, k) => {
    const core = inputs[k]!
    const own = e.chunks.length - core.length
    if (own < 0)
      throw new ArgumentError(
        `applyGufunc: an array of the shape ${showShape(e.shape)} has not the core axes (${core.join(', ')})`,
      )
    const cut = e.chunks.findIndex((c, axis) => axis >= own && c.length > 1)
    if (cut >= 0 && !allowRechunk)
      throw new ArgumentError(
        `applyGufunc: the core axis '${core[cut - own]}' is cut into ${e.chunks[cut]!.length} chunks: rechunk it into one, or give allowRechunk`,
      )
    const whole = recut(
      e,
      e.chunks.map((c, axis) => (axis >= own ? [e.shape[axis]!] : c)),
    )
    return { e: whole, axes: [...Array.from({ length: own }, (_, i) => `loop ${loops - own + i}`), ...core] }
  })
  const sizes = new Map<string, number>()
  args.forEach(({ e, axes }) => axes.forEach((axis, i) => !axis.startsWith('loop') && sizes.set(axis, e.shape[i]!)))
  const newAxes: Record<string, number> = {}
  for (const axis of output) {
    if (sizes.has(axis)) continue
    if (outputSizes[axis] === undefined)
      throw new ArgumentError(`applyGufunc: no array has the core axis '${axis}' of the result: give its length in outputSizes`)
    newAxes[axis] = outputSizes[axis]
  }
  const out = [...Array.from({ length: loops }, (_, i) => `loop ${i}`), ...output]
  const dtype = dtypeOf(outputDtype ?? expressions[0]?.dtype ?? 'float64')
  const lengths = output.map((axis) => sizes.get(axis) ?? newAxes[axis]!)
  const cores = inputs.map((core) => core.length)
  const options = { dtype, newAxes, concatenate: true }
  return new ChunkedArray(
    blockwiseOf('applyGufunc', fn as unknown as BlockFunction, out, args, options, vectorize ? { cores, lengths } : undefined),
  )
}

/**
 * A function to be applied with `applyGufunc`, with its signature.
 *
 * @example
 * const norm = da.asGufunc('(i)->()', { vectorize: true })((v) => Math.hypot(...v.data))
 * norm(x)
 */
export const asGufunc =
  <D extends DType = DType>(signature: string, options: GufuncOptions<D> = {}) =>
  (fn: (...blocks: NdArray<never>[]) => BlockResult) =>
  (...arrays: readonly ArrayInput[]): ChunkedArray<D> =>
    applyGufunc(fn, signature, arrays, options)

/** As `asGufunc`, function first. */
export const gufunc = <D extends DType = DType>(
  fn: (...blocks: NdArray<never>[]) => BlockResult,
  signature: string,
  options: GufuncOptions<D> = {},
) => asGufunc(signature, options)(fn)

/** A function of each vector along an axis, in whose place what it gives stands: numbers, as many as `size`, or one. */
export function applyAlongAxis<D extends DType = 'float64'>(
  fn: (vector: NdArray<never>) => BlockResult,
  axis: number,
  x: ArrayInput,
  { dtype = 'float64' as D, size }: { readonly dtype?: D; readonly size?: number } = {},
): ChunkedArray<D> {
  const e = expressionOf('applyAlongAxis', x)
  const a = axisOf('applyAlongAxis', axis, e.chunks.length)
  const order = [...e.shape.keys()].filter((i) => i !== a)
  const last = new ChunkedArray(e).transpose([...order, a])
  const result = applyGufunc<D>(fn, size === undefined ? '(i)->()' : '(i)->(j)', [last], {
    outputDtype: dtype,
    outputSizes: size === undefined ? {} : { j: size },
    vectorize: true,
    allowRechunk: true,
  })
  if (size === undefined) return result
  const back = [...order]
  back.splice(a, 0, e.shape.length - 1)
  return result.transpose(e.shape.map((_, i) => (i === a ? e.shape.length - 1 : order.indexOf(i))))
}

/** Applies a function of arrays along one axis after the other, each of which it keeps with one element or leaves out. */
export function applyOverAxes(
  fn: (x: ChunkedArray, options: { readonly axis: number; readonly keepdims: boolean }) => ChunkedArray,
  x: ArrayInput,
  axes: readonly number[],
): ChunkedArray {
  return axes.reduce<ChunkedArray>(
    (result, axis) => fn(result, { axis: axisOf('applyOverAxes', axis, result.ndim), keepdims: true }),
    new ChunkedArray(expressionOf('applyOverAxes', x)),
  )
}
