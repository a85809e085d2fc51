import type { DType } from '../../kernels/index.js'
import type { ArrayExpression } from '../array-expression.js'
import { type Chunks } from '../chunks.js'
import { stretchedTasks } from '../elementwise.js'
import { Wired, eachChunk } from '../wired.js'
import { type DrawShared, type Drawing, type Origin, drawChunk } from './draw.js'

/** An array of random numbers; `parameters` are arrays cut to be stretched to the chunks. */
export function randomSource(
  label: string,
  origin: Origin,
  drawing: Drawing,
  dtype: DType,
  chunks: Chunks,
  parameters: readonly ArrayExpression[] = [],
): ArrayExpression {
  return new Wired({
    label,
    inputs: parameters,
    dtype,
    chunks,
    // Two calls of one generator have different keys; the same call is the same numbers.
    identity: (context) => context.hash([origin, drawing, dtype, chunks]),
    lower: (context, inputs) => {
      const layer = context.layer({ run: drawChunk as never, shared: { ...origin, drawing, dtype } satisfies DrawShared })
      const before = stretchedTasks(parameters, chunks, inputs)
      const tasks: number[] = []
      eachChunk(chunks, (number, place, shape) => tasks.push(layer.task(before(place, number), [number, ...shape])))
      return tasks
    },
  })
}
