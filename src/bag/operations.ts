import { lazily } from '../base/index.js'
import type { TaskContext } from '../graph/index.js'
import { movers } from '../shuffle/index.js'
import { lazyOperation } from '../transfer/index.js'
import type { Pipeline } from './pipeline.js'
import type { Merging } from './reduction.js'

// What tasks run is loaded where they run: who only makes bags does not pay for it.
const pipelines = lazily(() => import('./pipeline.js'))
const reducers = lazily(() => import('./reducers.js'))

/** Runs as a task: what is done with one partition. See pipeline.ts. */
export const runPipeline = lazyOperation(
  import.meta.url,
  'runPipeline',
  pipelines,
  (code, inputs: readonly unknown[], own: unknown, shared: Pipeline, context: TaskContext): unknown => {
    // Few pipelines end in a shuffle, and those wait for it anyway.
    const loading = shared.sink.kind === 'scatter' ? movers.load() : undefined
    const run = () => code.run(inputs, own, shared, context)
    return loading ? loading.then(run) : run()
  },
)

/** Runs as a task: the seal of a shuffle. See shuffle/. */
export const sealShuffle = lazyOperation(
  import.meta.url,
  'sealShuffle',
  movers,
  (code, inputs: readonly unknown[], _own: unknown, outputs: number, context: TaskContext): Promise<unknown> =>
    code.seal(inputs as never, outputs, context),
)

/** Runs as a task: merges parts of a reduction. `place`: see `Reducer.merge` in reducers.ts. */
export const mergeParts = lazyOperation(
  import.meta.url,
  'mergeParts',
  reducers,
  (code, parts: readonly unknown[], place: number, shared: Merging): unknown => code.merge(parts, place, shared),
)
