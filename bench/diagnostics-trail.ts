import { TaskColumns } from '../src/cluster/worker/task-columns.js'
import { TaskTrail } from '../src/cluster/worker/task-trail.js'
import { WorkerLayer } from '../src/cluster/worker/worker-layers.js'
import { END_LENGTH, EndKind } from '../src/lanes/index.js'
import { Worker } from '../src/worker/index.js'

const TASKS = 40_000
/** Tasks that come together, and end together: in the cluster that is measured one or the other happens once for so many. */
const AT_ONCE = 200

const inputs = new Int32Array(0)
const layer = new WorkerLayer(
  { id: 1, name: 'inc-1', label: 'inc', captures: 0, bytes: new Uint8Array(0), annotations: undefined },
  false,
)
const machine = new Worker()
const columns = new TaskColumns()
for (let task = 0; task < AT_ONCE; task++) {
  machine.compute(1, task, 1, 0, task, inputs, 0, 0)
  columns.set(machine.slotOf(1, task), layer, task, 0, undefined, undefined)
}
/** What the thread says of them. */
const ends = new Float64Array(AT_ONCE * END_LENGTH)
for (let slot = 0; slot < AT_ONCE; slot++) ends.set([slot, EndKind.number, 1e-4], slot * END_LENGTH)
// What a worker has, it has from its beginning: the memory is one that is full already.
const memory = new TaskTrail(50_000, machine, columns)

/** Microseconds of processor time a task that a worker is told of, and runs, and remembers, as soon as it has compiled that. */
export async function costOfTrail(): Promise<number> {
  await costOf(remember)
  await costOf(nothing)
  // What waiting for the next tick costs is nobody's but the measurement's.
  return (await costOf(remember)) - (await costOf(nothing))
}

/** Microseconds of processor time a task. */
async function costOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  for (let first = 0; first < TASKS; first += AT_ONCE) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / TASKS
}

/** A promise, for the next tick has another time. */
async function remember(): Promise<void> {
  memory.tick()
  for (let slot = 0; slot < AT_ONCE; slot++) memory.received(slot, inputs, 0, 0)
  for (let slot = 0; slot < AT_ONCE; slot++) memory.given(slot)
  memory.ended(ends, 1)
}

async function nothing(): Promise<void> {}
