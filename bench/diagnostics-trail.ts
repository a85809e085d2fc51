import { TaskTrail } from '../src/cluster/worker/task-trail.js'
import type { WorkerLayer } from '../src/cluster/worker/worker-layers.js'

const TASKS = 40_000
/** Tasks that a worker has at one time. */
const AT_ONCE = 100

// What a worker has, it has from its beginning: the memory is one that is full already.
const layer = { id: 1, known: { label: 'inc', span: [], keyOf: String } } as unknown as WorkerLayer
const memory = new TaskTrail(50_000, new Array<WorkerLayer>(AT_ONCE).fill(layer))
const inputs = new Int32Array(0)

/** Microseconds of processor time a task that a worker is told of, and runs, and remembers, as soon as it has compiled that. */
export async function costOfTrail(): Promise<number> {
  for (let first = 0; first < TASKS; first += AT_ONCE) await remember(first)
  const before = process.cpuUsage()
  for (let first = 0; first < TASKS; first += AT_ONCE) await remember(first)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / TASKS
}

/** A promise, for the next tick has another time. */
async function remember(first: number): Promise<void> {
  for (let slot = 0; slot < AT_ONCE; slot++) memory.received(slot, 1, first + slot, layer, first + slot, inputs, 0, 0)
  for (let slot = 0; slot < AT_ONCE; slot++) memory.given(slot)
  for (let slot = 0; slot < AT_ONCE; slot++) memory.finished(slot, 1, 1e-4, false)
}
