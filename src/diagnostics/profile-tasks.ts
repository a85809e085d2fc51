import { inspect } from 'node:util'
import { drawProfile } from './draw-profile.js'
import { NumberList, formatDuration } from '../base/index.js'
import { type EventLog, EventKind } from '../events/index.js'
import type { Executor, RunStart } from '../executor/index.js'
import { followRun } from './run-events.js'
import { withRunObserver } from './run-scope.js'
import { layBackwards, packLanes } from './task-lanes.js'
import { alignColumns } from './text-table.js'

/** What is known of a task that has run. Moments in milliseconds, as `performance.now` counts. */
export interface TaskRecord {
  /** the key of the task, as in messages */
  readonly key: string
  /** what people know the task by: the name of its function, usually */
  readonly label: string
  readonly outcome: 'finished' | 'failed'
  readonly start: number
  readonly end: number
  /** how long its function took; 0 when it failed */
  readonly seconds: number
  /** the row of the plot it is in: tasks in one row did not overlap */
  readonly lane: number
}

/** What is known of all tasks of one label. */
export interface LabelRecord {
  readonly label: string
  readonly tasks: number
  readonly failed: number
  /** what the finished ones took, summed */
  readonly seconds: number
  readonly mean: number
  readonly longest: number
  /** which part of the time of all tasks they took, 0 … 1 */
  readonly share: number
}

/** What tasks did, and when. */
export class TaskProfile {
  /** by label, what took most first; `console.table` shows it too */
  readonly labels: readonly LabelRecord[]
  /** from the beginning to the end of what was profiled */
  readonly seconds: number
  readonly #makeTasks: () => TaskRecord[]
  #tasks: readonly TaskRecord[] | undefined

  /** Use `profileTasks`. */
  constructor(labels: readonly LabelRecord[], seconds: number, makeTasks: () => TaskRecord[]) {
    this.labels = labels
    this.seconds = seconds
    this.#makeTasks = makeTasks
  }

  /**
   * Every task that ran, in the order in which they ended. `start` and `end` are exact for the executor inline. Threads and
   * processes report how long each task took, but that it ended up to a millisecond later, several at a time; they are
   * laid out such that as many ran at once as there are threads.
   */
  get tasks(): readonly TaskRecord[] {
    this.#tasks ??= this.#makeTasks()
    return this.#tasks
  }

  /** A table: a line for each label. */
  toString(): string {
    const rows = this.labels.map(({ label, tasks, failed, seconds, mean, longest, share }) => [
      label,
      String(tasks),
      failed === 0 ? '' : String(failed),
      formatDuration(seconds * 1000),
      `${(share * 100).toFixed(1)}%`,
      formatDuration(mean * 1000),
      formatDuration(longest * 1000),
    ])
    const table = alignColumns(['label', 'tasks', 'failed', 'time', 'share', 'mean', 'longest'], rows, 'lrrrrrr')
    return `${table}\nin ${formatDuration(this.seconds * 1000)}`
  }

