import { ArgumentError } from '../base/index.js'
import { config } from '../config/index.js'
import {
  type DType,
  dtypeOf,
  finishProgram,
  isComplex,
  isInteger,
  kindOf,
  type NodeId,
  type Program,
  ProgramBuilder,
  type Reduction,
  reductionTypes,
} from '../kernels/index.js'
import type { ArrayExpression } from './array-expression.js'
import { type AxisSpec, axesOf } from './axes.js'
import { DTypeError, ShapeError, showShape } from './errors.js'
import { computed, ufuncOf } from './operands.js'
import { Assembly } from './program-parts.js'
import { Finished, Reduced } from './reduced.js'

/** How an array is reduced. */
export interface ReduceOptions {
  /** along which axes; all of them unless told */
  readonly axis?: AxisSpec | undefined
  /** axes that are reduced stay, with one element */
  readonly keepdims?: boolean | undefined
  /** how many neighbouring chunks one task merges; the setting `array.splitEvery` unless told */
  readonly splitEvery?: number | undefined
}

/** How an array is reduced to numbers of a type. */
export interface ReduceAsOptions extends ReduceOptions {
  /** the type of the result, and of the values before they are put together */
  readonly dtype?: DType | undefined
}

interface Part {
  readonly reduction: Reduction
  readonly node: NodeId
}

interface Spec extends ReduceOptions {
  /** writes the values on the array's node, and gives what is to be reduced how */
  readonly parts: (p: ProgramBuilder, x: NodeId) => readonly Part[]
  /** writes the result on the finished results of the parts; absent: that of the only part, as NumPy has it */
  readonly finish?: (p: ProgramBuilder, results: readonly NodeId[]) => NodeId
  readonly dtype: DType
}

/** A reduction of any kind: reductions of the kernels, and what becomes of their results. */
export function reduceOf(label: string, e: ArrayExpression, spec: Spec): ArrayExpression {
  const { keepdims = false, splitEvery = config.get('array.splitEvery'), dtype } = spec
  if (!Number.isInteger(splitEvery) || splitEvery < 2)
    throw new ArgumentError(`${label}: splitEvery is ${splitEvery}: expected a whole number from 2`)
  const axes = axesOf(label, spec.axis, e.shape.length)
  const assembly = new Assembly<ArrayExpression>()
  const x = assembly.input(e, e.dtype)
  const parts = spec.parts(assembly.builder, x)
  for (const { reduction, node } of parts) assembly.builder.reduce(reduction, node)
  const program = assembly.builder.build()
  const empty = axes.some((a) => e.shape[a] === 0)
  if (empty && parts.some(({ reduction }) => needsValues(reduction)))
    throw new ShapeError(`${label} of no values: the shape is ${showShape(e.shape)}, reduced along [${axes.join(', ')}]`)
  const reduced = new Reduced(label, [e], { program, scalars: assembly.scalars }, axes, splitEvery)
  const finish = finishOf(program, spec, empty)
  return new Finished(
    label,
    reduced,
    finish,
    finish.inputs.map((_, i) => i),
    keepdims,
    dtype,
  )
}

const needsValues = (r: Reduction): boolean => r === 'min' || r === 'max' || r === 'argmin' || r === 'argmax'

/** From the states of all parts to the result. */
function finishOf(program: Program, { finish, dtype }: Spec, empty: boolean): Program {
  const only = program.reductions[0]!
  const values = program.nodes[only.node]!.dtype
  if (!finish && !(empty && only.reduction === 'sum')) return finishProgram(only.reduction, values, dtype)
  const assembly = new Assembly<number>()
  const { builder } = assembly
  let state = 0
  const results: NodeId[] = []
  for (const { reduction, node } of program.reductions) {
    const type = program.nodes[node]!.dtype
    const { states, result } = reductionTypes(reduction, type)
    const own = states.map((d) => assembly.input(state++, d))
    const last = finishProgram(reduction, type, reduction === 'sum' && kindOf(type) === 'float' ? 'float64' : result)
    const here = assembly.insert(last, [], (i) => own[i]!)
    for (const node of last.maps) {
      // The states of the sum of nothing say −0.
      results.push(empty && reduction === 'sum' ? addZero(builder, here[node]!) : here[node]!)
    }
  }
  if (finish) builder.map(builder.cast(finish(builder, results), dtype))
  else for (const node of results) builder.map(builder.cast(node, partDtype(dtype)))
  return builder.build()
}

const partDtype = (dtype: DType): DType => (dtype === 'complex64' ? 'float32' : dtype === 'complex128' ? 'float64' : dtype)

function addZero(p: ProgramBuilder, node: NodeId): NodeId {
  return kindOf(p.dtype(node)) === 'float' ? p.apply('add', node, p.constant(0, p.dtype(node))) : node
}

const wholeOf = (dtype: DType): DType => (kindOf(dtype) === 'uint' ? 'uint64' : 'int64')

/** The type of a sum or product: whole numbers are put together in 64 bits. */
const sumType = (dtype: DType): DType => (kindOf(dtype) === 'float' || isComplex(dtype) ? dtype : wholeOf(dtype))

