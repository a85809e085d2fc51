import { inspect } from 'node:util'
import { formatBytes, formatDuration } from '../base/index.js'
import { type Accounts, type GroupAccount, type SpanAccount, type WorkerAccount, adviceOn, spanAccounts } from '../model/index.js'
import { alignColumns } from './text-table.js'

/** Groups in a printed profile. */
const MOST_LINES = 30

/**
 * Where the time went, by span and by group of tasks. Printed, it is a table, with what would help most under it. Times are in
 * seconds, sizes in bytes.
 */
export class SpanProfile {
  readonly accounts: Accounts
  /** spans and phases, in the order in which they began: of each all that was done in it, inner spans too */
  readonly spans: readonly SpanAccount[]
  /** groups of tasks, those that ran longest first */
  readonly groups: readonly GroupAccount[]
  readonly workers: readonly WorkerAccount[]
  /** what would make it faster, the most first */
  readonly advice: readonly string[]

  /** Use `Client.spans` or `profileSpans`. */
  constructor(accounts: Accounts) {
    this.accounts = accounts
    this.spans = spanAccounts(accounts.groups, accounts.spans)
    this.groups = [...accounts.groups].sort((a, b) => b.running - a.running)
    this.workers = accounts.workers
    this.advice = adviceOn(accounts)
  }

  /** The chain of tasks that the whole waited for: how many, for how long they ran, and how long that took, waits included. */
  get criticalPath(): { readonly tasks: number; readonly running: number; readonly elapsed: number } {
    const { tasks, running, elapsed } = this.accounts.paths
    return { tasks, running, elapsed }
  }

  toString(): string {
    const { available, paths } = this.accounts
    const sum = (of: (worker: WorkerAccount) => number): number => this.workers.reduce((all, worker) => all + of(worker), 0)
    const inputs = sum(({ idleForInputs }) => idleForInputs)
    const memory = sum(({ idleForDisk, idleForMemory }) => idleForDisk + idleForMemory)
    const busy = this.groups.reduce((all, { running }) => all + running, 0)
    const rest = Math.max(0, available - busy - inputs - memory)
    const share = (seconds: number): string => (available > 0 ? `${Math.round((100 * seconds) / available)} %` : '')
    const threads = [
      ['threads computed', time(busy), share(busy)],
      ['waited for inputs', time(inputs), share(inputs)],
      ['waited for memory or disk', time(memory), share(memory)],
      ['had nothing to do', time(rest), share(rest)],
    ]
    const lines = [alignColumns(undefined, threads, 'lrr')]
    if (paths.tasks > 0) lines.push(`the critical path: ${paths.tasks} tasks, ${time(paths.running)} of ${time(paths.elapsed)}`)
    lines.push(
      '',
      tableOf('span', this.spans, ({ span }) => `${'  '.repeat(span.length - 1)}${span.at(-1)!}`),
    )
    const idle = this.spans.filter((one) => one.idle > 0)
    if (idle.length > 0) lines.push('', idleTable(idle))
    lines.push(
      '',
      tableOf('tasks', this.groups.slice(0, MOST_LINES), ({ label }) => label),
    )
    if (this.groups.length > MOST_LINES) lines.push(`… and ${this.groups.length - MOST_LINES} more groups`)
    if (this.advice.length > 0) lines.push('', ...this.advice)
    return lines.join('\n')
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

function tableOf(head: string, accounts: readonly GroupAccount[], nameOf: (account: GroupAccount) => string): string {
  const heads = [head, 'done', 'failed', 'computing', 'coding', 'waiting', 'of that for inputs', 'received', 'peak', 'critical']
  const rows = accounts.map((one) => [
    nameOf(one),
    `${one.done}/${one.tasks}`,
    one.erred === 0 ? '' : String(one.erred),
    time(Math.max(0, one.running - one.decoding - one.encoding)),
    time(one.decoding + one.encoding),
    time(one.queued),
    time(one.awaiting),
    one.received === 0 ? '' : formatBytes(one.received),
    formatBytes(one.peak),
    time(one.criticalSeconds),
  ])
  return alignColumns(heads, rows, 'lrrrrrrrrr')
}

/** Of the threads that each span had: for how long they did nothing, and why. */
function idleTable(spans: readonly SpanAccount[]): string {
  const rows = spans.map(({ span, reserved, idle, idleForInputs, idleForDisk, idleForMemory }) => [
    `${'  '.repeat(span.length - 1)}${span.at(-1)!}`,
    time(reserved),
    time(idle),
    time(idleForInputs),
    time(idleForDisk),
    time(idleForMemory),
  ])
  return alignColumns(['threads of', 'had', 'idle', 'of that for inputs', 'for disk', 'for memory'], rows, 'lrrrrr')
}

function time(seconds: number): string {
  return seconds === 0 ? '' : formatDuration(seconds * 1000)
}
