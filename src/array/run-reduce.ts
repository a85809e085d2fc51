import { type DType, type Program, broadcastShapes, contiguousStrides, isComplex, reductionTypes } from '../kernels/index.js'
import { type Chunk, type Numbers, newNumbers, sizeOf } from './chunk.js'
import { stretched, threadEngine, viewed, wholeOf } from './engine.js'
import { stateTypes } from './state-types.js'
import { mergeProgram } from './merge-programs.js'
import type { Strided } from './pieces.js'
import type { FinishShared, PartialOwn, ReduceShared, States } from './reduced.js'

/** The states of reductions of the chunks that meet in one place. */
export function reduceChunk(
  inputs: readonly Chunk[],
  own: PartialOwn | undefined,
  { program, scalars, axes, shape: whole }: ReduceShared,
): States {
  const seen = inputs.map((chunk, i) => {
    const view = own?.views?.[i]
    return view ? viewed(chunk, view) : wholeOf(chunk)
  })
  const shape = broadcastShapes(...seen.map((i) => i.shape))
  const states = threadEngine().reduce(
    program,
    scalars,
    seen.map((i) => stretched(i, shape)),
    shape,
    axes,
  )
  if (own?.offset && whole) makePlacesGlobal(program, states, shape, axes, own.offset, whole)
  return { shape: shape.filter((_, axis) => !axes.includes(axis)), states }
}

/** Places within the chunk become places in the array: along the axis, or, of all axes, in the order of the elements. */
function makePlacesGlobal(
  program: Program,
  states: readonly Numbers[],
  shape: readonly number[],
  axes: readonly number[],
  offset: readonly number[],
  whole: readonly number[],
): void {
  let at = 0
  for (const { reduction, node } of program.reductions) {
    const { length } = reductionTypes(reduction, program.nodes[node]!.dtype).states
    if (reduction === 'argmin' || reduction === 'argmax') {
      const places = states[at + 1] as BigInt64Array
      for (let i = 0; i < places.length; i++) {
        if (places[i]! < 0n) continue
        let local = Number(places[i])
        let global = 0
        let step = 1
        for (const axis of [...axes].reverse()) {
          global += ((local % shape[axis]!) + offset[axis]!) * step
          local = Math.floor(local / shape[axis]!)
          step *= whole[axis]!
        }
        places[i] = BigInt(global)
      }
    }
    at += length
  }
}

/** What is known of all values together. */
export function mergeStates(parts: readonly States[], { program }: ReduceShared): States {
  const { shape } = parts[0]!
  const types = stateTypes(program)
  const length = sizeOf(shape)
  let result = parts[0]!.states
  for (const { states: more } of parts.slice(1)) {
    const next = types.map((dtype) => newNumbers(dtype, length))
    let at = 0
    for (const { reduction, node } of program.reductions) {
      const own = reductionTypes(reduction, program.nodes[node]!.dtype).states
      const range = own.map((_, i) => at + i)
      threadEngine().map(
        mergeProgram(reduction, own),
        [],
        [...range.map((i) => flat(result[i]!, types[i]!, length)), ...range.map((i) => flat(more[i]!, types[i]!, length))],
        [length],
        range.map((i) => next[i]!),
      )
      at += own.length
    }
    result = next
  }
  return { shape, states: result }
}

const flat = (data: Numbers, dtype: DType, length: number): Strided => ({
  data,
  offset: 0,
  shape: [length],
  strides: contiguousStrides([length], dtype),
})

/** A chunk of results. */
export function finishStates({ shape, states }: States, { program, states: used, dtype, keep }: FinishShared): Chunk {
  const length = sizeOf(shape)
  const outputs = program.maps.map((node) => newNumbers(program.nodes[node]!.dtype, length))
  const inputs = used.map((i, n) => flat(states[i]!, program.inputs[n]!, length))
  threadEngine().map(program, [], inputs, [length], outputs)
  const data = isComplex(dtype) ? interleaved(outputs) : outputs[0]!
  return { dtype, shape: keep ? withOnes(shape, keep) : shape, data }
}

/** Complex numbers of their parts. */
function interleaved([real, imaginary]: readonly Numbers[]): Numbers {
  const result = new (real!.constructor as new (n: number) => Numbers)(real!.length * 2)
  for (let i = 0; i < real!.length; i++) {
    result[2 * i] = real![i]!
    result[2 * i + 1] = imaginary![i]!
  }
  return result
}

function withOnes(shape: readonly number[], axes: readonly number[]): number[] {
  const result: number[] = []
  let at = 0
  for (let axis = 0; axis < shape.length + axes.length; axis++) result.push(axes.includes(axis) ? 1 : shape[at++]!)
  return result
}
