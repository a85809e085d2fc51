import { Worker } from 'node:worker_threads'
import { config } from '../config/index.js'

/**
 * MiB of a thread's newest objects, of which a third may have to be kept at once. Node has 16 MiB left for that when a thread is
 * out of memory and is to end: with V8's own 48, one in five ended the whole process instead, on a busy machine.
 */
const YOUNG = 24

/** What a task computes in a lane shows in the bar of the program that started it, if anywhere. */
export const laneEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, HEDDLE_PROGRESS__SHOW: 'false' })

/** Bytes of heap that a lane may use; undefined: Node's own limit. */
export function heapOfLane(): number | undefined {
  const limit = config.get('threadPool.memoryLimit')
  return limit === 'auto' ? undefined : limit
}

let first: Worker | undefined

/**
 * Starts the thread that the next lane will be. It takes as long to start as the main thread to load what gives it work, so that
 * is done at the same time.
 */
export function startFirstThread(): void {
  first ??= newThread(1)
}

/** The thread of a lane, to which its `LaneStart` is to be posted. It does not keep the process alive. */
export function threadOfLane(id: number): Worker {
  const thread = first ?? newThread(id)
  first = undefined
  return thread
}

function newThread(id: number): Worker {
  const heap = heapOfLane()
  const thread = new Worker(new URL('./thread-entry.js', import.meta.url), {
    resourceLimits: {
      maxYoungGenerationSizeMb: YOUNG,
      ...(heap === undefined ? {} : { maxOldGenerationSizeMb: Math.ceil(heap / 2 ** 20) }),
    },
    env: laneEnvironment(),
    name: `heddle thread ${id}`,
  })
  thread.unref()
  return thread
}
