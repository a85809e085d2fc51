import type { TaskContext } from '../../graph/index.js'
import { operation } from '../../transfer/index.js'
import type { DType } from '../../kernels/index.js'
import {
  type BitGenerator,
  type Continuous,
  type Discrete,
  RandomStream,
  SeedSequence,
  type Standard,
  checkParameters,
} from '../../native/index.js'
import { type Chunk, type Numbers, sizeOf, writtenChunk } from '../chunk.js'
import { spread } from '../spread.js'

/** What is drawn. */
export type Drawing =
  | { readonly kind: 'standard'; readonly what: Standard }
  | { readonly kind: 'continuous'; readonly what: Continuous; readonly parameters: readonly (number | null)[] }
  | { readonly kind: 'discrete'; readonly what: Discrete; readonly parameters: readonly (number | null)[] }
  | { readonly kind: 'integers'; readonly low: bigint; readonly high: bigint }
  | { readonly kind: 'choice'; readonly cumulative: Float64Array }
  | { readonly kind: 'multinomial'; readonly trials: bigint; readonly chances: Float64Array }

/** Where the numbers of a call come from: its chunks have streams of their own, whatever runs them where and when. */
export interface Origin {
  readonly generator: BitGenerator
  readonly entropy: readonly bigint[]
  readonly key: readonly number[]
}

export interface DrawShared extends Origin {
  readonly drawing: Drawing
  readonly dtype: DType
}

/** The stream of the chunk with a number. */
export function streamOf({ generator, entropy, key }: Origin, number: number): RandomStream {
  return new RandomStream(generator, new SeedSequence(entropy, [...key, number]))
}

/** Runs as a task: a chunk of random numbers. `own`: the chunk's number, and its shape; inputs: parameters that are arrays. */
export const drawChunk = operation(
  import.meta.url,
  'drawChunk',
  (inputs: readonly Chunk[], [number, ...shape]: readonly number[], shared: DrawShared, context: TaskContext): Chunk =>
    writtenChunk(shared.dtype, shape, context, (data) => draw(inputs, streamOf(shared, number!), shape, shared, data)),
)

function draw(
  inputs: readonly Chunk[],
  stream: RandomStream,
  shape: readonly number[],
  { drawing, dtype }: DrawShared,
  data: Numbers,
): void {
  switch (drawing.kind) {
    case 'standard':
      stream.fillStandard(drawing.what, data as Float64Array)
      break
    case 'integers':
      stream.fillIntegers(drawing.low, drawing.high, dtype, data)
      break
    case 'choice':
      chooseByChance(stream, drawing.cumulative, data as BigInt64Array)
      break
    case 'multinomial':
      stream.fillMultinomial(drawing.trials, drawing.chances, data as BigInt64Array)
      break
    default: {
      const { what, parameters: given } = drawing
      const n = sizeOf(shape)
      let next = 0
      const parameters = given.map((p) => p ?? (spread(inputs[next++]!, shape) as Float64Array))
      if (next > 0) {
        for (let i = 0; i < n; i++)
          checkParameters(
            what,
            parameters.map((p) => (typeof p === 'number' ? p : p[i]!)),
          )
      }
      if (drawing.kind === 'discrete') stream.fillDiscrete(drawing.what, parameters, data as BigInt64Array)
      else if (dtype === 'float64') stream.fillContinuous(drawing.what, parameters, data as Float64Array)
      else {
        const wide = new Float64Array(n)
        stream.fillContinuous(drawing.what, parameters, wide)
        ;(data as Float32Array).set(wide)
      }
    }
  }
}

/** Places in a table of cumulative probabilities. */
function chooseByChance(stream: RandomStream, cumulative: Float64Array, out: BigInt64Array): void {
  const uniform = new Float64Array(out.length)
  stream.fillStandard('uniform', uniform)
  for (let i = 0; i < out.length; i++) {
    const x = uniform[i]!
    let low = 0
    let high = cumulative.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (x < cumulative[middle]!) high = middle
      else low = middle + 1
    }
    out[i] = BigInt(low)
  }
}

/** Runs as a task: whole numbers from 0 on in random order, the first `own[1]` of `own[0]`. */
export const drawOrder = operation(
  import.meta.url,
  'drawOrder',
  (_inputs: readonly unknown[], [n, count]: readonly number[], shared: Origin): Chunk => {
    const order = BigInt64Array.from({ length: n! }, (_, i) => BigInt(i))
    streamOf(shared, 0).shuffle(order)
    return { dtype: 'int64', shape: [count!], data: count === n ? order : order.slice(0, count) }
  },
)