/** What the kernels want values of a type to be for a sum: whole numbers in 64 bits, floats in float64. */
function summable(p: ProgramBuilder, x: NodeId, dtype: DType, reduction: 'sum' | 'prod'): NodeId {
  return p.cast(x, reductionTypes(reduction, dtype).values)
}

/** @throws DTypeError for the least or a product of complex numbers */
function needReal(label: string, dtype: DType): void {
  if (isComplex(dtype)) throw new DTypeError(`${label} of ${dtype} is not defined: take real() and imag(), or abs()`)
}

export function sumOf(e: ArrayExpression, options: ReduceAsOptions = {}): ArrayExpression {
  const dtype = dtypeOf(options.dtype ?? sumType(e.dtype))
  return reduceOf('sum', e, {
    ...options,
    dtype,
    parts: (p, x) => [{ reduction: 'sum', node: summable(p, p.cast(x, dtype), dtype, 'sum') }],
  })
}

export function prodOf(e: ArrayExpression, options: ReduceAsOptions = {}): ArrayExpression {
  const dtype = dtypeOf(options.dtype ?? sumType(e.dtype))
  needReal('prod', dtype)
  return reduceOf('prod', e, {
    ...options,
    dtype,
    parts: (p, x) => [{ reduction: 'prod', node: summable(p, p.cast(x, dtype), dtype, 'prod') }],
  })
}

export function extremeOf(which: 'min' | 'max', e: ArrayExpression, options: ReduceOptions = {}): ArrayExpression {
  needReal(which, e.dtype)
  return reduceOf(which, e, {
    ...options,
    dtype: e.dtype,
    parts: (p, x) => [{ reduction: which, node: p.cast(x, reductionTypes(which, e.dtype).values) }],
  })
}

export function testOf(which: 'any' | 'all', e: ArrayExpression, options: ReduceOptions = {}): ArrayExpression {
  return reduceOf(which, e, { ...options, dtype: 'bool', parts: (p, x) => [{ reduction: which, node: p.cast(x, 'bool') }] })
}

/** The place of the least or greatest value, along one axis or in the array as if it had one. */
export function argOf(
  which: 'argmin' | 'argmax',
  e: ArrayExpression,
  options: {
    readonly axis?: number | undefined
    readonly keepdims?: boolean | undefined
    readonly splitEvery?: number | undefined
  } = {},
): ArrayExpression {
  needReal(which, e.dtype)
  if (options.axis !== undefined && typeof options.axis !== 'number')
    throw new ArgumentError(`${which}: along one axis, or none for all: ${JSON.stringify(options.axis)} was given`)
  return reduceOf(which, e, {
    ...options,
    dtype: 'int64',
    parts: (p, x) => [{ reduction: which, node: p.cast(x, reductionTypes(which, e.dtype).values) }],
  })
}

/** The type of a mean: that of the floats there are, or float64. */
const meanType = (dtype: DType): DType => (kindOf(dtype) === 'float' || isComplex(dtype) ? dtype : 'float64')

/** How many values go into each result; NaN: not known. */
export function countOf(e: ArrayExpression, axis: AxisSpec | undefined, label: string): number {
  return axesOf(label, axis, e.shape.length).reduce((n, a) => n * e.shape[a]!, 1)
}

export function meanOf(e: ArrayExpression, options: ReduceAsOptions = {}): ArrayExpression {
  const dtype = dtypeOf(options.dtype ?? meanType(e.dtype))
  if (isComplex(dtype)) {
    const n = countOf(e, options.axis, 'mean')
    if (Number.isNaN(n)) throw new DTypeError('mean of complex numbers whose count is not known: await computeChunkSizes() first')
    return ufuncOf('divide', sumOf(e, { ...options, dtype }), n)
  }
  return reduceOf('mean', e, {
    ...options,
    dtype,
    parts: (p, x) => {
      const float = p.cast(x, 'float64')
      const parts: Part[] = [{ reduction: 'sum', node: float }]
      // Where lengths are known, so is the count.
      if (Number.isNaN(countOf(e, options.axis, 'mean'))) parts.push({ reduction: 'sum', node: ones(p, float) })
      return parts
    },
    finish: (p, [sum, count]) => p.apply('divide', sum!, count ?? p.constant(countOf(e, options.axis, 'mean'), 'float64')),
  })
}

const ones = (p: ProgramBuilder, x: NodeId): NodeId =>
  p.cast(p.apply('logicalOr', p.apply('isnan', x), p.apply('equal', x, x)), 'float64')

/** How variances and standard deviations are computed. */
export interface VarianceOptions extends ReduceAsOptions {
  /** is subtracted from the number of values to divide by; 0 unless told */
  readonly ddof?: number | undefined
}

