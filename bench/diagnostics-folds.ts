import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { EventKind, EventLog } from '../src/events/index.js'
import { Journal } from '../src/history/journal.js'
import { HistoryRecorder } from '../src/history/recorder.js'
import { TaskRows } from '../src/history/task-rows.js'
import { AccountingFold, Digester, encodeDigest } from '../src/model/index.js'
import { type Spread, spreadOf } from './statistics.js'

/** What looking on costs, alone: nanoseconds of processor time a task. */
export interface FoldCosts {
  /** accounts and history, which are always there: all threads of the process, with the writing of journals */
  readonly always: Spread
  /** of that, writing journals, which other threads do */
  readonly writes: Spread
  /** what a page adds to that */
  readonly page: Spread
}

const WORKERS = 8
/** Tasks in one graph. */
const GRAPH = 50_000
/** Tasks that a worker is sent together, and of whose ends a scheduler hears together, when they are as short as can be. */
const TOGETHER = 500
const TASKS_PER_SECOND = 100_000
/** Rounds after which engines have compiled what there is to compile. */
const WARM_UP = 10

/** Graphs, told to a log with nobody listening, to one with accounts and history, and to one with what a page has, too, in turn. */
export async function foldCosts(rounds: number): Promise<FoldCosts> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-history-'))
  const [bare, kept, shown] = [new EventLog(), new EventLog(), new EventLog()]
  const recorders = [recordTo(folder, kept, new AccountingFold())]
  const accounting = new AccountingFold()
  recorders.push(recordTo(folder, shown, accounting))
  accounting.watch(new Digester({ emit: encodeDigest }))
  const runs = [new Told(bare), new Told(kept), new Told(shown)] as const
  const always: number[] = []
  const page: number[] = []
  const writes: number[] = []
  try {
    for (let r = 0; r < rounds + WARM_UP; r++) {
      const costs = [0, 0, 0]
      for (const k of [0, 1, 2]) costs[(k + r) % 3] = await costOf(() => runs[(k + r) % 3]!.tell(GRAPH), GRAPH)
      const ofWrites = await costOfWrites(folder, r)
      if (r < WARM_UP) continue
      always.push(costs[1]! - costs[0]!)
      page.push(costs[2]! - costs[1]!)
      writes.push(ofWrites)
    }
    for (const recorder of recorders) await recorder.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { always: spreadOf(always), page: spreadOf(page), writes: spreadOf(writes) }
}

/** Bytes of the file of a run of so many tasks. */
export async function historyBytes(tasks: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-history-'))
  try {
    const log = new EventLog()
    const recorder = recordTo(folder, log, new AccountingFold())
    const told = new Told(log)
    for (let left = tasks; left > 0; left -= GRAPH) await told.tell(Math.min(GRAPH, left))
    // A process of its own makes the file.
    await recorder.close()
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.parquet'))
    return statSync(join(folder, file!)).size
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function recordTo(folder: string, log: EventLog, accounting: AccountingFold): HistoryRecorder {
  log.listen(accounting.listener)
  return HistoryRecorder.start({
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
  })!
}

/** Nanoseconds of processor time a task, of all threads of this process, until nothing is being written any more. */
async function costOf(work: () => Promise<void>, tasks: number): Promise<number> {
  const before = process.cpuUsage()
  await work()
  // Other threads write; looking for the end of it all the time would cost more than that.
  while (process.getActiveResourcesInfo().includes('FSReqPromise')) await delay(1)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / tasks
}

/** Nanoseconds of processor time a task that is put into a journal, once that is open: a run has one. */
async function costOfWrites(folder: string, round: number): Promise<number> {
  const rows = new TaskRows(1 << 15)
  rows.begin(1, 0, 0, 0, 0)
  rows.add(rows.room, 1)
  const block = rows.block(rows.room)
  const blocks = 16
  const journal = new Journal(folder, `writes-${round}`, (error) => {
    throw error
  })
  const write = (): Promise<void> => new Promise((done) => journal.tasks(block, done))
  await write()
  const cost = await costOf(async () => {
    for (let b = 0; b < blocks; b++) await write()
  }, blocks * rows.room)
  await journal.discard()
  return cost
}

/** A log that is told of graphs, one after the other. */
class Told {
  readonly #log: EventLog
  #graph = 0
  #time = Date.now() / 1000

  constructor(log: EventLog) {
    this.#log = log
    log.recordDetail(EventKind.clientJoined, this.#time, -1, -1, 1, { name: 'bench' })
    for (let w = 0; w < WORKERS; w++)
      log.recordDetail(EventKind.workerJoined, this.#time, -1, w, 0, { name: `worker-${w}`, host: 'node', threads: 4 })
  }

  async tell(size: number): Promise<void> {
    const log = this.#log
    const graph = ++this.#graph
    log.recordDetail(EventKind.graphSubmitted, this.#time, graph, -1, size, { labels: ['inc'], sizes: [size], client: 1 })
    for (let task = 0; task < size; task += TOGETHER) {
      play(log, graph, task, Math.min(size, task + TOGETHER), (this.#time += TOGETHER / TASKS_PER_SECOND))
      // So that what is written is written.
      if (task % (GRAPH / 2) === 0) await turn()
    }
    for (let task = 0; task < size; task++) log.record(EventKind.taskReleased, this.#time, graph, task, 0, 0, 8 + random(task))
    log.record(EventKind.graphForgotten, this.#time, graph, -1, -1, -1, 0)
    log.flush()
  }
}

/** Some number below 100,000, and hardly ever that of the task before or much like it: it does not compress well. */
function random(task: number): number {
  const mixed = Math.imul(task ^ (task >>> 15), 0x2c1b3c6d)
  return (Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39) >>> 4) % 100_000
}

/** Short tasks that are sent to a worker, and end there, in the order in which schedulers tell of it. */
function play(log: EventLog, graph: number, from: number, to: number, time: number): void {
  const worker = Math.floor(from / TOGETHER) % WORKERS
  for (let task = from; task < to; task++) log.record(EventKind.taskSent, time, graph, task, 0, worker, 0)
  log.flush()
  for (let task = from; task < to; task++) {
    log.record(EventKind.taskFinished, time, graph, task, 0, worker, 1e-4 + random(task) * 1e-9)
    log.record(EventKind.taskStored, time, graph, task, 0, worker, 8 + random(task))
  }
  log.flush()
}
