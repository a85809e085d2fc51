import { ArgumentError, describe } from '../base/index.js'
import { type DType, integerRange, isInteger, itemSize } from '../kernels/index.js'
import { type Continuous, type Discrete, continuousNumber, discreteNumber } from './distributions.js'
import { nativeMemory } from './native-memory.js'
import type { NumberArray } from './number-array.js'
import type { Placing } from './placing.js'
import { poolForRandom } from './pool-module.js'
import { SeedSequence } from './seed-sequence.js'

/** Generators of random bits. PCG64 is NumPy's default; Philox's streams are numbered by keys. */
export const bitGenerators = ['pcg64', 'pcg64dxsm', 'philox'] as const

export type BitGenerator = (typeof bitGenerators)[number]

/** Distributions that have no parameters. */
export type Standard = 'uniform' | 'normal' | 'exponential' | 'exponentialByInversion'

/** A parameter of a distribution: one number for all, or one for each that is drawn. */
export type Parameter = number | Float64Array

const standards: readonly Standard[] = ['uniform', 'normal', 'exponential', 'exponentialByInversion']

const MASK = (1n << 64n) - 1n
const MASK128 = (1n << 128n) - 1n
const PCG_MULTIPLIER = (2549297995355413924n << 64n) | 4865540595714422341n
const PCG_CHEAP_MULTIPLIER = 0xda942042e4dd58b5n

/** The golden ratio less one, times 2 ** 128: how far PCG jumps. */
const PCG_JUMP = 0x9e3779b97f4a7c15f39cc0605cedc835n

const STATE_BYTES = 96

/** Room for a state and three parameters, each with what is before the next. */
const ROOM = 1024

/** As many numbers at a time stay in the caches, and cost no noticeable calls. */
const BATCH = 1 << 16

/** Fewer bytes are copied in less time than the tables are laid beside where they are wanted. */
const MANY_BYTES = 1 << 17

/**
 * A stream of random numbers, equal to that of NumPy's `Generator` with the same bit generator and seed: the same numbers
 * in the same order from `random`, `integers`, `standard_normal`, `standard_exponential` and the distributions made of them
 * (where functions like `exp` are involved, as nearly as those agree).
 *
 * @example
 * const stream = new RandomStream('pcg64', new SeedSequence(42))
 * const x = new Float64Array(1000)
 * stream.fillStandard('normal', x)
 */
export class RandomStream {
  readonly generator: BitGenerator
  readonly #state = new Uint8Array(STATE_BYTES)

  constructor(generator: BitGenerator, seed: SeedSequence) {
    this.generator = generator
    const number = bitGenerators.indexOf(generator)
    if (number < 0) throw new ArgumentError(`a bit generator ${describe(generator)}: expected one of ${bitGenerators.join(', ')}`)
    const header = new Int32Array(this.#state.buffer, 0, 4)
    header[0] = number
    if (generator === 'philox') {
      header[3] = 4
      const key = words64(seed, 2)
      this.#words.set(key, 4)
      return
    }
    const [a, b, c, d] = words64(seed, 4)
    const increment = ((((c! << 64n) | d!) << 1n) | 1n) & MASK128
    const state = ((increment + ((a! << 64n) | b!)) * PCG_MULTIPLIER + increment) & MASK128
    this.#words.set([state >> 64n, state & MASK, increment >> 64n, increment & MASK])
  }

  /** A stream that is as far ahead of this one as nobody draws: NumPy's `jumped`. */
  jumped(times = 1): RandomStream {
    const result = this.copy()
    if (this.generator === 'philox') {
      const counter = (this.#words[3]! << 64n) + this.#words[2]! + BigInt(times)
      result.#words.set([counter & MASK, (counter >> 64n) & MASK], 2)
    } else result.#advance((PCG_JUMP * BigInt(times)) & MASK128)
    return result
  }

  copy(): RandomStream {
    const result = new RandomStream(this.generator, new SeedSequence(0))
    result.#state.set(this.#state)
    return result
  }

  /** Bits as they come, 32 or 64 at a time. */
  fillWords(out: Uint32Array | BigUint64Array): void {
    this.#fill(out, 1, ({ exports }, stream, at, n) => exports.fillWords(out.BYTES_PER_ELEMENT * 8, stream, at, n))
  }

  /** Numbers from 0 up to but not 1, of the standard normal or the exponential distribution. */
  fillStandard(what: Standard, out: Float64Array | Float32Array): void {
    const number = standards.indexOf(what)
    this.#fill(out, 1, ({ exports }, stream, at, n) => {
      if (out.BYTES_PER_ELEMENT === 8) exports.fillStandard(number, stream, at, n)
      else exports.fillStandard32(number, stream, at, n)
    })
  }

