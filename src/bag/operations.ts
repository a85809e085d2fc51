import { loadNow } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { movers } from '../shuffle/index.js'
import { operation } from '../transfer/index.js'
import type { Pipeline } from './pipeline.js'
import type { Merging } from './reduction.js'

// What tasks run is loaded where they run: who only makes bags does not pay for it.
let pipelines: typeof import('./pipeline.js') | undefined
let reducers: typeof import('./reducers.js') | undefined

/** Runs as a task: what is done with one partition. See pipeline.ts. */
export const runPipeline = operation(
  import.meta.url,
  'runPipeline',
  (inputs: readonly unknown[], own: unknown, shared: Pipeline, context: TaskContext): unknown => {
    pipelines ??= loadNow(import.meta.url, './pipeline.js') as typeof import('./pipeline.js')
    return pipelines.run(inputs, own, shared, context)
  },
)

/** Runs as a task: the seal of a shuffle. See shuffle/. */
export const sealShuffle = operation(
  import.meta.url,
  'sealShuffle',
  (inputs: readonly unknown[], _own: unknown, outputs: number, context: TaskContext): Promise<unknown> => {
    return movers().seal(inputs as never, outputs, context)
  },
)

/** Runs as a task: merges parts of a reduction. `place`: see `Reducer.merge` in reducers.ts. */
export const mergeParts = operation(
  import.meta.url,
  'mergeParts',
  (parts: readonly unknown[], place: number, shared: Merging): unknown => {
    reducers ??= loadNow(import.meta.url, './reducers.js') as typeof import('./reducers.js')
    return reducers.merge(parts, place, shared)
  },
)
