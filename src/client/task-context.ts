import { ArgumentError, type RunningTask, describe, followTasks, runningTask } from '../base/index.js'
import type { Annotations } from '../graph/index.js'
import { encode } from '../transfer/index.js'

// Who asks for the task may do so after it has waited for something.
followTasks()

/** Bytes that the facts of one task may take: the scheduler keeps them. */
const MOST_FACTS = 2 ** 16

/** The task that is running, for code that it calls. */
export interface TaskInfo {
  /** as in messages */
  readonly key: string
  /** what people know it by: the name of its function, usually */
  readonly label: string
  /** what `annotate` said where it was made */
  readonly annotations: Annotations
  /** the spans that it belongs to, the outermost first */
  readonly span: readonly string[]
}

/** Facts that tasks attach to themselves. */
export type TaskMetadata = Readonly<Record<string, unknown>>

/**
 * The task that the caller is part of, on whatever executor. A module that a task imports while it runs should be imported by
 * the task's own module instead: only then is the task known after it has waited for something.
 *
 * @throws ArgumentError outside of tasks.
 * @example
 * annotate({ dataset: 'jan' }, () => client.submit(() => getTask().annotations.dataset))
 */
export function getTask(): TaskInfo {
  const { key, label, annotations = {} } = taskHere('getTask')
  return { key, label, annotations, span: (annotations as Annotations).span ?? [] }
}

const factsOf = new WeakMap<RunningTask, Record<string, unknown>>()

/**
 * Attaches facts to the task that the caller is part of, beside those that it has: `client.getTaskMetadata` gives them, also
 * while it runs and when it has failed. Where there is no cluster, nobody can ask, and nothing is kept.
 *
 * @throws ArgumentError outside of tasks, and for more than 64 kB of facts; TransferError for what cannot travel.
 * @example
 * const rows = client.submit((path: string) => {
 *   const table = load(path)
 *   setTaskMetadata({ rows: table.length })
 *   return table
 * }, 'a.csv')
 * await rows.settled()
 * console.log((await client.getTaskMetadata(rows)).rows)
 */
export function setTaskMetadata(facts: TaskMetadata): void {
  const task = taskHere('setTaskMetadata')
  if (typeof facts !== 'object' || facts === null || Array.isArray(facts)) {
    throw new ArgumentError(`setTaskMetadata: an object of facts is needed, not ${describe(facts)}`)
  }
  const all = { ...factsOf.get(task), ...facts }
  const bytes = encode(all, { subject: `the metadata of ${task.key}` })
  if (bytes.byteLength > MOST_FACTS) {
    throw new ArgumentError(
      `setTaskMetadata: ${task.key} has ${bytes.byteLength} bytes of facts, and ${MOST_FACTS} are the most: return large things`,
    )
  }
  factsOf.set(task, all)
  task.note?.(bytes.slice())
}

function taskHere(what: string): RunningTask {
  const task = runningTask()
  if (!task) throw new ArgumentError(`${what}: this is not called in a task, or the task imported ${what} while it ran`)
  return task
}
