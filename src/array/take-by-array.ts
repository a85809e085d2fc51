import { ArrayExpression } from './array-expression.js'
import { ChunkTasks, type ChunkRef, numberOf } from './chunk-tasks.js'
import { gridOf, needKnown } from './chunks.js'
import { compressed } from './masked-elements.js'
import { takePlaces } from './operations.js'

/** The places along an axis that an array of numbers names, or a mask. */
export function takeByArray(e: ArrayExpression, by: ArrayExpression, axis: number): ArrayExpression {
  if (by.dtype === 'bool') return compressed(e, by, axis)
  needKnown('slice', e.chunks)
  const grid = gridOf(e.chunks)
  const lengths = e.chunks[axis]!
  return new ChunkTasks('take', [e, by], {
    run: takePlaces as never,
    shared: { axis, lengths },
    dtype: e.dtype,
    chunks: e.chunks.map((own, a) => (a === axis ? by.chunks[0]! : own)),
    needs: (place) => {
      const of: ChunkRef[] = [[1, place[axis]!]]
      for (let i = 0; i < lengths.length; i++)
        of.push([
          0,
          numberOf(
            place.map((p, a) => (a === axis ? i : p)),
            grid,
          ),
        ])
      return { of }
    },
    token: '',
  })
}
