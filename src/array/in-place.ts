import { type ThreadMemory, memoryOfThread, threadAddress, threadBytes } from '../base/index.js'
import {
  type Accumulate,
  type Block,
  type DType,
  KernelRunner,
  type Program,
  ProgramBuilder,
  type Scalars,
  contiguousBlock,
  contiguousStrides,
  itemSize,
} from '../kernels/index.js'
import { copyCrossed } from '../native/index.js'
import { type Numbers, bytesOf, newNumbers, sizeOf } from './chunk.js'
import { MOST, type Strided, eachPiece, isDense, ownShape } from './pieces.js'
import { stateTypes } from './state-types.js'

interface Place extends ThreadMemory {
  readonly runner: KernelRunner
}

let place: Place | undefined

/** Where kernels run on chunks as they lie: in the memory of the pool that this thread belongs to. */
function placeOfThread(): Place | undefined {
  const memory = memoryOfThread()
  if (!memory) return undefined
  if (place?.memory !== memory.memory) place = { ...memory, runner: new KernelRunner(memory.memory) }
  return place
}

function blocksOf(program: Program, arrays: readonly Strided[]): Block[] | undefined {
  const blocks: Block[] = []
  for (const [i, { data, offset, shape, strides }] of arrays.entries()) {
    const address = threadAddress(data)
    if (address === undefined) return undefined
    blocks.push({ address: address + offset, dtype: program.inputs[i]!, shape, strides })
  }
  return blocks
}

/**
 * Writes the values of a program for each element of a shape, if inputs and outputs all lie in the memory of this thread's
 * pool. Gives whether they do.
 */
export function mapInPlace(
  program: Program,
  scalars: Scalars,
  inputs: readonly Strided[],
  shape: readonly number[],
  outputs: readonly Numbers[],
): boolean {
  const here = placeOfThread()
  const blocks = here && blocksOf(program, inputs)
  if (!blocks) return false
  const results: Block[] = []
  for (const [i, data] of outputs.entries()) {
    const address = threadAddress(data)
    if (address === undefined) return false
    results.push(contiguousBlock(address, program.nodes[program.maps[i]!]!.dtype, shape))
  }
  here.runner.map(program, blocks, results, scalars)
  return true
}

/**
 * The states of the reductions of a program along some axes, one array of the remaining shape each, if all inputs lie in the
 * memory of this thread's pool. It goes on by the same pieces as where they are copied, so that sums are the same.
 */
export function reduceInPlace(
  program: Program,
  scalars: Scalars,
  inputs: readonly Strided[],
  shape: readonly number[],
  axes: readonly number[],
): Numbers[] | undefined {
  const here = placeOfThread()
  const blocks = here && blocksOf(program, inputs)
  if (!blocks) return undefined
  const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const keptShape = kept.map((i) => shape[i]!)
  const types = stateTypes(program)
  let top = here.room
  const states = types.map((dtype) => {
    const block = contiguousBlock(top, dtype, keptShape)
    top += Math.ceil((sizeOf(keptShape) * itemSize(dtype)) / 64) * 64
    return block
  })
  const copies = inputs.map((input, i) => {
    if (isDense(input, program.inputs[i]!)) return undefined
    const address = top
    top += MOST * itemSize(program.inputs[i]!)
    return { input, address, program: copyProgram(program.inputs[i]!) }
  })
  if (top > here.room + here.roomBytes) return undefined
  here.runner.beginStates(program, states)
  // Nearly all pieces are of one shape.
  let run: Accumulate | undefined
  const planned = new Array<number>(shape.length).fill(-1)
  const from = new Array<number>(blocks.length)
  const to = new Array<number>(states.length)
  eachPiece(shape, (at, size) => {
    for (let i = 0; i < blocks.length; i++) {
      from[i] = addressAt(blocks[i]!, at)
      const copy = copies[i]
      if (copy === undefined) continue
      // What is not dense is copied first, so that results are those of an array that is.
      const own = ownShape({ ...copy.input, shape: size })
      copyPiece(here, copy.program, { ...blocks[i]!, address: from[i]!, shape: own }, copy.address)
      from[i] = copy.address
    }
    for (let i = 0; i < states.length; i++) to[i] = addressAt(states[i]!, at, kept)
    if (run === undefined || !sameNumbers(size, planned)) {
      const pieces = blocks.map((b, i): Block => {
        if (copies[i] === undefined) return { ...b, shape: size }
        const side = contiguousStrides(ownShape({ ...copies[i].input, shape: size }), b.dtype)
        return { ...b, shape: size, strides: b.strides.map((s, axis) => (s === 0 ? 0 : side[axis]!)) }
      })
      const own = states.map((s): Block => ({ ...s, shape: kept.map((axis) => size[axis]!) }))
      run = here.runner.accumulator(program, pieces, size, axes, own, scalars)
      for (let axis = 0; axis < size.length; axis++) planned[axis] = size[axis]!
    }
    run(from, to)
  })
  return states.map((s, i) => {
    const result = newNumbers(types[i]!, sizeOf(keptShape))
    bytesOf(result).set(threadBytes(s.address, result.byteLength))
    return result
  })
}

/** Copies elements to where they lie side by side. */
function copyPiece({ runner }: Place, program: Program, piece: Block, to: number): void {
  const { address, dtype, shape, strides } = piece
  const long = shape.flatMap((n, axis) => (n > 1 ? [axis] : []))
  const [row, column] = long
  if (long.length === 2 && Math.abs(strides[row!]!) < Math.abs(strides[column!]!)) {
    copyCrossed(itemSize(dtype), address, shape[row!]!, strides[row!]!, shape[column!]!, strides[column!]!, to)
  } else runner.map(program, [piece], [contiguousBlock(to, dtype, shape)])
}

const copyPrograms = new Map<DType, Program>()

/** The program that gives what it reads. */
function copyProgram(dtype: DType): Program {
  let program = copyPrograms.get(dtype)
  if (!program) {
    const p = new ProgramBuilder()
    p.map(p.input(dtype))
    copyPrograms.set(dtype, (program = p.build()))
  }
  return program
}

/** Where the element in a place of a larger array is; the array has the axes in `own`, or all. */
function addressAt({ address, strides }: Block, place: readonly number[], own?: readonly number[]): number {
  let result = address
  for (let i = 0; i < strides.length; i++) result += place[own === undefined ? i : own[i]!]! * strides[i]!
  return result
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