  /** The tasks on a line of time, as an SVG image. */
  toSVG(): string {
    return drawProfile({ tasks: this.tasks })
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

/** See `profileTasks`. */
export async function recordTasks<R>(
  fn: () => R | PromiseLike<R>,
): Promise<{ readonly result: R; readonly profile: TaskProfile }> {
  const recordings = new Map<EventLog, Recording>()
  const started = performance.now()
  const result = await withRunObserver((run) => {
    const { executor } = run
    const recording = recordings.get(executor.log) ?? new Recording(executor)
    recordings.set(executor.log, recording)
    return recording.follow(run)
  }, fn)
  const seconds = (performance.now() - started) / 1000
  const all = [...recordings.values()]
  return { result, profile: new TaskProfile(labelsOf(all), seconds, () => tasksOf(all)) }
}

interface LabelSums {
  tasks: number
  failed: number
  seconds: number
  longest: number
}

/** What one executor ran, in columns: a million tasks are to cost little. */
class Recording {
  readonly executor: Executor
  readonly runs: RunStart[] = []
  readonly sums = new Map<string, LabelSums>()
  readonly run = new NumberList()
  readonly task = new NumberList()
  /** seconds, as the log counts */
  readonly time = new NumberList()
  /** -1: it failed */
  readonly seconds = new NumberList()
  /** numbers of entries whose tasks waited for something while others ran */
  readonly waited = new Set<number>()
  /** what to add to a time of the log to get seconds as `performance.now` counts; the smallest seen is the nearest */
  offset = Infinity
  constructor(executor: Executor) {
    this.executor = executor
  }

  follow(run: RunStart): () => void {
    const number = this.runs.push(run) - 1
    const waiting = new Set<number>()
    return followRun(run, (log, n) => {
      const i = n & log.mask
      const kind = log.kind[i]!
      const task = log.task[i]!
      if (kind === EventKind.taskSuspended) waiting.add(task)
      else if (kind === EventKind.taskFinished || kind === EventKind.taskErred) {
        const failed = kind === EventKind.taskErred
        const seconds = failed ? 0 : log.value[i]!
        if (waiting.delete(task)) this.waited.add(this.run.length)
        this.run.push(number)
        this.task.push(task)
        this.time.push(log.time[i]!)
        this.seconds.push(failed ? -1 : seconds)
        this.offset = Math.min(this.offset, performance.now() / 1000 - log.time[i]!)
        this.#add(run.graph.layer(task).label, failed, seconds)
      }
    })
  }

  #add(label: string, failed: boolean, seconds: number): void {
    let sums = this.sums.get(label)
    if (!sums) this.sums.set(label, (sums = { tasks: 0, failed: 0, seconds: 0, longest: 0 }))
    sums.tasks++
    if (failed) sums.failed++
    sums.seconds += seconds
    sums.longest = Math.max(sums.longest, seconds)
  }
}

function labelsOf(recordings: readonly Recording[]): LabelRecord[] {
  const all = new Map<string, LabelSums>()
  let total = 0
  for (const { sums } of recordings) {
    for (const [label, { tasks, failed, seconds, longest }] of sums) {
      const sum = all.get(label) ?? { tasks: 0, failed: 0, seconds: 0, longest: 0 }
      all.set(label, {
        tasks: sum.tasks + tasks,
        failed: sum.failed + failed,
        seconds: sum.seconds + seconds,
        longest: Math.max(sum.longest, longest),
      })
      total += seconds
    }
  }
  return Array.from(all, ([label, { tasks, failed, seconds, longest }]) => ({
    label,
    tasks,
    failed,
    seconds,
    mean: tasks === failed ? 0 : seconds / (tasks - failed),
    longest,
    share: total === 0 ? 0 : seconds / total,
  })).sort((a, b) => b.seconds - a.seconds)
}

function tasksOf(recordings: readonly Recording[]): TaskRecord[] {
  const records: TaskRecord[] = []
  let firstLane = 0
  for (const { executor, runs, run, task, time, seconds, waited, offset } of recordings) {
    const end = Float64Array.from({ length: run.length }, (_, i) => (time.items[i]! + offset) * 1000)
    const start = Float64Array.from(end, (e, i) => e - Math.max(0, seconds.items[i]!) * 1000)
    const lane = new Int32Array(run.length)
    const exact: number[] = []
    const batched: number[] = []
    for (let i = 0; i < run.length; i++) (executor.isolated && !waited.has(i) ? batched : exact).push(i)
    const spans = { start, end }
    if (executor.isolated) {
      layBackwards(spans, batched, lane, firstLane, executor.concurrency)
      firstLane += executor.concurrency
    }
    firstLane += packLanes(spans, exact, lane, firstLane)
    for (let i = 0; i < run.length; i++) {
      const { graph } = runs[run.items[i]!]!
      const t = task.items[i]!
      const failed = seconds.items[i]! < 0
      records.push({
        key: graph.keyOf(t),
        label: graph.layer(t).label,
        outcome: failed ? 'failed' : 'finished',
        start: start[i]!,
        end: end[i]!,
        seconds: failed ? 0 : seconds.items[i]!,
        lane: lane[i]!,
      })
    }
  }
  return records.sort((a, b) => a.end - b.end)
}
