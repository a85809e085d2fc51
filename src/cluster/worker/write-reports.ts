import { type RecordWriter, ToScheduler } from '../../protocol/index.js'
import { Report, type Worker, reportLength } from '../../worker/index.js'

/** Why a task failed, as the scheduler is told. */
export interface FailureReport {
  readonly message: string
  readonly block: Uint8Array
}

/** Who does what the worker machine says that is not for the scheduler, and knows what the machine does not. */
export interface ReportTakers {
  readonly machine: Worker
  readonly records: RecordWriter
  /** failures that the machine has not reported yet, by graph, task and attempt */
  readonly failures: Map<string, FailureReport>
  /** why a lane died last */
  lastDeath(): string
  fetch(holder: number, graph: number, task: number, attempt: number): void
  drop(slot: number): void
}

/** By report that says no more than whose value or task is meant: the record for the scheduler. */
const plain: Readonly<Record<number, number>> = {
  [Report.suspended]: ToScheduler.suspended,
  [Report.hasReplica]: ToScheduler.hasReplica,
  [Report.stolen]: ToScheduler.stolen,
  [Report.kept]: ToScheduler.kept,
  [Report.lacks]: ToScheduler.lacks,
}

/** Makes records for the scheduler of what the worker machine reports. */
export function writeReports(takers: ReportTakers): void {
  const { machine, records } = takers
  const list = machine.reports
  for (let at = 0; at < list.length; at += reportLength(list.items[at]!)) {
    const words = list.items
    const op = words[at]!
    const a = words[at + 1]!
    const b = words[at + 2]!
    const c = words[at + 3]!
    switch (op) {
      case Report.finished:
        records.words4(ToScheduler.finished, a, b, c)
        records.float(words[at + 4]!)
        records.float(words[at + 5]!)
        break
      case Report.erred: {
        const key = `${a}:${b}:${c}`
        const { message, block } = takers.failures.get(key)!
        takers.failures.delete(key)
        records.words4(ToScheduler.erred, a, b, c)
        records.text(message)
        records.block(block)
        break
      }
      case Report.interrupted:
        records.words4(ToScheduler.interrupted, a, b, c)
        records.word(words[at + 4]!)
        records.text(takers.lastDeath())
        break
      case Report.inputMissing:
        records.words4(ToScheduler.inputMissing, a, b, c)
        for (let i = 4; i < 8; i++) records.word(words[at + i]!)
        break
      case Report.fetch:
        takers.fetch(a, b, c, words[at + 4]!)
        break
      case Report.drop:
        takers.drop(words[at + 4]!)
        break
      default: {
        // What runs in a lane cannot be stopped: nothing is done about `abort`.
        const record = plain[op]
        if (record !== undefined) records.words4(record, a, b, c)
      }
    }
  }
  list.clear()
}
