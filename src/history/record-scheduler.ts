import type { SchedulerServer } from '../cluster/index.js'
import { config } from '../config/index.js'
import { isDuckdbInstalled } from '../duckdb/index.js'
import { historyFolder } from './place.js'
import { HistoryRecorder } from './recorder.js'

/** See the folder's face. */
export function recordScheduler(server: SchedulerServer): void {
  const { record, tasks, keepFor, maximumBytes } = config.get('history')
  if (record === false || (record === 'auto' && !isDuckdbInstalled())) return
  const recorder = HistoryRecorder.start({
    log: server.log,
    accounting: server.accounting,
    clock: server.clock,
    scheduler: server.id,
    folder: historyFolder(),
    tasks,
    keepFor,
    maximumBytes,
    warn: (message) => process.emitWarning(message, { type: 'HeddleWarning' }),
  })
  if (recorder) server.onClose(() => recorder.close())
}
