import { randomBytes } from 'node:crypto'
import { ArgumentError, describe } from '../../base/index.js'
import { type DType, dtypeOf, isInteger } from '../../kernels/index.js'
import {
  type BitGenerator,
  type Continuous,
  type Discrete,
  type Seed,
  SeedSequence,
  type Standard,
  checkParameters,
  continuousDistributions,
  discreteDistributions,
} from '../../native/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { castOf } from '../casting.js'
import { sizeOf } from '../chunk.js'
import { ChunkedArray } from '../chunked-array.js'
import { type Chunks, type ChunksSpec, normalizeChunks } from '../chunks.js'
import type { ShapeSpec } from '../create.js'
import { ShapeError } from '../errors.js'
import { expressionOf } from '../inputs.js'
import { commonShape } from '../operands.js'
import { reshapeOf } from '../reshaped.js'
import { rechunked } from '../selection.js'
import type { ArrayInput } from '../types.js'
import { Wired, cutLike, isNumber } from '../wired.js'
import { takeByArray } from '../take-by-array.js'
import { type Drawing, type Origin, drawOrder } from './draw.js'
import { randomSource } from './random-source.js'

/** How many numbers are drawn, and how the array is cut. */
export interface DrawOptions {
  /** the shape; that of the parameters unless told */
  readonly size?: ShapeSpec | undefined
  /** 'auto' unless told */
  readonly chunks?: ChunksSpec | undefined
}

/** The same of numbers that may be of 32 bits. */
export interface FloatDrawOptions<D extends 'float32' | 'float64'> extends DrawOptions {
  readonly dtype?: D | undefined
}

/** A parameter: a number, or an array that is stretched to the shape. */
export type DrawParameter = number | ArrayInput

type Parameters<Names extends string> = DrawOptions & { readonly [N in Names]: DrawParameter }
type Optional<Names extends string> = DrawOptions & { readonly [N in Names]?: DrawParameter | undefined }

/**
 * Draws arrays of random numbers. Every call, and every chunk of its array, has a stream of its own, made of the seed, the
 * number of the call and that of the chunk: the same seed gives the same numbers wherever and in whatever order they are
 * computed. The stream of chunk k of call c is that of NumPy's `Generator(PCG64(SeedSequence(seed, spawn_key=(c, k))))`.
 *
 * @example
 * const rng = da.random.defaultRng(42)
 * const x = rng.normal({ loc: 10, size: [20_000, 20_000], chunks: [2_000, 2_000] })
 */
export class Generator {
  readonly #generator: BitGenerator
  #entropy: readonly bigint[]
  #calls = 0

  /** @param seed numbers from 0 on; the system's entropy unless told */
  constructor(seed?: Seed, generator: BitGenerator = 'pcg64') {
    this.#generator = generator
    this.#entropy = entropyOf(seed)
  }

  /** Begins again, with another seed. */
  seed(seed?: Seed): void {
    this.#entropy = entropyOf(seed)
    this.#calls = 0
  }

  /** Numbers from 0 up to, not including, 1. */
  random<D extends 'float32' | 'float64' = 'float64'>(options: FloatDrawOptions<D> = {}): ChunkedArray<D> {
    return this.#standard('random', 'uniform', options)
  }

  /** The same, by its older name. */
  randomSample(options: DrawOptions = {}): ChunkedArray<'float64'> {
    return this.#standard('randomSample', 'uniform', options)
  }

  /** Numbers of the normal distribution with mean 0 and standard deviation 1 (ziggurat; Marsaglia and Tsang 2000). */
  standardNormal<D extends 'float32' | 'float64' = 'float64'>(options: FloatDrawOptions<D> = {}): ChunkedArray<D> {
    return this.#standard('standardNormal', 'normal', options)
  }

  /** Numbers of the exponential distribution with mean 1. `method: 'inv'` inverts its distribution function. */
  standardExponential<D extends 'float32' | 'float64' = 'float64'>({
    method = 'zig',
    ...options
  }: FloatDrawOptions<D> & { readonly method?: 'zig' | 'inv' | undefined } = {}): ChunkedArray<D> {
    return this.#standard('standardExponential', method === 'inv' ? 'exponentialByInversion' : 'exponential', options)
  }

