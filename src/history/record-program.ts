import { hostname } from 'node:os'
import { systemClock } from '../base/index.js'
import { Client, aboutProgram } from '../client/index.js'
import { config } from '../config/index.js'
import { EventKind, type EventLog } from '../events/index.js'
import type { RunStart } from '../executor/index.js'
import { AccountingFold } from '../model/index.js'
import { historyFolder } from './place.js'
import { HistoryRecorder } from './recorder.js'

/** The number of the program among the clients of its own executors. */
const THIS_PROGRAM = 0

/** By log of an executor, who writes down what it runs; undefined: the folder cannot be written. */
const recorders = new Map<EventLog, HistoryRecorder | undefined>()

/** See the folder's face. */
export function recordRun({ executor }: RunStart): void {
  // The scheduler of a cluster writes that down itself.
  if (executor instanceof Client || recorders.has(executor.log)) return
  const { log, name, concurrency } = executor
  const { tasks, keepFor, maximumBytes } = config.get('history')
  const accounting = new AccountingFold()
  accounting.listener(log, log.oldest, log.length)
  const stopAccounting = log.listen(accounting.listener)
  const now = systemClock.now()
  if (accounting.accounts().workers.length === 0)
    log.recordDetail(EventKind.workerJoined, now, -1, 0, 0, { name, host: hostname(), threads: concurrency })
  const client = { name: `${name}_${process.pid}`, ...aboutProgram() }
  log.recordDetail(EventKind.clientJoined, now, -1, -1, THIS_PROGRAM, client)
  log.flush()
  const recorder = HistoryRecorder.start({
    log,
    accounting,
    clock: systemClock,
    scheduler: name,
    folder: historyFolder(),
    tasks,
    keepFor,
    maximumBytes,
    sweepsAtEnd: true,
    lastWait: 0,
    warn: (message) => process.emitWarning(message, { type: 'HeddleWarning' }),
  })
  if (!recorder) stopAccounting()
  if (recorders.size === 0) process.once('beforeExit', () => void finish())
  recorders.set(log, recorder)
}

/** The program has nothing more to do. */
async function finish(): Promise<void> {
  const all = [...recorders.values()]
  recorders.clear()
  for (const recorder of all) await recorder?.close()
}
