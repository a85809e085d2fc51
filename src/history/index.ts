import { loadNow } from '../base/index.js'
import type { SchedulerServer } from '../cluster/index.js'
import type { RunStart } from '../executor/index.js'
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
  recordScheduler(server)
}

/**
 * From the first run on writes down what an executor of this process runs, unless its scheduler does: one file for each
 * executor of a program, made when the program has nothing more to do. A program that is ended before that is found to have
 * been by whoever looks at the history next.
 */
export function recordProgram(run: RunStart): void {
  const { recordRun } = loadNow(import.meta.url, './record-program.js') as typeof import('./record-program.js')
  recordRun(run)
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