  /**
   * Whole numbers from `low` up to, not including, `high` (with it if `endpoint`), all equally probable; from 0 if only one
   * bound is given.
   *
   * @example
   * rng.integers({ high: 6, size: 100 })
   */
  integers<D extends DType = 'int64'>(options: IntegerOptions<D> & { readonly endpoint?: boolean | undefined }): ChunkedArray<D> {
    const { low = 0, high, endpoint = false } = options
    const dtype = options.dtype === undefined ? 'int64' : dtypeOf(options.dtype)
    if (dtype !== 'bool' && !isInteger(dtype)) throw new ArgumentError(`integers: expected a type of whole numbers, not ${dtype}`)
    const bounds = [low, high].map((b) => {
      if (typeof b === 'bigint' || Number.isSafeInteger(b)) return BigInt(b)
      throw new ArgumentError(`integers: bounds are whole numbers, not ${describe(b)}`)
    })
    const last = endpoint ? bounds[1]! : bounds[1]! - 1n
    if (bounds[0]! > last) throw new ArgumentError(`integers: there are none from ${bounds[0]} to ${last}`)
    return this.#source('integers', { kind: 'integers', low: bounds[0]!, high: last }, dtype, options)
  }

  /** The same, by its older name. */
  randint<D extends DType = 'int64'>(options: IntegerOptions<D>): ChunkedArray<D> {
    return this.integers(options)
  }

  /** Whole numbers from `low` (1 unless told) to `high`, both included. */
  randomIntegers(
    options: DrawOptions & { readonly low?: number | bigint; readonly high: number | bigint },
  ): ChunkedArray<'int64'> {
    return this.integers({ low: 1, ...options, endpoint: true })
  }

  /** Numbers from `low` (0) to `high` (1). */
  uniform({ low = 0, high = 1, ...options }: Optional<'low' | 'high'> = {}): ChunkedArray<'float64'> {
    if (typeof low !== 'number' || typeof high !== 'number')
      throw new ArgumentError('uniform: the bounds are numbers: of arrays, draw random() and scale it')
    if (low > high) throw new ArgumentError(`uniform: from ${low} to ${high}: expected them to ascend`)
    return this.#continuous('uniform', { low, range: high - low }, options)
  }

  /** Numbers of the normal distribution. */
  normal({ loc = 0, scale = 1, ...options }: Optional<'loc' | 'scale'> = {}): ChunkedArray<'float64'> {
    return this.#continuous('normal', { loc, scale }, options)
  }

  exponential({ scale = 1, ...options }: Optional<'scale'> = {}): ChunkedArray<'float64'> {
    return this.#continuous('exponential', { scale }, options)
  }

  gamma({ shape, scale = 1, ...options }: Parameters<'shape'> & Optional<'scale'>): ChunkedArray<'float64'> {
    return this.#continuous('gamma', { shape, scale }, options)
  }

  standardGamma({ shape, ...options }: Parameters<'shape'>): ChunkedArray<'float64'> {
    return this.#continuous('gamma', { shape, scale: 1 }, options)
  }

  beta({ a, b, ...options }: Parameters<'a' | 'b'>): ChunkedArray<'float64'> {
    return this.#continuous('beta', { a, b }, options)
  }

  chisquare({ df, ...options }: Parameters<'df'>): ChunkedArray<'float64'> {
    return this.#continuous('chisquare', { df }, options)
  }

  /** Numbers of Fisher's distribution. */
  f({ dfnum, dfden, ...options }: Parameters<'dfnum' | 'dfden'>): ChunkedArray<'float64'> {
    return this.#continuous('f', { dfnum, dfden }, options)
  }

  standardCauchy(options: DrawOptions = {}): ChunkedArray<'float64'> {
    return this.#continuous('standardCauchy', {}, options)
  }

  pareto({ a, ...options }: Parameters<'a'>): ChunkedArray<'float64'> {
    return this.#continuous('pareto', { a }, options)
  }

  weibull({ a, ...options }: Parameters<'a'>): ChunkedArray<'float64'> {
    return this.#continuous('weibull', { a }, options)
  }

  power({ a, ...options }: Parameters<'a'>): ChunkedArray<'float64'> {
    return this.#continuous('power', { a }, options)
  }

  laplace({ loc = 0, scale = 1, ...options }: Optional<'loc' | 'scale'> = {}): ChunkedArray<'float64'> {
    return this.#continuous('laplace', { loc, scale }, options)
  }

