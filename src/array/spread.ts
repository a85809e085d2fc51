import { type Chunk, type Numbers, newNumbers, partsOf, sizeOf } from './chunk.js'

/** The numbers of a chunk stretched to a shape, side by side; the chunk's own memory where it has that shape already. */
export function spread(chunk: Chunk, shape: readonly number[]): Numbers {
  const total = sizeOf(shape)
  const width = partsOf(chunk.dtype)
  if (chunk.data.length === total * width) return chunk.data
  const result = newNumbers(chunk.dtype, total)
  const missing = shape.length - chunk.shape.length
  const steps = new Array<number>(shape.length).fill(0)
  let step = width
  for (let axis = shape.length - 1; axis >= missing; axis--) {
    if (chunk.shape[axis - missing] !== 1) steps[axis] = step
    step *= chunk.shape[axis - missing]!
  }
  copyStrided(chunk.data, 0, steps, shape, width, result)
  return result
}

/** Writes elements that lie at these strides (in numbers) side by side. */
export function copyStrided(
  from: Numbers,
  offset: number,
  steps: readonly number[],
  shape: readonly number[],
  width: number,
  to: Numbers,
): void {
  const last = shape.length - 1
  if (shape.includes(0)) return
  let at = 0
  const source = from as Float64Array
  const target = to as Float64Array
  const walk = (axis: number, start: number): void => {
    if (last < 0) {
      for (let p = 0; p < width; p++) target[at++] = source[start + p]!
      return
    }
    const n = shape[axis]!
    const step = steps[axis]!
    if (axis < last) {
      for (let i = 0; i < n; i++) walk(axis + 1, start + i * step)
      return
    }
    if (step === width) {
      target.set(source.subarray(start, start + n * width), at)
      at += n * width
    } else for (let i = 0; i < n; i++) for (let p = 0; p < width; p++) target[at++] = source[start + i * step + p]!
  }
  walk(0, offset)
}
