import { hostname } from 'node:os'
import type { ClientDetail, EventLog, GraphDetail } from '../events/index.js'
import { type Accounts, adviceOn, groupAccount, groupKey, groupsOf, spanAccounts } from '../model/index.js'
import type { TaskBlock } from './journal-format.js'
import { type RunError, type RunSubmission, type RunSummary, type RunWorker, peakOf } from './summary.js'
import { TaskRows } from './task-rows.js'

/** Submissions and errors that are written one by one; more are counted. */
const MOST_SUBMISSIONS = 20_000
const MOST_ERRORS = 1000
/** Tasks that are written one by one. */
const MOST_TASKS = 20_000_000
/** A worker, as long as it has its number. */
export interface KnownWorker {
  readonly name: string
  readonly host: string
  readonly threads: number
  readonly job: string | undefined
  readonly pool: string | undefined
}

/** What is gathered of one program that is connected: what it submitted, and of its tasks those that are not written yet. */
export class RunRecord {
  readonly run: string
  readonly #scheduler: string
  readonly #client: ClientDetail
  readonly #began: number
  readonly #writesTasks: boolean
  readonly #groups = new Map<string, number>()
  readonly #groupNames: { readonly label: string; readonly span: readonly string[]; readonly isPhase: boolean }[] = []
  readonly #workers: KnownWorker[] = []
  /** by number of a worker: tasks that ended there, and the seconds that they took */
  #workerSums = new Float64Array(16)
  readonly #workerNumbers = new Map<KnownWorker, number>()
  /** what was looked up last: workers report many tasks together */
  #lastWorker: KnownWorker | undefined
  #lastNumber = -1
  readonly #submissions: RunSubmission[] = []
  readonly #errors = new Map<string, RunError>()
  readonly #leftOut = { submissions: 0, errors: 0, tasks: 0 }
  #rows = new TaskRows()
  /** rows that were written, for the next tasks: memory that is new to the process costs more than all that is put there */
  #spare: TaskRows | undefined
  readonly #taken = new Map<TaskBlock, TaskRows>()
  #written = 0
  /** called when a block is full: takes it */
  onFull: (() => void) | undefined

  constructor(run: string, scheduler: string, client: ClientDetail, began: number, writesTasks: boolean) {
    this.run = run
    this.#scheduler = scheduler
    this.#client = client
    this.#began = began
    this.#writesTasks = writesTasks
  }

  /** A graph was submitted. Gives the number of the group of each of its layers. */
  submitted(graph: number, detail: GraphDetail, tasks: number, time: number): Int32Array {
    if (this.#submissions.length < MOST_SUBMISSIONS) {
      this.#submissions.push({ graph, time, tasks, label: detail.labels.at(-1) ?? '' })
    } else this.#leftOut.submissions++
    return Int32Array.from(groupsOf(detail), (name) => {
      const key = groupKey(name)
      let number = this.#groups.get(key)
      if (number === undefined) this.#groups.set(key, (number = this.#groupNames.push(name) - 1))
      return number
    })
  }