  gumbel({ loc = 0, scale = 1, ...options }: Optional<'loc' | 'scale'> = {}): ChunkedArray<'float64'> {
    return this.#continuous('gumbel', { loc, scale }, options)
  }

  logistic({ loc = 0, scale = 1, ...options }: Optional<'loc' | 'scale'> = {}): ChunkedArray<'float64'> {
    return this.#continuous('logistic', { loc, scale }, options)
  }

  lognormal({ mean = 0, sigma = 1, ...options }: Optional<'mean' | 'sigma'> = {}): ChunkedArray<'float64'> {
    return this.#continuous('lognormal', { mean, sigma }, options)
  }

  rayleigh({ scale = 1, ...options }: Optional<'scale'> = {}): ChunkedArray<'float64'> {
    return this.#continuous('rayleigh', { scale }, options)
  }

  /** Numbers of Student's distribution. */
  standardT({ df, ...options }: Parameters<'df'>): ChunkedArray<'float64'> {
    return this.#continuous('standardT', { df }, options)
  }

  noncentralChisquare({ df, nonc, ...options }: Parameters<'df' | 'nonc'>): ChunkedArray<'float64'> {
    return this.#continuous('noncentralChisquare', { df, nonc }, options)
  }

  noncentralF({ dfnum, dfden, nonc, ...options }: Parameters<'dfnum' | 'dfden' | 'nonc'>): ChunkedArray<'float64'> {
    return this.#continuous('noncentralF', { dfnum, dfden, nonc }, options)
  }

  /** Numbers of the inverse Gaussian distribution. */
  wald({ mean, scale, ...options }: Parameters<'mean' | 'scale'>): ChunkedArray<'float64'> {
    return this.#continuous('wald', { mean, scale }, options)
  }

  triangular({ left, mode, right, ...options }: Parameters<'left' | 'mode' | 'right'>): ChunkedArray<'float64'> {
    return this.#continuous('triangular', { left, mode, right }, options)
  }

  vonmises({ mu, kappa, ...options }: Parameters<'mu' | 'kappa'>): ChunkedArray<'float64'> {
    return this.#continuous('vonmises', { mu, kappa }, options)
  }

  poisson({ lam = 1, ...options }: Optional<'lam'> = {}): ChunkedArray<'int64'> {
    return this.#discrete('poisson', { lam }, options)
  }

  binomial({ n, p, ...options }: Parameters<'n' | 'p'>): ChunkedArray<'int64'> {
    return this.#discrete('binomial', { n, p }, options)
  }

  negativeBinomial({ n, p, ...options }: Parameters<'n' | 'p'>): ChunkedArray<'int64'> {
    return this.#discrete('negativeBinomial', { n, p }, options)
  }

  geometric({ p, ...options }: Parameters<'p'>): ChunkedArray<'int64'> {
    return this.#discrete('geometric', { p }, options)
  }

  logseries({ p, ...options }: Parameters<'p'>): ChunkedArray<'int64'> {
    return this.#discrete('logseries', { p }, options)
  }

  zipf({ a, ...options }: Parameters<'a'>): ChunkedArray<'int64'> {
    return this.#discrete('zipf', { a }, options)
  }

  hypergeometric({ ngood, nbad, nsample, ...options }: Parameters<'ngood' | 'nbad' | 'nsample'>): ChunkedArray<'int64'> {
    return this.#discrete('hypergeometric', { ngood, nbad, nsample }, options)
  }