export function varOf(e: ArrayExpression, options: VarianceOptions = {}, root = false): ArrayExpression {
  const label = root ? 'std' : 'var'
  const { ddof = 0 } = options
  if (isComplex(e.dtype)) {
    // That of the parts together.
    const total = ufuncOf('add', varOf(ufuncOf('real', e), options), varOf(ufuncOf('imag', e), options))
    return root ? ufuncOf('sqrt', total) : total
  }
  return reduceOf(label, e, {
    ...options,
    dtype: dtypeOf(options.dtype ?? meanType(e.dtype)),
    parts: (p, x) => [{ reduction: 'moments', node: p.cast(x, 'float64') }],
    finish: (p, [count, , spread]) => {
      const zero = p.constant(0, 'float64')
      const left = p.apply('maximum', p.apply('subtract', count!, p.constant(ddof, 'float64')), zero)
      const variance = p.apply('divide', spread!, left)
      return root ? p.apply('sqrt', variance) : variance
    },
  })
}

/** Values that are not NaN, with others in the place of those. */
function withoutNaN(label: string, e: ArrayExpression, instead: number): ArrayExpression {
  if (kindOf(e.dtype) !== 'float') return e
  return computed(label, [e], ({ builder: p }, [x]) => p.apply('where', p.apply('isnan', x!), p.constant(instead, e.dtype), x!))
}

export function nansumOf(e: ArrayExpression, options: ReduceAsOptions = {}): ArrayExpression {
  return sumOf(withoutNaN('nansum', e, 0), options)
}

export function nanprodOf(e: ArrayExpression, options: ReduceAsOptions = {}): ArrayExpression {
  return prodOf(withoutNaN('nanprod', e, 1), options)
}

export function nanextremeOf(which: 'min' | 'max', e: ArrayExpression, options: ReduceOptions = {}): ArrayExpression {
  if (isInteger(e.dtype) || e.dtype === 'bool') return extremeOf(which, e, options)
  needReal(`nan${which}`, e.dtype)
  return reduceOf(`nan${which}`, e, {
    ...options,
    dtype: e.dtype,
    parts: (p, x) => {
      const isNaN = p.apply('isnan', x)
      const worst = p.constant(which === 'min' ? Infinity : -Infinity, e.dtype)
      return [
        { reduction: which, node: p.apply('where', isNaN, worst, x) },
        { reduction: 'all', node: isNaN },
      ]
    },
    finish: (p, [value, none]) => p.apply('where', none!, p.constant(Number.NaN, p.dtype(value!)), value!),
  })
}

export function nanmeanOf(e: ArrayExpression, options: ReduceAsOptions = {}): ArrayExpression {
  if (kindOf(e.dtype) !== 'float') return meanOf(e, options)
  return reduceOf('nanmean', e, {
    ...options,
    dtype: dtypeOf(options.dtype ?? e.dtype),
    parts: (p, x) => {
      const isNaN = p.apply('isnan', x)
      const value = p.cast(p.apply('where', isNaN, p.constant(0, e.dtype), x), 'float64')
      return [
        { reduction: 'sum', node: value },
        { reduction: 'sum', node: p.cast(p.apply('logicalNot', isNaN), 'int64') },
      ]
    },
    finish: (p, [sum, count]) => p.apply('divide', sum!, p.cast(count!, 'float64')),
  })
}

/** Two passes over the array: the mean of what is not NaN first. */
export function nanvarOf(e: ArrayExpression, options: VarianceOptions = {}, root = false): ArrayExpression {
  if (kindOf(e.dtype) !== 'float') return varOf(e, options, root)
  const label = root ? 'nanstd' : 'nanvar'
  const { ddof = 0 } = options
  const mean = nanmeanOf(e, { axis: options.axis, keepdims: true, splitEvery: options.splitEvery, dtype: 'float64' })
  const distance = computed(label, [e, mean], ({ builder: p }, [x, m]) => p.apply('subtract', p.cast(x!, 'float64'), m!))
  return reduceOf(label, distance, {
    ...options,
    dtype: dtypeOf(options.dtype ?? e.dtype),
    parts: (p, x) => {
      const isNaN = p.apply('isnan', x)
      const value = p.apply('where', isNaN, p.constant(0, 'float64'), x)
      return [
        { reduction: 'sum', node: p.apply('multiply', value, value) },
        { reduction: 'sum', node: p.cast(p.apply('logicalNot', isNaN), 'int64') },
      ]
    },
    finish: (p, [squares, count]) => {
      const left = p.apply('subtract', p.cast(count!, 'float64'), p.constant(ddof, 'float64'))
      const none = p.apply('lessEqual', left, p.constant(0, 'float64'))
      const variance = p.apply('where', none, p.constant(Number.NaN, 'float64'), p.apply('divide', squares!, left))
      return root ? p.apply('sqrt', variance) : variance
    },
  })
}

export function nanargOf(
  which: 'argmin' | 'argmax',
  e: ArrayExpression,
  options: {
    readonly axis?: number | undefined
    readonly keepdims?: boolean | undefined
    readonly splitEvery?: number | undefined
  } = {},
): ArrayExpression {
  return argOf(which, withoutNaN(`nan${which}`, e, which === 'argmin' ? Infinity : -Infinity), options)
}
