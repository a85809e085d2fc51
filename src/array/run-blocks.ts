import { types } from 'node:util'
import { describe } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { type DType, isComplex, kindOf } from '../kernels/index.js'
import { assembled } from './assemble.js'
import type { BlockInfo, BlockOwn, BlockResult, BlockShared, Vectorize } from './blockwise.js'
import type { NewBlock } from './delayed-arrays.js'
import { type Chunk, isWide, newChunk, numbersClass, partsOf, sizeOf } from './chunk.js'
import { eachPlace } from './chunks.js'
import type { ReduceBlocksOwn, ReduceBlocksShared } from './reduction.js'
import { BlockError, showShape } from './errors.js'
import { type Complex, NdArray, elementOf } from './nd-array.js'

/** Calls a function of the user with the blocks that go with a place of the result. */
export function callWithBlocks(
  inputs: readonly Chunk[],
  { grids, info }: BlockOwn,
  { fn, label, dtype, info: wantsInfo, concatenate, vectorize }: BlockShared,
): Chunk | Promise<Chunk> {
  let next = 0
  const args: unknown[] = grids.map((grid) => {
    if (grid === null) return asArray(inputs[next++]!)
    const own = inputs.slice(next, (next += sizeOf(grid)))
    return concatenate ? asArray(assembled(own, grid, own[0]!.dtype)) : nested(own, grid)
  })
  if (wantsInfo) args.push(info)
  if (vectorize) return eachVector(args as NdArray[], fn, vectorize, dtype, info, label)
  const where = `${label}, block [${info.place.join(', ')}]`
  const value = (fn as (...blocks: unknown[]) => BlockResult | PromiseLike<BlockResult>)(...args)
  if (types.isPromise(value)) return value.then((v) => checked(v as BlockResult, dtype, info.shape, where))
  return checked(value as BlockResult, dtype, info.shape, where)
}

/** Calls a step of a reduction by functions of the user with a few blocks put together. */
export function reduceBlocks(
  inputs: readonly Chunk[],
  { grid, shape, place }: ReduceBlocksOwn,
  { fn, label, dtype, axis, keepdims }: ReduceBlocksShared,
): Chunk | Promise<Chunk> {
  const block = asArray(assembled(inputs, grid, inputs[0]!.dtype)) as NdArray<never>
  const where = `${label}, block [${place.join(', ')}]`
  const value = fn(block, { axis, keepdims })
  if (types.isPromise(value)) return value.then((v) => checked(v as BlockResult, dtype, shape, where))
  return checked(value as BlockResult, dtype, shape, where)
}

export const asArray = ({ dtype, shape, data }: Chunk): NdArray => new NdArray(dtype, shape, data as never)

function nested(chunks: readonly Chunk[], grid: readonly number[]): unknown {
  const build = (axis: number, at: number): unknown =>
    axis === grid.length
      ? asArray(chunks[at]!)
      : Array.from({ length: grid[axis]! }, (_, i) => build(axis + 1, at * grid[axis]! + i))
  // Axes with one block each stand in no list.
  const lists = grid.flatMap((n, axis) => (n > 1 ? [axis] : []))
  if (lists.length === grid.length) return build(0, 0)
  const places: number[][] = []
  eachPlace(grid, (place) => places.push([...place]))
  const byList = (depth: number, rest: readonly number[]): unknown => {
    if (depth === lists.length) return asArray(chunks[rest[0]!]!)
    const axis = lists[depth]!
    return Array.from({ length: grid[axis]! }, (_, i) =>
      byList(
        depth + 1,
        rest.filter((n) => places[n]![axis] === i),
      ),
    )
  }
  return lists.length === 0
    ? [asArray(chunks[0]!)]
    : byList(
        0,
        places.map((_, n) => n),
      )
}

/** Calls a function of core axes for each place of the others. */
function eachVector(
  blocks: readonly NdArray[],
  fn: BlockShared['fn'],
  { cores, lengths }: Vectorize,
  dtype: DType,
  info: BlockInfo,
  label: string,
): Chunk {
  const loop = info.shape.slice(0, info.shape.length - lengths.length)
  const result = newChunk(dtype, info.shape)
  const each = sizeOf(lengths) * partsOf(dtype)
  const call = fn as (...vectors: NdArray[]) => BlockResult
  eachPlace(loop, (place, number) => {
    const vectors = blocks.map((block, k) => {
      const own = block.shape.slice(0, block.ndim - cores[k]!)
      const core = block.shape.slice(own.length)
      // Axes of one element go with all places.
      const at = own.reduce((n, length, i) => n * length + (length === 1 ? 0 : place[loop.length - own.length + i]!), 0)
      const items = sizeOf(core) * partsOf(block.dtype)
      return new NdArray(block.dtype, core, block.data.subarray(at * items, (at + 1) * items) as never)
    })
    const where = `${label}, block [${info.place.join(', ')}], place [${place.join(', ')}]`
    result.data.set(checked(call(...vectors), dtype, lengths, where).data as never, number * each)
  })
  return result
}

