import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { TaskTrail } from '../src/cluster/worker/task-trail.js'
import type { WorkerLayer } from '../src/cluster/worker/worker-layers.js'
import { EventKind, EventLog } from '../src/events/index.js'
import { HistoryRecorder } from '../src/history/recorder.js'
import { AccountingFold, Digester, encodeDigest } from '../src/model/index.js'
import { median } from './statistics.js'

/** What looking on costs, alone. */
export interface FoldCosts {
  readonly tasks: number
  /** nanoseconds of processor time a task: accounts and history, which are always there */
  readonly always: number
  /** what a worker remembers of the tasks that it ran */
  readonly trail: number
  /** what a page adds to that */
  readonly page: number
  /** of the history of so many tasks */
  readonly fileBytes: number
}

const WORKERS = 8
/** Tasks in one graph, as in the clusters that are measured. */
const GRAPH = 100_000
/** Tasks that a worker is sent together, and of whose ends a scheduler hears together, when they are as short as can be. */
const TOGETHER = 500
const TASKS_PER_SECOND = 100_000
/** Tasks that a worker has at one time. */
const TASKS_AT_ONCE = 100

/** Runs of so many tasks, told to a log: with nobody listening, with accounts and history, with what a page has. */
export async function foldCosts(tasks: number, rounds: number): Promise<FoldCosts> {
  const bare: number[] = []
  const kept: number[] = []
  const shown: number[] = []
  const remembered: number[] = []
  const forgotten: number[] = []
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-history-'))
  let fileBytes = 0
  try {
    for (let r = 0; r < rounds; r++) {
      bare.push(await costOf(new EventLog(), tasks))
      kept.push(await withHistory(tasks, folder))
      const log = new EventLog()
      log.listen(new Digester({ emit: encodeDigest }).listener)
      shown.push(await costOf(log, tasks))
      remembered.push(await costOfTrail(tasks, 10_000))
      forgotten.push(await costOfTrail(tasks, 0))
    }
    const files = readdirSync(folder).filter((name) => name.endsWith('.parquet'))
    fileBytes = median(files.map((name) => statSync(join(folder, name)).size))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  // What else a machine does only adds to it.
  const more = (costs: readonly number[], than: readonly number[]): number => Math.min(...costs) - Math.min(...than)
  return { tasks, always: more(kept, bare), trail: more(remembered, forgotten), page: more(shown, bare), fileBytes }
}

async function withHistory(tasks: number, folder: string): Promise<number> {
  const log = new EventLog()
  const accounting = new AccountingFold()
  log.listen(accounting.listener)
  const recorder = HistoryRecorder.start({
    log,
    accounting,
    clock: { now: () => Date.now() / 1000 },
    scheduler: 'bench',
    folder,
    tasks: true,
    keepFor: 0,
    maximumBytes: 0,
    lastWait: 120_000,
    warn: (message) => {
      throw new Error(message)
    },
  })
  const cost = await costOf(log, tasks)
  // A process of its own makes the file: of that nothing is counted.
  await recorder!.close()
  return cost
}

/** Microseconds of processor time that this process has had. */
function used(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Nanoseconds of processor time a task that a worker is told of, and runs, with as many that it remembers. */
async function costOfTrail(tasks: number, capacity: number): Promise<number> {
  const trail = new TaskTrail(capacity)
  const layer = { known: { label: 'inc', span: [], keyOf: String } } as unknown as WorkerLayer
  const inputs = new Int32Array(0)
  const before = used()
  for (let first = 0; first < tasks; first += TASKS_AT_ONCE) {
    for (let slot = 0; slot < TASKS_AT_ONCE; slot++) trail.received(slot, 1, first + slot, layer, first + slot, inputs, 0, 0)
    for (let slot = 0; slot < TASKS_AT_ONCE; slot++) trail.given(slot)
    for (let slot = 0; slot < TASKS_AT_ONCE; slot++) trail.finished(slot, 1, 1e-4, false)
    // The next tick has another time.
    await Promise.resolve()
  }
  return ((used() - before) * 1000) / tasks
}

/** Nanoseconds of processor time a task, with all that listeners do. */
async function costOf(log: EventLog, tasks: number): Promise<number> {
  const began = Date.now() / 1000
  const before = used()
  log.recordDetail(EventKind.clientJoined, began, -1, -1, 1, { name: 'bench' })
  for (let w = 0; w < WORKERS; w++)
    log.recordDetail(EventKind.workerJoined, began, -1, w, 0, { name: `worker-${w}`, host: 'node', threads: 4 })
  for (let first = 0, graph = 1; first < tasks; first += GRAPH, graph++) {
    const size = Math.min(GRAPH, tasks - first)
    log.recordDetail(EventKind.graphSubmitted, began, graph, -1, size, { labels: ['inc'], sizes: [size], client: 1 })
    for (let task = 0; task < size; task++) log.record(EventKind.taskReady, began, graph, task, 0, -1, 0)
    for (let task = 0; task < size; task += TOGETHER) {
      play(log, graph, task, Math.min(size, task + TOGETHER), began + (first + task) / TASKS_PER_SECOND)
      log.flush()
      // So that what is written is written.
      if (task % (GRAPH / 2) === 0) await turn()
    }
    log.record(EventKind.graphForgotten, began, graph, -1, -1, -1, 0)
  }
  log.flush()
  return ((used() - before) * 1000) / tasks
}

/** Some number below 100,000, and hardly ever that of the task before or much like it: it does not compress well. */
function random(task: number): number {
  const mixed = Math.imul(task ^ (task >>> 15), 0x2c1b3c6d)
  return (Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39) >>> 4) % 100_000
}

/** The life of short tasks, in the order in which schedulers tell of it, whose results are fetched and let go. */
function play(log: EventLog, graph: number, from: number, to: number, time: number): void {
  const worker = Math.floor(from / TOGETHER) % WORKERS
  for (let task = from; task < to; task++) log.record(EventKind.taskSent, time, graph, task, 0, worker, 0)
  for (let task = from; task < to; task++) {
    log.record(EventKind.taskFinished, time, graph, task, 0, worker, 1e-4 + random(task) * 1e-9)
    log.record(EventKind.taskStored, time, graph, task, 0, worker, 8 + random(task))
  }
  for (let task = from; task < to; task++) log.record(EventKind.taskReleased, time, graph, task, 0, worker, 8 + random(task))
}
