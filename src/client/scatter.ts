import { randomBytes } from 'node:crypto'
import { asError } from '../base/index.js'
import type { PutKey } from '../protocol/index.js'
import { encode } from '../transfer/index.js'
import type { ClientCore } from './core.js'
import { ResultUnreachable } from './errors.js'
import { Future } from './future.js'

export interface ScatterOptions {
  /** whether all workers get a copy; false unless told */
  readonly broadcast?: boolean
  /** names or hosts of the workers that may get it; any unless told */
  readonly workers?: readonly string[] | undefined
  /** what people know it by, as in keys; 'scatter' unless told */
  readonly label?: string | undefined
}

/** Tries of putting a value on a worker that leaves meanwhile. */
const MOST_TRIES = 5

let last = 0

/** Puts a value on a worker. What uses the future is sent to the scheduler when it is there. */
export function scatter<T>(
  core: ClientCore,
  value: T,
  { broadcast = false, workers, label = 'scatter' }: ScatterOptions,
): Future<T> {
  core.check()
  const bytes = encode(value, { subject: 'the value to be scattered' })
  const name = core.graphs.nextName()
  core.graphs.add(name, Int32Array.of(0))
  const layer = `${label}-${core.name}-${++last}`
  const placing = place(core, bytes, workers, (worker, key) =>
    core.ask('scatter', { graph: name, layer, label, worker, key, bytes: bytes.byteLength, broadcast }),
  )
  core.submitter.defer(
    name,
    placing.then(
      () => undefined,
      (error: unknown) => asError(error),
    ),
  )
  return new Future<T>(core, undefined, core.handle(name, 0, `${layer}:0`))
}

/** Puts the bytes on a worker and tells the scheduler, which says false if the worker has left. */
async function place(
  core: ClientCore,
  bytes: Uint8Array,
  workers: readonly string[] | undefined,
  register: (worker: string, key: PutKey) => Promise<unknown>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { workersVersion } = core
    const chosen = (await core.ask('placeData', { bytes: bytes.byteLength, workers })) as string | undefined
    if (chosen === undefined) {
      await core.workersChange(workersVersion, undefined)
      tries--
      continue
    }
    // Nobody else has such a key.
    const random = randomBytes(12)
    const key: PutKey = [random.readInt32LE(0), random.readInt32LE(4), random.readInt32LE(8)]
    try {
      await core.waitingFor(() => core.peers.put(chosen, key, bytes))
    } catch (error) {
      if (tries >= MOST_TRIES || core.ended) throw error
      continue
    }
    if ((await register(chosen, key)) === true) return
    if (tries >= MOST_TRIES) throw new ResultUnreachable(`the workers that a value was put on have left, ${tries} times in turn`)
  }
}