/** What a function gave as a chunk, if it is what was declared. */
export function checked(value: BlockResult, dtype: DType, shape: readonly number[], where: string): Chunk {
  const wrong = (what: string): BlockError =>
    new BlockError(
      `${where}: the function gave ${what}, but ${dtype} of the shape ${showShape(shape)} was declared. Give dtype and chunks as they are, or convert the result`,
    )
  if (value instanceof NdArray) {
    const fits = value.ndim === shape.length && value.shape.every((n, i) => n === shape[i] || Number.isNaN(shape[i]))
    if (value.dtype !== dtype || !fits) throw wrong(`${value.dtype} of the shape ${showShape(value.shape)}`)
    return { dtype, shape: value.shape, data: value.data }
  }
  if (ArrayBuffer.isView(value)) {
    const Class = numbersClass(dtype)
    const data = value as unknown as Chunk['data']
    if (!(value instanceof Class)) throw wrong(`a ${(value as object).constructor.name}`)
    const length = data.length / partsOf(dtype)
    const unknown = shape.filter(Number.isNaN).length
    if (unknown > 1) throw wrong(`${length} elements without a shape, which only an NdArray has`)
    const others = sizeOf(shape.filter((n) => !Number.isNaN(n)))
    // The one length that is not known is what the others leave.
    const missing = others === 0 ? 0 : length / others
    const fits = unknown === 0 ? length === others : Number.isInteger(missing) && missing * others === length
    if (!fits) throw wrong(`${length} elements`)
    return { dtype, shape: shape.map((n) => (Number.isNaN(n) ? missing : n)), data }
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    if (!shape.every((n) => n === 1)) throw wrong('one number')
    const result = newChunk(dtype, shape)
    put(result, 0, value, where)
    return result
  }
  throw wrong(describe(value))
}

/** Writes an element of JavaScript. */
export function put({ data, dtype }: Chunk, at: number, value: number | bigint | boolean | Complex, where: string): void {
  const refuse = (): never => {
    throw new BlockError(`${where}: ${describe(value)} is not an element of ${dtype}`)
  }
  if (isComplex(dtype)) {
    if (typeof value === 'boolean' || typeof value === 'bigint') refuse()
    const { re, im } = typeof value === 'object' ? value : { re: value as number, im: 0 }
    data[2 * at] = re
    data[2 * at + 1] = im
  } else if (isWide(dtype)) {
    if (typeof value !== 'bigint' && !Number.isInteger(value)) refuse()
    const whole = BigInt(value as number)
    data[at] = whole
    if (data[at] !== whole) refuse()
  } else if (dtype === 'bool') {
    if (typeof value !== 'boolean') refuse()
    data[at] = value ? 1 : 0
  } else {
    if (typeof value !== 'number' && typeof value !== 'boolean') refuse()
    const number = Number(value)
    data[at] = number
    if (kindOf(dtype) !== 'float' && data[at] !== number) refuse()
  }
}

/** Calls a function of the user for each element of chunks that are stretched to one another. */
export function mapItems(
  inputs: readonly Chunk[],
  { fn, label, dtype }: { readonly fn: (...items: readonly never[]) => unknown; readonly label: string; readonly dtype: DType },
  context: TaskContext,
): Chunk {
  const shape = inputs.reduce<number[]>((s, i) => stretchedShape(s, i.shape), [])
  const result = newChunk(dtype, shape)
  const where = `${label}, chunk ${context.key}`
  const steps = inputs.map((input) => {
    let step = 1
    const missing = shape.length - input.shape.length
    const own = new Array<number>(shape.length).fill(0)
    for (let axis = input.shape.length - 1; axis >= 0; axis--) {
      own[missing + axis] = input.shape[axis] === 1 ? 0 : step
      step *= input.shape[axis]!
    }
    return own
  })
  const items = new Array<unknown>(inputs.length)
  const call = fn as (...items: unknown[]) => number
  eachPlace(shape, (place, number) => {
    for (let k = 0; k < inputs.length; k++) {
      let at = 0
      for (let axis = 0; axis < place.length; axis++) at += place[axis]! * steps[k]![axis]!
      items[k] = elementOf(inputs[k]!.dtype, inputs[k]!.data, at)
    }
    const value = call(...items)
    const type = dtype === 'bool' ? 'boolean' : isWide(dtype) ? 'bigint' : isComplex(dtype) ? 'object' : 'number'
    if (typeof value !== type)
      throw new BlockError(
        `${where}, element [${place.join(', ')}]: the function gave ${describe(value)}, but elements of ${dtype} were declared`,
      )
    put(result, number, value, where)
  })
  return result
}

function stretchedShape(a: readonly number[], b: readonly number[]): number[] {
  const n = Math.max(a.length, b.length)
  return Array.from({ length: n }, (_, axis) => {
    const [x, y] = [a[axis - n + a.length] ?? 1, b[axis - n + b.length] ?? 1]
    return x === 1 ? y : x
  })
}

/** A block that a function of the user makes. */
export function callForPlace(
  block: NewBlock,
  { fn, dtype }: { readonly fn: (block: NewBlock) => unknown; readonly dtype: DType },
): unknown {
  const where = `fromFunction, block at [${block.offset.join(', ')}]`
  const value = fn(block)
  if (types.isPromise(value)) return value.then((v) => checked(v as BlockResult, dtype, block.shape, where))
  return checked(value as BlockResult, dtype, block.shape, where)
}

/** A value of the user as a chunk of a type and shape. */
export function valueToChunk(
  value: unknown,
  { dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] },
  { key }: { readonly key: string },
): Chunk {
  return checked(value as BlockResult, dtype, shape, `fromDelayed, chunk ${key}`)
}
