import assert from 'node:assert/strict'
import { Worker, readReports } from '../../src/worker/index.js'

/** An input that the worker does not have: graph, task, attempt, holder. */
export type Input = readonly [graph: number, task: number, attempt: number, holder: number]

/**
 * A worker machine, validated whenever it is read, and what it reports, as lines: `finished 1/3#1 8 bytes 0.5 s`,
 * `fetch 1/2#1 from 4`, `drop 1/2#1 in 0`, `missing 1/3#1 < 1/2#1@4`, …
 */
export class Rig {
  readonly worker = new Worker()

  compute(task: number, { attempt = 1, graph = 1, priority = 0, rank = task, inputs = [] as readonly Input[] } = {}): void {
    // The inputs need not stand at the beginning of the list.
    const words = Int32Array.from([9, 9, ...inputs.flat()])
    this.worker.compute(graph, task, attempt, priority, rank, words, 2, inputs.length)
  }

  /** Everything reported since the last time. */
  reports(): string[] {
    this.worker.validate()
    const lines = readReports(this.worker.reports).map((r) => {
      const what = `${r['graph']}/${r['task']}#${r['attempt']}`
      switch (r.op) {
        case 'finished':
          return `finished ${what} ${r['bytes']} bytes ${r['seconds']} s`
        case 'interrupted':
          return `interrupted ${what}${r['charged'] === 1 ? ' charged' : ''}`
        case 'inputMissing':
          return `missing ${what} < ${r['inputGraph']}/${r['inputTask']}#${r['inputAttempt']}@${r['holder']}`
        case 'fetch':
          return `fetch ${what} from ${r['holder']}`
        case 'drop':
        case 'abort':
          return `${r.op} ${what} in ${r['slot']}`
        default:
          return `${r.op} ${what}`
      }
    })
    this.worker.reports.clear()
    return lines
  }

  says(...lines: string[]): void {
    assert.deepEqual(this.reports(), lines)
  }

  /** Takes the next task and asserts which it is; gives its slot. */
  next(task: number, graph = 1): number {
    const slot = this.worker.next()
    assert.ok(slot >= 0, 'there is no next task')
    assert.deepEqual([this.worker.graphOf(slot), this.worker.taskOf(slot)], [graph, task])
    return slot
  }

  /** Runs the task to its end; gives the slot of its value. */
  finish(task: number, options: { attempt?: number; graph?: number } = {}): number {
    this.compute(task, options)
    const slot = this.next(task, options.graph)
    assert.equal(this.worker.executed(slot, 8, 0.5), true)
    return slot
  }
}
