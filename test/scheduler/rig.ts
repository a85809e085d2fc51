import assert from 'node:assert/strict'
import { EventLog } from '../../src/events/index.js'
import { type Annotations, type Graph, GraphBuilder } from '../../src/graph/index.js'
import {
  Scheduler,
  type SchedulerOptions,
  type Submission,
  type TaskAddress,
  type WorkerSpec,
  readInstructions,
} from '../../src/scheduler/index.js'

/**
 * A graph from layers, each a list of the dependencies of its tasks; tasks are numbered through. Layers whose names begin
 * with `given` run nothing.
 */
export function graphOf(
  layers: Record<string, readonly (readonly number[])[]>,
  annotations: Record<string, Annotations> = {},
): Graph {
  const builder = new GraphBuilder()
  for (const [name, tasks] of Object.entries(layers)) {
    const run = name.startsWith('given') ? undefined : () => 0
    const layer = builder.layer({ name, run, annotations: annotations[name] })
    for (const inputs of tasks) builder.task(layer, inputs)
  }
  return builder.finish()
}

/** So many tasks without dependencies. */
export function independent(size: number, label = 'task', annotations?: Annotations): Graph {
  return graphOf({ [label]: Array.from({ length: size }, () => []) }, annotations ? { [label]: annotations } : {})
}

export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i)
}

/**
 * A scheduler in validate mode, and what it says, as lines: `run 1/3#2 on 0 < 1/0#1@1 …` (graph 1, task 3, attempt 2, on
 * worker 0, with an input to fetch from worker 1), `free 1/0#1 on 0`, `cancel 1/3#2 on 0`, `confirm 1/3#2 on 0`, `memory 1/3`, `erred 1/3`,
 * `lost 1/3`, `forgotten 1`, `archived 1`, `steal 1/3#2 from 0`, `copy 1/3#2 to 0 from 1`, `retired 0`, `stuck 0 with 3`.
 */
export class Rig {
  time = 0
  readonly log = new EventLog(1 << 12)
  readonly scheduler: Scheduler
  /** where each task was sent last: by `graph/task` */
  readonly #sent = new Map<string, { worker: number; attempt: number }>()

  constructor(options: Partial<SchedulerOptions> = {}) {
    this.scheduler = new Scheduler({ clock: { now: () => this.time }, log: this.log, validate: true, ...options })
  }

  worker(threads = 1, spec: Partial<WorkerSpec> = {}): number {
    return this.scheduler.addWorker({ name: `w${this.scheduler.workerCount}`, host: 'localhost', threads, ...spec })
  }

  submit(graph: Graph, submission: Partial<Submission> = {}): number {
    return this.scheduler.submit(graph, { wanted: [graph.size - 1], ranks: Int32Array.from(upTo(graph.size)), ...submission })
  }

  /** Ends the tick: everything that was said since the last one. */
  flush(): string[] {
    this.scheduler.flush()
    const records = readInstructions(this.scheduler.instructions)
    this.scheduler.instructions.clear()
    return records.map((r) => {
      switch (r.op) {
        case 'compute': {
          this.#sent.set(`${r.graph}/${r.task}`, { worker: r.worker, attempt: r.attempt })
          const inputs = r.inputs.map((i) => ` ${i.graph}/${i.task}#${i.attempt}@${i.holder}`).join('')
          return `run ${r.graph}/${r.task}#${r.attempt} on ${r.worker}${inputs ? ` <${inputs}` : ''}`
        }
        case 'free':
        case 'cancel':
        case 'confirm':
          return `${r.op} ${r.graph}/${r.task}#${r.attempt} on ${r.worker}`
        case 'steal':
          return `steal ${r.graph}/${r.task}#${r.attempt} from ${r.worker}`
        case 'replicate':
          return `copy ${r.graph}/${r.task}#${r.attempt} to ${r.worker} from ${r.holder}`
        case 'retired':
          return r.remaining === 0 ? `retired ${r.worker}` : `stuck ${r.worker} with ${r.remaining}`
        case 'forgotten':
        case 'archived':
          return `${r.op} ${r.graph}`
        default:
          return `${r.op === 'inMemory' ? 'memory' : r.op} ${r.graph}/${r.task}`
      }
    })
  }

  /** Ends the tick and compares everything that was said. */
  says(...lines: string[]): void {
    assert.deepEqual(this.flush(), lines)
  }

  sent(graph: number, task: number): { worker: number; attempt: number } {
    return this.#sent.get(`${graph}/${task}`)!
  }

  finish(graph: number, task: number, { bytes = 8, seconds = 0.001 } = {}): void {
    const { worker, attempt } = this.sent(graph, task)
    this.scheduler.finished(worker, graph, task, attempt, bytes, seconds)
  }

  throw(graph: number, task: number, error: Error = new Error(`of ${graph}/${task}`)): Error {
    const { worker, attempt } = this.sent(graph, task)
    this.scheduler.erred(worker, graph, task, attempt, error, error.message)
    return error
  }

  suspend(graph: number, task: number): void {
    const { worker, attempt } = this.sent(graph, task)
    this.scheduler.suspended(worker, graph, task, attempt)
  }

  interrupt(graph: number, task: number, charged = true): void {
    const { worker, attempt } = this.sent(graph, task)
    this.scheduler.interrupted(worker, graph, task, attempt, charged, 'a thread died')
  }

  missing(graph: number, task: number, input: TaskAddress & { attempt: number; holder: number }): void {
    const { worker, attempt } = this.sent(graph, task)
    this.scheduler.inputMissing(worker, graph, task, attempt, input, input.attempt, input.holder)
  }

  lose(worker: number, expected = false): void {
    this.scheduler.removeWorker(worker, { expected, reason: 'it died' })
  }

  states(graph: number, tasks: readonly number[]): string {
    return tasks.map((t) => this.scheduler.stateOf(graph, t)).join(' ')
  }

  /** The story of a task: what happened, and on which worker if on one. */
  story(graph: number, task: number): string[] {
    return this.log.story(graph, task).map((e) => (e.worker >= 0 ? `${e.kind} ${e.worker}` : e.kind))
  }
}