  /** Rows for tasks of which as much is the same: of this group, and otherwise as the event at place i of the log says. */
  rowsFor({ graph, time }: EventLog, i: number, group: number, worker: KnownWorker | undefined, status: number): TaskRows {
    if (this.#rows.count >= this.#rows.room) {
      if (!this.#rows.isWhole) this.#rows = this.#rows.grown()
      else this.onFull?.()
    }
    const rows = this.#rows
    rows.begin(graph[i]!, group, worker === undefined ? -1 : this.#workerOf(worker), time[i]!, status)
    return rows
  }

  /** A run of a task has ended, as the event at place i of the log says; `status` is a place in `taskStatuses`. */
  ran(log: EventLog, i: number, group: number, worker: KnownWorker | undefined, status: number): void {
    const rows = this.rowsFor(log, i, group, worker, status)
    const seconds = status === 0 ? log.value[i]! : 0
    rows.task[rows.count] = log.task[i]!
    rows.seconds[rows.count] = seconds
    rows.bytes[rows.count] = 0
    rows.add(1, seconds)
  }

  /** The result of the task that ended last is there. */
  stored({ graph, task, value }: EventLog, i: number): void {
    this.#rows.stored(graph[i]!, task[i]!, value[i]!)
  }

  failed(group: number, message: string, time: number): void {
    const key = `${group}\n${message}`
    const known = this.#errors.get(key)
    if (known) known.count++
    else if (this.#errors.size < MOST_ERRORS) this.#errors.set(key, { group, message, count: 1, first: time })
    else this.#leftOut.errors++
  }

  /** The tasks that have ended since the last time; undefined: none, or none that are written. */
  take(): TaskBlock | undefined {
    const rows = this.#rows
    if (rows.count === 0) return undefined
    rows.forEachWorker(this.#addToWorker)
    const length = this.#writesTasks ? Math.min(rows.count, MOST_TASKS - this.#written) : 0
    this.#leftOut.tasks += rows.count - length
    if (length === 0) {
      rows.clear()
      return undefined
    }
    this.#written += length
    const block = rows.block(length)
    this.#taken.set(block, rows)
    this.#rows = this.#spare ?? new TaskRows(rows.room)
    this.#spare = undefined
    return block
  }

  /** A block is written. */
  giveBack(block: TaskBlock): void {
    const rows = this.#taken.get(block)!
    this.#taken.delete(block)
    rows.clear()
    if (rows.room > (this.#spare?.room ?? 0)) this.#spare = rows
  }

  readonly #addToWorker = (worker: number, tasks: number, seconds: number): void => {
    this.#workerSums[worker * 2]! += tasks
    this.#workerSums[worker * 2 + 1]! += seconds
  }

  /** All that is known beside single tasks. */
  summary(accounts: Accounts, ended: number, status: RunSummary['status']): RunSummary {
    const workerSums = this.#workerSums.slice()
    this.#rows.forEachWorker((worker, tasks, seconds) => {
      workerSums[worker * 2]! += tasks
      workerSums[worker * 2 + 1]! += seconds
    })
    const byKey = new Map(accounts.groups.map((group) => [groupKey(group), group]))
    const { name, user, host, project, program, version, heddle, node } = this.#client
    const [client] = accounts.clients
    return {
      run: this.run,
      scheduler: this.#scheduler,
      client: name,
      user,
      host,
      project,
      program,
      version,
      heddle,
      node,
      began: this.#began,
      ended,
      status,
      writer: { host: hostname(), pid: process.pid },
      groups: this.#groupNames.map(
        (group) => byKey.get(groupKey(group)) ?? groupAccount(group.label, group.span, group.isPhase, client?.client ?? 0),
      ),
      spans: spanAccounts(accounts.groups, accounts.spans),
      workers: this.#workers.map(
        (worker, w): RunWorker => ({ ...worker, tasks: workerSums[w * 2]!, seconds: workerSums[w * 2 + 1]! }),
      ),
      submissions: this.#submissions,
      leftOut: { ...this.#leftOut },
      errors: [...this.#errors.values()],
      reserved: client?.reserved ?? accounts.available,
      critical: accounts.paths,
      peakMemory: peakOf(accounts.workers),
      spilled: accounts.workers.reduce((sum, { spilled }) => sum + spilled, 0),
      advice: adviceOn(accounts),
    }
  }

  #workerOf(worker: KnownWorker): number {
    if (worker === this.#lastWorker) return this.#lastNumber
    let number = this.#workerNumbers.get(worker)
    if (number === undefined) {
      number = this.#workers.push(worker) - 1
      this.#workerNumbers.set(worker, number)
      if (number * 2 + 1 >= this.#workerSums.length) {
        const grown = new Float64Array(this.#workerSums.length * 2)
        grown.set(this.#workerSums)
        this.#workerSums = grown
      }
    }
    this.#lastWorker = worker
    this.#lastNumber = number
    return number
  }
}
