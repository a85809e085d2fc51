import { hostname } from 'node:os'
import { type ClientDetail, type GraphDetail } from '../events/index.js'
import { type Accounts, adviceOn, groupAccount, groupKey, groupsOf } from '../model/index.js'
import type { TaskBlock } from './journal-format.js'
import { type RunError, type RunSubmission, type RunSummary, type RunWorker, peakOf } from './summary.js'

/** Submissions and errors that are written one by one; more are counted. */
const MOST_SUBMISSIONS = 20_000
const MOST_ERRORS = 1000
/** Tasks that are written one by one. */
const MOST_TASKS = 20_000_000
/** Tasks in one block. */
const BLOCK = 1 << 15

/** A worker, as long as it has its number. */
export interface KnownWorker {
  readonly name: string
  readonly host: string
  readonly threads: number
  readonly job: string | undefined
  readonly pool: string | undefined
}

interface Columns {
  readonly graph: Int32Array
  readonly group: Int32Array
  readonly task: Int32Array
  readonly worker: Int32Array
  readonly ended: Float64Array
  readonly seconds: Float64Array
  readonly bytes: Float64Array
  readonly status: Uint8Array
}

function columnsFor(length: number): Columns {
  return {
    graph: new Int32Array(length),
    group: new Int32Array(length),
    task: new Int32Array(length),
    worker: new Int32Array(length),
    ended: new Float64Array(length),
    seconds: new Float64Array(length),
    bytes: new Float64Array(length),
    status: new Uint8Array(length),
  }
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
  readonly #workers: RunWorker[] = []
  readonly #workerNumbers = new Map<KnownWorker, number>()
  /** what was looked up last: workers report many tasks together */
  #lastWorker: KnownWorker | undefined
  #lastNumber = -1
  readonly #submissions: RunSubmission[] = []
  readonly #errors = new Map<string, RunError>()
  readonly #leftOut = { submissions: 0, errors: 0, tasks: 0 }
  #columns = columnsFor(256)
  #count = 0
  #written = 0
  /** called when a block is full */
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

  /** A run of a task has ended. */
  // biome-ignore format: one line reads better
  ran(
    graph: number, group: number, task: number, worker: KnownWorker | undefined, ended: number, seconds: number, bytes: number,
    status: number,
  ): void {
    const w = worker === undefined ? -1 : this.#workerOf(worker)
    if (w >= 0 && status === 0) {
      const own = this.#workers[w]!
      own.tasks++
      own.seconds += seconds
    }
    if (!this.#writesTasks || this.#written + this.#count >= MOST_TASKS) {
      this.#leftOut.tasks++
      return
    }
    if (this.#count === this.#columns.graph.length) this.#makeRoom()
    const columns = this.#columns
    const i = this.#count++
    columns.graph[i] = graph
    columns.group[i] = group
    columns.task[i] = task
    columns.worker[i] = w
    columns.ended[i] = ended
    columns.seconds[i] = seconds
    columns.bytes[i] = bytes
    columns.status[i] = status
  }

  /** The result of the task that ended last is there. */
  stored(graph: number, task: number, bytes: number): void {
    const i = this.#count - 1
    if (i >= 0 && this.#columns.task[i] === task && this.#columns.graph[i] === graph) this.#columns.bytes[i] = bytes
  }

  failed(group: number, message: string, time: number): void {
    const key = `${group}\n${message}`
    const known = this.#errors.get(key)
    if (known) known.count++
    else if (this.#errors.size < MOST_ERRORS) this.#errors.set(key, { group, message, count: 1, first: time })
    else this.#leftOut.errors++
  }

  /** The tasks that have ended since the last time; undefined: none. */
  take(): TaskBlock | undefined {
    if (this.#count === 0) return undefined
    const { graph, group, task, worker, ended, seconds, bytes, status } = this.#columns
    const block = { length: this.#count, columns: [graph, group, task, worker, ended, seconds, bytes, status] }
    this.#columns = columnsFor(Math.min(BLOCK, Math.max(256, this.#count)))
    this.#written += this.#count
    this.#count = 0
    return block
  }

  /** All that is known beside single tasks. */
  summary(accounts: Accounts, ended: number, status: RunSummary['status']): RunSummary {
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
      workers: this.#workers.map((worker) => ({ ...worker })),
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
      number = this.#workers.push({ ...worker, tasks: 0, seconds: 0 }) - 1
      this.#workerNumbers.set(worker, number)
    }
    this.#lastWorker = worker
    this.#lastNumber = number
    return number
  }

  #makeRoom(): void {
    const { length } = this.#columns.graph
    if (length >= BLOCK) {
      this.onFull?.()
      return
    }
    const grown = columnsFor(length * 2)
    for (const name of Object.keys(grown) as (keyof Columns)[]) grown[name].set(this.#columns[name] as never)
    this.#columns = grown
  }
}
