import { ArgumentError } from '../base/index.js'
import { type DType, itemSize } from './dtype.js'

/** An n-dimensional array in the memory that kernels run on. */
export interface Block {
  /** where its first element is */
  readonly address: number
  readonly dtype: DType
  readonly shape: readonly number[]
  /** bytes from one element to the next along each axis: 0 and negative ones are allowed */
  readonly strides: readonly number[]
}

/** The strides, in bytes, of an array whose elements lie side by side, the last axis closest. */
export function contiguousStrides(shape: readonly number[], dtype: DType): number[] {
  const strides = new Array<number>(shape.length)
  let bytes = itemSize(dtype)
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = bytes
    bytes *= shape[i]!
  }
  return strides
}

/** An array whose elements lie side by side from an address on. */
export function contiguousBlock(address: number, dtype: DType, shape: readonly number[]): Block {
  return { address, dtype, shape, strides: contiguousStrides(shape, dtype) }
}

/**
 * The shape that several shapes are stretched to: axes are matched from the last; an axis of length 1 fits any.
 *
 * @throws ArgumentError naming the axis and all the shapes when they do not fit
 * @example broadcastShapes([3, 1], [4]) // [3, 4]
 */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] {
  const result = new Array<number>(Math.max(0, ...shapes.map((s) => s.length))).fill(1)
  for (const shape of shapes) {
    for (const [i, length] of shape.entries()) {
      const axis = result.length - shape.length + i
      if (length === 1 || length === result[axis]) continue
      if (result[axis] !== 1) {
        const all = shapes.map((s) => `[${s.join(', ')}]`).join(' and ')
        throw new ArgumentError(
          `the shapes ${all} do not fit together: axis ${axis - result.length} is ${result[axis]} in one and ${length} in another`,
        )
      }
      result[axis] = length
    }
  }
  return result
}

/** The array as one of this shape, with stride 0 along the axes that it is stretched along. */
export function broadcastTo(block: Block, shape: readonly number[]): Block {
  const missing = shape.length - block.shape.length
  const fits = missing >= 0 && block.shape.every((n, i) => n === 1 || n === shape[missing + i])
  if (!fits)
    throw new ArgumentError(`an array of the shape [${block.shape.join(', ')}] cannot be stretched to [${shape.join(', ')}]`)
  return {
    ...block,
    shape,
    strides: shape.map((_, i) => (i < missing || block.shape[i - missing] === 1 ? 0 : block.strides[i - missing]!)),
  }
}