  /**
   * How often each outcome came out of `n` trials, along the last axis; `pvals` are the probabilities of the outcomes.
   *
   * @example
   * rng.multinomial({ n: 20, pvals: [0.5, 0.3, 0.2], size: 1000 }) // shape [1000, 3]
   */
  multinomial({
    n,
    pvals,
    ...options
  }: DrawOptions & { readonly n: number; readonly pvals: readonly number[] }): ChunkedArray<'int64'> {
    const sum = pvals.slice(0, -1).reduce((a, b) => a + b, 0)
    if (!Number.isSafeInteger(n) || n < 0) throw new ArgumentError(`multinomial: n is ${n}: expected a whole number from 0 on`)
    if (pvals.length === 0 || pvals.some((p) => !(p >= 0 && p <= 1)) || sum > 1 + 1e-12)
      throw new ArgumentError(`multinomial: pvals are [${pvals.join(', ')}]: expected probabilities that add up to 1`)
    const shape = shapeOfSize(options.size ?? [])
    const outer = normalizeChunks(options.chunks ?? 'auto', shape, 'int64')
    const drawing: Drawing = { kind: 'multinomial', trials: BigInt(n), chances: Float64Array.from(pvals) }
    return new ChunkedArray(randomSource('multinomial', this.#origin(), drawing, 'int64', [...outer, [pvals.length]]))
  }

  /**
   * Elements of `a`, or whole numbers from 0 up to `a`: each as often as it happens, or, without `replace`, at most once (then
   * in one chunk). `p` are the probabilities of the elements.
   */
  choice(
    a: number | ArrayInput,
    {
      replace = true,
      p,
      ...options
    }: DrawOptions & { readonly replace?: boolean; readonly p?: readonly number[] | Float64Array } = {},
  ): ChunkedArray {
    const e = typeof a === 'number' ? undefined : expressionOf('choice', a)
    if (e && e.shape.length !== 1)
      throw new ShapeError(`choice: the elements are an array of ${e.shape.length} axes: expected one`)
    const n = typeof a === 'number' ? a : e!.shape[0]!
    const shape = shapeOfSize(options.size ?? [])
    if (!Number.isSafeInteger(n) || n < 0)
      throw new ArgumentError(`choice: out of ${describe(a)}: expected a whole number or an array of known length`)
    if (n === 0 && sizeOf(shape) > 0) throw new ArgumentError('choice: out of no elements')
    const places = replace ? this.#placesWith(n, p, options) : this.#placesWithout(n, p, shape, options)
    if (!e) return new ChunkedArray(places)
    if (shape.length === 1) return new ChunkedArray(takeByArray(e, places, 0))
    return new ChunkedArray(reshapeOf(takeByArray(e, reshapeOf(places, [-1]), 0), shape))
  }

  /** The whole numbers from 0 up to `x`, or an array along its first axis, in random order. */
  permutation(x: number | ArrayInput, { chunks = 'auto' }: { readonly chunks?: ChunksSpec | undefined } = {}): ChunkedArray {
    const e = typeof x === 'number' ? undefined : expressionOf('permutation', x)
    const n = typeof x === 'number' ? x : e!.shape[0]
    if (n === undefined || !Number.isSafeInteger(n) || n < 0)
      throw new ArgumentError(`permutation: expected a whole number or an array of known length, not ${describe(x)}`)
    const order = this.#order('permutation', n, n)
    if (e) return new ChunkedArray(takeByArray(e, rechunked(order, [e.chunks[0]!]), 0))
    return new ChunkedArray(rechunked(order, normalizeChunks(chunks, [n], 'int64')))
  }

  #placesWith(n: number, p: readonly number[] | Float64Array | undefined, options: DrawOptions): ArrayExpression {
    if (!p) return this.integers({ high: n, size: options.size ?? [], chunks: options.chunks }).expression
    const cumulative = new Float64Array(n)
    let sum = 0
    for (let i = 0; i < n; i++) cumulative[i] = sum += p[i] ?? NaN
    if (p.length !== n || [...p].some((x) => !(x >= 0)) || Math.abs(sum - 1) > 1.5e-8)
      throw new ArgumentError(
        `choice: p has ${p.length} entries that add up to ${sum}: expected ${n} probabilities that add up to 1`,
      )
    for (let i = 0; i < n; i++) cumulative[i]! /= sum
    const shape = shapeOfSize(options.size ?? [])
    const chunks = normalizeChunks(options.chunks ?? 'auto', shape, 'int64')
    return randomSource('choice', this.#origin(), { kind: 'choice', cumulative }, 'int64', chunks)
  }

  #placesWithout(n: number, p: unknown, shape: readonly number[], options: DrawOptions): ArrayExpression {
    const count = sizeOf(shape)
    if (p !== undefined) throw new ArgumentError('choice: probabilities without replacement: draw with replacement, or without p')
    if (shape.length !== 1) throw new ShapeError('choice without replacement gives an array of one axis: give one length as size')
    if (count > n) throw new ArgumentError(`choice: ${count} elements out of ${n} without replacement`)
    return rechunked(this.#order('choice', n, count), normalizeChunks(options.chunks ?? 'auto', [count], 'int64'))
  }

  /** The first of the whole numbers up to `n` in random order, in one chunk. */
  #order(label: string, n: number, count: number): ArrayExpression {
    const origin = this.#origin()
    return new Wired({
      label,
      inputs: [],
      dtype: 'int64',
      chunks: [[count]],
      identity: (context) => context.hash([origin, n, count]),
      lower: (context) => [context.layer({ run: drawOrder as never, shared: origin }).task([], [n, count])],
    })
  }

  #standard<D extends 'float32' | 'float64'>(label: string, what: Standard, options: FloatDrawOptions<D>): ChunkedArray<D> {
    const dtype = dtypeOf(options.dtype ?? 'float64')
    if (dtype !== 'float64' && dtype !== 'float32')
      throw new ArgumentError(`${label}: numbers of ${describe(dtype)}: expected float32 or float64`)
    return this.#source(label, { kind: 'standard', what }, dtype, options)
  }

