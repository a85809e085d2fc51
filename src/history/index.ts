import type { SchedulerServer } from '../cluster/index.js'
import type { History } from './read.js'

export { HistoryError } from './errors.js'
export { historyFolder } from './place.js'
export {
  type CostKey,
  type CostLine,
  type GroupComparison,
  type RunFilter,
  type RunLine,
  compareRuns,
  describeRun,
  findRun,
  listRuns,
  sumCosts,
} from './questions.js'
export type { History, HistoryRows } from './read.js'
export type { Skipped } from './upkeep.js'

/**
 * Writes down what a scheduler of this process has run, as the settings `history` say: one file for each program that was
 * connected. A folder that cannot be written is warned of, once.
 */
export async function recordHistory(server: SchedulerServer): Promise<void> {
  const { recordScheduler } = await import('./record-scheduler.js')
  return recordScheduler(server)
}

/**
 * Opens the history of runs, to be asked in SQL; the folder that the settings say unless told.
 *
 * @throws HistoryError when there is none; MissingLibrary without DuckDB
 * @example
 * await using history = await openHistory()
 * const { rows } = await history.query('SELECT "user", sum(core_hours) FROM runs GROUP BY ALL')
 */
export async function openHistory(folder?: string): Promise<History> {
  const [{ History: Opened }, { historyFolder }] = await Promise.all([import('./read.js'), import('./place.js')])
  return Opened.open(folder ?? historyFolder())
}
