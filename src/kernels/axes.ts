import type { Block } from './layout.js'

/** An axis of several arrays that are walked through together. */
export interface Axis {
  readonly length: number
  /** of each array, in bytes */
  readonly strides: readonly number[]
}

/** The axes of arrays of one shape that are longer than 1. */
export function axesOf(shape: readonly number[], blocks: readonly Pick<Block, 'strides'>[]): Axis[] {
  return shape.map((length, i) => ({ length, strides: blocks.map((b) => b.strides[i]!) })).filter((a) => a.length !== 1)
}

/** With axes that lie in each other in all arrays made one; the order of the axes is the order of the walk. */
export function coalesced(axes: readonly Axis[]): Axis[] {
  const result: Axis[] = []
  for (const axis of axes) {
    const outer = result.at(-1)
    if (outer?.strides.every((s, i) => s === axis.strides[i]! * axis.length)) {
      result[result.length - 1] = { length: outer.length * axis.length, strides: axis.strides }
    } else result.push(axis)
  }
  return result
}

/** Axes by the size of their steps, the widest first: the first array says which is wider, then the second, and so on. */
export function widestFirst(axes: readonly Axis[]): Axis[] {
  return [...axes].sort((a, b) => {
    for (const [i, stride] of a.strides.entries()) {
      const difference = Math.abs(b.strides[i]!) - Math.abs(stride)
      if (difference !== 0) return difference
    }
    return 0
  })
}

/** The sum of the steps along an axis, by which one tells the axis that memory is read fastest along. */
export const stepOf = (axis: Axis): number => axis.strides.reduce((sum, s) => sum + Math.abs(s), 0)

/** Calls `visit` with the address of each array at each place of the axes. */
export function walk(axes: readonly Axis[], addresses: readonly number[], visit: (addresses: readonly number[]) => void): void {
  const [axis, ...inner] = axes
  if (!axis) return visit(addresses)
  for (let i = 0; i < axis.length; i++) {
    walk(
      inner,
      addresses.map((a, k) => a + i * axis.strides[k]!),
      visit,
    )
  }
}
