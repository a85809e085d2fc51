import {
  type Block,
  type DType,
  KernelRunner,
  type Program,
  type Scalars,
  contiguousBlock,
  contiguousStrides,
  itemSize,
} from '../kernels/index.js'
import { type KernelMemory, kernelMemory } from '../memory/index.js'
import { type Chunk, type Numbers, bytesOf, newNumbers, sizeOf } from './chunk.js'
import { mapInPlace, reduceInPlace } from './in-place.js'
import { stateTypes } from './state-types.js'
import { type Strided, eachPiece, gather, hullOf, isDense, ownShape } from './pieces.js'
import type { View } from './views.js'

/**
 * What runs programs on chunks, one for each thread: where they lie, if that is the memory of the pool. Kernels run on one
 * memory of WebAssembly; a chunk elsewhere is computed in pieces that fit into the cache: a piece of each input is copied
 * there, computed, and its result copied out.
 */
export class Engine {
  readonly #memory: KernelMemory
  readonly runner: KernelRunner
  #top: number

  constructor() {
    this.#memory = kernelMemory('elements')
    this.#top = this.#memory.start
    this.runner = new KernelRunner(this.#memory.memory)
  }

  /** Writes the values of a program for each element of a shape; inputs have it, stretched by strides of 0. */
  map(
    program: Program,
    scalars: Scalars,
    inputs: readonly Strided[],
    shape: readonly number[],
    outputs: readonly Numbers[],
  ): void {
    if (mapInPlace(program, scalars, inputs, shape, outputs)) return
    this.mapPieces(program, scalars, inputs, shape, (o, bytes, at) => bytesOf(outputs[o]!).set(bytes, at))
  }

  /** As `map`; each piece of each output goes to `take`, with how many bytes of that output come before it. */
  mapPieces(
    program: Program,
    scalars: Scalars,
    inputs: readonly Strided[],
    shape: readonly number[],
    take: (output: number, bytes: Uint8Array, at: number, piece: readonly number[]) => void,
  ): void {
    const mark = this.#top
    try {
      const staged = inputs.map((input, i) => new Staged(input, program.inputs[i]!, this))
      const types = program.maps.map((node) => program.nodes[node]!.dtype)
      let room = 0
      eachPiece(shape, (_, size) => (room = Math.max(room, sizeOf(size))))
      const addresses = types.map((dtype) => this.reserve(room * itemSize(dtype)))
      let done = 0
      eachPiece(shape, (at, size) => {
        const blocks = staged.map((s) => s.stage(at, size))
        const outs = types.map((dtype, o) => contiguousBlock(addresses[o]!, dtype, size))
        this.runner.map(program, blocks, outs, scalars)
        const count = sizeOf(size)
        const bytes = this.bytes()
        for (const [o, dtype] of types.entries()) {
          const width = itemSize(dtype)
          take(o, bytes.subarray(addresses[o], addresses[o]! + count * width), done * width, at)
        }
        done += count
      })
    } finally {
      this.#top = mark
    }
  }

  /** The states of the reductions of a program along some axes of a shape, one array of the remaining shape each. */
  reduce(
    program: Program,
    scalars: Scalars,
    inputs: readonly Strided[],
    shape: readonly number[],
    axes: readonly number[],
  ): Numbers[] {
    const line = axes.length === shape.length && shape.length > 1 ? asLine(program, inputs, shape) : undefined
    if (line) return this.reduce(program, scalars, line, [sizeOf(shape)], [0])
    const done = reduceInPlace(program, scalars, inputs, shape, axes)
    if (done) return done
    inputs = inputs.map((input, i) => dense(input, program.inputs[i]!))
    const mark = this.#top
    try {
      const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i))
      const keptShape = kept.map((i) => shape[i]!)
      const types = stateTypes(program)
      const states = types.map((dtype) => contiguousBlock(this.reserve(sizeOf(keptShape) * itemSize(dtype)), dtype, keptShape))
      this.runner.beginStates(program, states)
      const staged = inputs.map((input, i) => new Staged(input, program.inputs[i]!, this))
      eachPiece(shape, (at, size) => {
        const blocks = staged.map((s) => s.stage(at, size))
        const pieces = states.map((s): Block => {
          const address = kept.reduce((a, axis, i) => a + at[axis]! * s.strides[i]!, s.address)
          return { ...s, address, shape: kept.map((axis) => size[axis]!) }
        })
        this.runner.accumulate(program, blocks, size, axes, pieces, scalars)
      })
      const bytes = this.bytes()
      return states.map((s, i) => {
        const result = newNumbers(types[i]!, sizeOf(keptShape))
        bytesOf(result).set(bytes.subarray(s.address, s.address + result.byteLength))
        return result
      })
    } finally {
      this.#top = mark
    }
  }

  /** All that there is; asked for again after `reserve`. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#memory.memory.buffer)
  }

  /** Room for so many bytes, until what is being computed is done. */
  reserve(bytes: number): number {
    const address = this.#top
    this.#memory.reach(address + bytes)
    this.#top += Math.ceil(bytes / 64) * 64
    return address
  }
}

