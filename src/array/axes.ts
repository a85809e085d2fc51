import { ArgumentError } from '../base/index.js'
import { describe } from '../base/index.js'
import { ArrayIndexError } from './errors.js'

/** One axis or several; negative ones count from the end. */
export type AxisSpec = number | readonly number[]

/**
 * An axis counted from the front.
 *
 * @throws ArrayIndexError when the array has no such axis
 */
export function axisOf(operation: string, axis: number, dimensions: number): number {
  if (!Number.isInteger(axis)) throw new ArgumentError(`${operation}: an axis is a whole number, not ${describe(axis)}`)
  const result = axis < 0 ? axis + dimensions : axis
  if (result < 0 || result >= dimensions)
    throw new ArrayIndexError(
      `${operation}: there is no axis ${axis} in an array of ${dimensions} ${dimensions === 1 ? 'dimension' : 'dimensions'}`,
    )
  return result
}

/** Axes counted from the front, ascending; all of them where none are named. */
export function axesOf(operation: string, axis: AxisSpec | undefined, dimensions: number): number[] {
  if (axis === undefined) return Array.from({ length: dimensions }, (_, i) => i)
  const axes = (typeof axis === 'number' ? [axis] : [...axis]).map((a) => axisOf(operation, a, dimensions))
  if (new Set(axes).size < axes.length) throw new ArgumentError(`${operation}: an axis was named twice in [${axes.join(', ')}]`)
  return axes.sort((a, b) => a - b)
}