  /**
   * Whole numbers from `low` up to and with `high`, all equally probable (Lemire 2019).
   *
   * @throws ArgumentError when there are none, or the type does not hold them
   */
  fillIntegers(low: bigint, high: bigint, dtype: DType, out: NumberArray): void {
    if (dtype !== 'bool' && !isInteger(dtype)) throw new ArgumentError(`random integers of type ${dtype}`)
    const [least, greatest] = dtype === 'bool' ? [0n, 1n] : integerRange(dtype as 'int64')
    if (low > high) throw new ArgumentError(`random integers from ${low} to ${high}: there are none`)
    if (low < least || high > greatest)
      throw new ArgumentError(`random integers from ${low} to ${high} of type ${dtype}, which holds ${least} to ${greatest}`)
    if (dtype === 'bool' && low === high) {
      out.fill(Number(low) as never)
      return
    }
    const bytes = dtype === 'bool' ? 0 : itemSize(dtype)
    // NumPy begins with new bits where it begins to fill: those that a narrow number left are not used again.
    this.#fill(
      out,
      1,
      ({ exports }, stream, at, n) =>
        exports.fillRange(bytes, stream, at, n, BigInt.asIntN(64, low), BigInt.asIntN(64, high - low)),
      Infinity,
    )
  }

  /** Numbers of a continuous distribution. */
  fillContinuous(what: Continuous, parameters: readonly Parameter[], out: Float64Array): void {
    this.#fillWith(parameters, out, ({ exports }, args) => exports.fillContinuous(continuousNumber(what), ...args))
  }

  /** Numbers of a discrete distribution. */
  fillDiscrete(what: Discrete, parameters: readonly Parameter[], out: BigInt64Array): void {
    this.#fillWith(parameters, out, ({ exports }, args) => exports.fillDiscrete(discreteNumber(what), ...args))
  }

  /** Rows of counts: how often each kind came out of `trials` trials, whose probabilities are given. */
  fillMultinomial(trials: bigint, chances: Float64Array, out: BigInt64Array): void {
    const kinds = chances.length
    this.#fill(
      out,
      kinds,
      (memory, stream, at, n) => {
        memory.exports.fillMultinomial(stream, at, n, trials, memory.place(chances), kinds)
      },
      BATCH,
      chances.byteLength,
    )
  }

  /** Puts whole numbers in random order. */
  shuffle(numbers: BigInt64Array): void {
    nativeMemory().use((memory) => {
      const stream = memory.place(this.#state)
      const at = memory.place(numbers)
      memory.exports.shuffle(stream, at, numbers.length)
      memory.read(at, numbers)
      memory.read(stream, this.#state)
    })
  }

  get #words(): BigUint64Array {
    return new BigUint64Array(this.#state.buffer, 16, 10)
  }

  #fillWith(
    parameters: readonly Parameter[],
    out: Float64Array | BigInt64Array,
    run: (memory: Placing, args: readonly number[]) => void,
  ): void {
    for (const p of parameters) {
      if (typeof p !== 'number' && p.length !== out.length)
        throw new ArgumentError(`${p.length} parameters for ${out.length} random numbers`)
    }
    const bytesOfParameters = parameters.reduce<number>((sum, p) => sum + (typeof p === 'number' ? 0 : p.byteLength), 0)
    this.#fill(
      out,
      1,
      (memory, stream, at, n, first) => {
        const steps = [0, 1, 2].flatMap((i) => {
          const p = parameters[i] ?? 0
          return typeof p === 'number' ? [memory.place(Float64Array.of(p)), 0] : [memory.place(p.subarray(first, first + n)), 8]
        })
        run(memory, [stream, at, n, ...steps])
      },
      BATCH,
      bytesOfParameters,
    )
  }

  #fill(
    out: NumberArray,
    unit: number,
    run: (memory: Placing, stream: number, at: number, n: number, first: number) => void,
    batch = BATCH,
    bytesOfParameters = 0,
  ): void {
    const total = out.length / unit
    const pool = out.byteLength < MANY_BYTES ? undefined : poolForRandom(bytesOfParameters + ROOM, out)
    if (pool) {
      const stream = pool.place(this.#state)
      run(pool, stream, out.byteOffset, total, 0)
      this.#state.set(pool.bytes(stream, STATE_BYTES))
      return
    }
    for (let first = 0; first < total; ) {
      const n = Math.min(Math.max(1, Math.floor(batch / unit)), total - first)
      const part = out.subarray(first * unit, (first + n) * unit)
      nativeMemory().use((memory) => {
        const stream = memory.place(this.#state)
        const at = memory.reserve(part.byteLength)
        run(memory, stream, at, n, first)
        memory.read(at, part)
        memory.read(stream, this.#state)
      })
      first += n
    }
  }

  /** Brown 1994. */
  #advance(steps: bigint): void {
    const words = this.#words
    let plus = (words[2]! << 64n) | words[3]!
    let multiplier = this.generator === 'pcg64' ? PCG_MULTIPLIER : PCG_CHEAP_MULTIPLIER
    let [times, more] = [1n, 0n]
    for (let left = steps; left > 0n; left >>= 1n) {
      if (left & 1n) {
        times = (times * multiplier) & MASK128
        more = (more * multiplier + plus) & MASK128
      }
      plus = ((multiplier + 1n) * plus) & MASK128
      multiplier = (multiplier * multiplier) & MASK128
    }
    const state = (times * ((words[0]! << 64n) | words[1]!) + more) & MASK128
    words.set([state >> 64n, state & MASK])
  }
}

/** Words of 64 bits, the lower half first. */
function words64(seed: SeedSequence, count: number): bigint[] {
  const halves = seed.words(2 * count)
  return Array.from({ length: count }, (_, i) => BigInt(halves[2 * i]!) | (BigInt(halves[2 * i + 1]!) << 32n))
}
