import { asError } from '../../base/index.js'
import { listRuns, openHistory } from '../../history/index.js'

/** Runs of the past that are shown. */
const MOST_RUNS = 500

/** Rows of plain data, as the page shows them. */
export interface Records {
  readonly columns: readonly { readonly name: string; readonly unit?: 'seconds' | 'bytes' | 'count' | 'time' }[]
  readonly rows: readonly (readonly (string | number | null)[])[]
  /** said where there are none */
  readonly empty?: string
}

const columns: Records['columns'] = [
  { name: 'began', unit: 'time' },
  { name: 'program' },
  { name: 'state' },
  { name: 'lasted', unit: 'seconds' },
  { name: 'tasks', unit: 'count' },
  { name: 'failed', unit: 'count' },
  { name: 'core time', unit: 'seconds' },
  { name: 'results', unit: 'bytes' },
  { name: 'memory at most', unit: 'bytes' },
  { name: 'user' },
  { name: 'project' },
  { name: 'version' },
  { name: 'run' },
]

/** The runs that the folder of the history has, the newest first. */
export async function pastRuns(): Promise<Records> {
  try {
    await using history = await openHistory()
    const runs = await listRuns(history, {}, MOST_RUNS)
    return {
      columns,
      rows: runs.map((run) => [
        new Date(run.began).getTime() / 1000,
        run.program,
        run.status,
        run.elapsed,
        run.tasks,
        run.failed,
        run.coreHours * 3600,
        run.storedBytes,
        run.peakMemoryBytes,
        run.user,
        run.project,
        run.version,
        run.run,
      ]),
      empty: 'No runs have been recorded yet.',
    }
  } catch (error) {
    // There is none, or no DuckDB to read it with: the reason is what there is to be said.
    return { columns, rows: [], empty: asError(error).message }
  }
}
