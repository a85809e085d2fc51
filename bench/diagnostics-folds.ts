import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { EventKind, EventLog } from '../src/events/index.js'
import { HistoryRecorder } from '../src/history/recorder.js'
import { AccountingFold, Digester, encodeDigest } from '../src/model/index.js'
import { median } from './statistics.js'

/** What looking on costs, alone. */
export interface FoldCosts {
  readonly tasks: number
  /** nanoseconds of processor time a task: accounts and history, which are always there */
  readonly always: number
  /** what a page adds to that */
  readonly page: number
  /** of the history of so many tasks */
  readonly fileBytes: number
}

const WORKERS = 8
/** Tasks of which a scheduler hears together. */
const TOGETHER = 500
const TASKS_PER_SECOND = 100_000

/** Runs of so many tasks, told to a log: with nobody listening, with accounts and history, with what a page has. */
export async function foldCosts(tasks: number, rounds: number): Promise<FoldCosts> {
  const bare: number[] = []
  const kept: number[] = []
  const shown: number[] = []
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-history-'))
  let fileBytes = 0
  try {
    for (let r = 0; r < rounds; r++) {
      bare.push(await costOf(new EventLog(), tasks))
      kept.push(await withHistory(tasks, folder))
      const log = new EventLog()
      log.listen(new Digester({ emit: encodeDigest }).listener)
      shown.push(await costOf(log, tasks))
    }
    const files = readdirSync(folder).filter((name) => name.endsWith('.parquet'))
    fileBytes = median(files.map((name) => statSync(join(folder, name)).size))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { tasks, always: median(kept) - median(bare), page: median(shown) - median(bare), fileBytes }
}

async function withHistory(tasks: number, folder: string): Promise<number> {
  const log = new EventLog()
  const accounting = new AccountingFold()
  log.listen(accounting.listener)
  const recorder = await HistoryRecorder.start({
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

/** Nanoseconds of processor time a task, with all that listeners do. */
async function costOf(log: EventLog, tasks: number): Promise<number> {
  const used = (): number => {
    const { user, system } = process.cpuUsage()
    return user + system
  }
  const began = Date.now() / 1000
  const before = used()
  log.recordDetail(EventKind.clientJoined, began, -1, -1, 1, { name: 'bench' })
  for (let w = 0; w < WORKERS; w++)
    log.recordDetail(EventKind.workerJoined, began, -1, w, 0, { name: `worker-${w}`, host: 'node', threads: 4 })
  log.recordDetail(EventKind.graphSubmitted, began, 1, -1, tasks, { labels: ['inc'], sizes: [tasks], client: 1 })
  for (let first = 0; first < tasks; first += TOGETHER) {
    for (let t = first; t < Math.min(tasks, first + TOGETHER); t++) play(log, t, began + t / TASKS_PER_SECOND)
    log.flush()
    // So that what is written is written.
    if (first % 50_000 === 0) await turn()
  }
  return ((used() - before) * 1000) / tasks
}

/** The life of a short task whose result is fetched and let go. */
function play(log: EventLog, task: number, time: number): void {
  const worker = Math.floor(task / 100) % WORKERS
  // Not what compresses well.
  const random = (Math.imul(task, 0x9e3779b1) >>> 0) % 100_000
  log.record(EventKind.taskReady, time, 1, task, 0, -1, 0)
  log.record(EventKind.taskSent, time, 1, task, 0, worker, 0)
  log.record(EventKind.taskFinished, time, 1, task, 0, worker, 1e-4 + random * 1e-9)
  log.record(EventKind.taskStored, time, 1, task, 0, worker, 8 + random)
  log.record(EventKind.taskReleased, time, 1, task, 0, worker, 8 + random)
}