/** Inputs along one axis, where the elements of each lie side by side in the order of the shape, or are all the same one. */
function asLine(program: Program, inputs: readonly Strided[], shape: readonly number[]): Strided[] | undefined {
  const lines: Strided[] = []
  for (const [i, input] of inputs.entries()) {
    const dtype = program.inputs[i]!
    const dense = contiguousStrides(shape, dtype)
    const single = input.strides.every((s) => s === 0)
    if (!single && input.strides.some((s, axis) => s !== dense[axis] && shape[axis] !== 1)) return undefined
    lines.push({ ...input, shape: [sizeOf(shape)], strides: [single ? 0 : itemSize(dtype)] })
  }
  return lines
}

/** An input, piece by piece in the memory of kernels. */
class Staged {
  readonly #input: Strided
  readonly #dtype: DType
  readonly #size: number
  readonly #source: Uint8Array
  readonly #engine: Engine
  #room = 0
  #address = 0
  #start = -1
  #end = -1

  constructor(input: Strided, dtype: DType, engine: Engine) {
    this.#input = input
    this.#dtype = dtype
    this.#size = itemSize(dtype)
    this.#source = bytesOf(input.data)
    this.#engine = engine
  }

  stage(at: readonly number[], size: readonly number[]): Block {
    const { first, start, end, bytes } = hullOf(this.#input, this.#size, at, size)
    const { strides } = this.#input
    if (end - start <= 2 * bytes) {
      // What is stretched along the pieces is there already.
      if (start !== this.#start || end !== this.#end) {
        this.#need(end - start)
        this.#engine.bytes().set(this.#source.subarray(start, end), this.#address)
        this.#start = start
        this.#end = end
      }
      return { address: this.#address + first - start, dtype: this.#dtype, shape: size, strides }
    }
    this.#need(bytes)
    gather(this.#input, this.#size, first, size, this.#engine.bytes(), this.#address)
    this.#start = -1
    const dense = contiguousStrides(
      size.map((n, i) => (strides[i] === 0 ? 1 : n)),
      this.#dtype,
    )
    return { address: this.#address, dtype: this.#dtype, shape: size, strides: dense.map((s, i) => (strides[i] === 0 ? 0 : s)) }
  }

  /** Pieces are of one size but for the last of each run, so this grows once or twice. */
  #need(bytes: number): void {
    if (bytes <= this.#room) return
    this.#address = this.#engine.reserve(bytes)
    this.#room = bytes
  }
}

/** The same elements side by side, where they are not. */
function dense(input: Strided, dtype: DType): Strided {
  if (isDense(input, dtype)) return input
  const shape = ownShape(input)
  const data = newNumbers(dtype, sizeOf(shape))
  gather(input, itemSize(dtype), input.offset, shape, bytesOf(data), 0)
  const strides = contiguousStrides(shape, dtype)
  return { data, offset: 0, shape: input.shape, strides: strides.map((s, axis) => (input.strides[axis] === 0 ? 0 : s)) }
}

/** All of a chunk. */
export const wholeOf = ({ data, dtype, shape }: Chunk): Strided => ({
  data,
  offset: 0,
  shape,
  strides: contiguousStrides(shape, dtype),
})

/** What is seen of a chunk. */
export function viewed({ data, dtype }: Chunk, { shape, first, steps }: View): Strided {
  const width = itemSize(dtype)
  return { data, offset: first * width, shape, strides: steps.map((s) => s * width) }
}

/** An array in ordinary memory, stretched to a shape. */
export function stretched({ data, offset, shape, strides }: Strided, to: readonly number[]): Strided {
  const missing = to.length - shape.length
  return {
    data,
    offset,
    shape: to,
    strides: to.map((_, i) => (i < missing || shape[i - missing] === 1 ? 0 : strides[i - missing]!)),
  }
}

let engine: Engine | undefined

/** The engine of this thread, made on first use. */
export const threadEngine = (): Engine => (engine ??= new Engine())
