import type { NumberList } from '../base/index.js'

/**
 * What the worker machine tells the outside: an operation, then its numbers. Operations below 10 are for the
 * scheduler, the others for the shell around the machine.
 */
export const Report = {
  /** graph, task, attempt, bytes, seconds: the task has its result, which is here */
  finished: 1,
  /** graph, task, attempt: the task threw; the shell keeps the error under the three numbers */
  erred: 2,
  /** graph, task, attempt: the task waits for a promise */
  suspended: 3,
  /** graph, task, attempt, charged (0 | 1): what ran the task died */
  interrupted: 4,
  /**
   * graph, task, attempt, then graph, task, attempt of an input and its holder: it could not be had, the task is put away
   * (if it was not abandoned before). Of a value that was to be replicated: the value, then the value and its holder
   */
  inputMissing: 5,
  /** graph, task, attempt: a copy of this value is here */
  hasReplica: 6,
  /** graph, task, attempt: the task is given back, it was not begun */
  stolen: 7,
  /** graph, task, attempt: the task is not given back: it was begun, or is not known */
  kept: 8,
  /** graph, task, attempt: this value is not here */
  lacks: 9,
  /** holder, graph, task, attempt: get this value from there */
  fetch: 10,
  /** graph, task, attempt, slot: forget this value, before another is put into the slot */
  drop: 11,
  /** slot, graph, task, attempt: the result of what runs in this slot is not needed; its end must be reported all the same */
  abort: 12,
} as const

const lengths: Record<number, number> = { 1: 6, 2: 4, 3: 4, 4: 5, 5: 8, 6: 4, 7: 4, 8: 4, 9: 4, 10: 5, 11: 5, 12: 5 }
const fields: Record<number, readonly string[]> = {
  1: ['graph', 'task', 'attempt', 'bytes', 'seconds'],
  2: ['graph', 'task', 'attempt'],
  3: ['graph', 'task', 'attempt'],
  4: ['graph', 'task', 'attempt', 'charged'],
  5: ['graph', 'task', 'attempt', 'inputGraph', 'inputTask', 'inputAttempt', 'holder'],
  6: ['graph', 'task', 'attempt'],
  7: ['graph', 'task', 'attempt'],
  8: ['graph', 'task', 'attempt'],
  9: ['graph', 'task', 'attempt'],
  10: ['holder', 'graph', 'task', 'attempt'],
  11: ['graph', 'task', 'attempt', 'slot'],
  12: ['slot', 'graph', 'task', 'attempt'],
}
const names = Object.fromEntries(Object.entries(Report).map(([name, op]) => [op, name])) as Record<number, keyof typeof Report>

/** The number of words of a report with its operation. */
export function reportLength(op: number): number {
  return lengths[op]!
}

/** A report as an object: for tests and for people. */
export interface ReportRecord {
  readonly op: keyof typeof Report
  readonly [field: string]: number | string
}

/** The reports of a list, one by one, as objects. */
export function readReports(list: NumberList): ReportRecord[] {
  const records: ReportRecord[] = []
  for (let at = 0; at < list.length; at += lengths[list.items[at]!]!) {
    const op = list.items[at]!
    const record: Record<string, number | string> = {}
    fields[op]!.forEach((field, i) => {
      record[field] = list.items[at + 1 + i]!
    })
    records.push({ op: names[op]!, ...record })
  }
  return records
}