  #continuous(what: Continuous, given: Readonly<Record<string, DrawParameter>>, options: DrawOptions): ChunkedArray<'float64'> {
    const names: readonly string[] = continuousDistributions[what]
    return this.#drawn(what, names, given, options, 'float64', (parameters) => ({ kind: 'continuous', what, parameters }))
  }

  #discrete(what: Discrete, given: Readonly<Record<string, DrawParameter>>, options: DrawOptions): ChunkedArray<'int64'> {
    const names: readonly string[] = discreteDistributions[what]
    return this.#drawn(what, names, given, options, 'int64', (parameters) => ({ kind: 'discrete', what, parameters }))
  }

  #drawn<D extends DType>(
    what: Continuous | Discrete,
    names: readonly string[],
    given: Readonly<Record<string, DrawParameter>>,
    options: DrawOptions,
    dtype: D,
    drawing: (parameters: readonly (number | null)[]) => Drawing,
  ): ChunkedArray<D> {
    const values = names.map((name) => {
      const value = given[name]
      if (value === undefined) throw new ArgumentError(`${what}: the parameter ${name} is missing`)
      return isNumber(value) ? Number(value) : expressionOf(what, value)
    })
    const arrays = values.filter((v): v is ArrayExpression => typeof v !== 'number')
    if (arrays.length === 0) checkParameters(what, values as number[])
    const shape = options.size === undefined ? commonShape(what, [[], ...arrays.map((a) => a.shape)]) : shapeOfSize(options.size)
    const chunks = normalizeChunks(options.chunks ?? 'auto', shape, dtype)
    const cut = arrays.map((a) => cutLike(what, castOf(a, 'float64'), chunks))
    const parameters = values.map((v) => (typeof v === 'number' ? v : null))
    return new ChunkedArray(randomSource(what, this.#origin(), drawing(parameters), dtype, chunks, cut))
  }

  #source<D extends DType>(label: string, drawing: Drawing, dtype: DType, options: DrawOptions): ChunkedArray<D> {
    const chunks: Chunks = normalizeChunks(options.chunks ?? 'auto', shapeOfSize(options.size ?? []), dtype)
    return new ChunkedArray(randomSource(label, this.#origin(), drawing, dtype, chunks))
  }

  #origin(): Origin {
    return { generator: this.#generator, entropy: this.#entropy, key: [this.#calls++] }
  }
}

type IntegerOptions<D extends DType> = DrawOptions & {
  readonly low?: number | bigint | undefined
  readonly high: number | bigint
  readonly dtype?: D | undefined
}

function entropyOf(seed: Seed | undefined): bigint[] {
  if (seed === undefined) return [BigInt(`0x${randomBytes(16).toString('hex')}`)]
  // Checked here, where the mistake is.
  const { entropy } = new SeedSequence(seed)
  return typeof entropy === 'object' ? entropy.map(BigInt) : [BigInt(entropy)]
}

function shapeOfSize(size: ShapeSpec): number[] {
  const shape = typeof size === 'number' ? [size] : [...size]
  const bad = shape.find((n) => !Number.isSafeInteger(n) || n < 0)
  if (bad !== undefined) throw new ShapeError(`a size of [${shape.join(', ')}]: expected whole numbers from 0 on`)
  return shape
}
