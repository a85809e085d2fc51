import { formatBytes, formatCount, formatDuration } from '../base/index.js'
import { formatTable } from '../diagnostics/index.js'
import {
  type CostLine,
  type GroupComparison,
  type History,
  type HistoryRows,
  type RunFilter,
  type RunLine,
  compareRuns,
  describeRun,
  findRun,
  listRuns,
  openHistory,
  sumCosts,
} from '../history/index.js'
import type { CommandInput } from './command.js'
import { UsageError } from './errors.js'
import { OptionValues } from './option-values.js'
import { type Terminal, bold } from './terminal.js'

/** Runs that are listed, unless told. */
const MOST_RUNS = 20

const words = ['list', 'show', 'compare', 'cost', 'sql']

/** `heddle history [list | show RUN | compare RUN RUN | cost | sql STATEMENT]` */
export async function run({ options, positionals, terminal }: CommandInput): Promise<number> {
  const values = new OptionValues('history', options)
  const [word = 'list', ...rest] = positionals
  const json = values.flag('json')
  const limit = values.count('limit', 1) ?? MOST_RUNS
  const filter = filterOf(values)
  const by = (values.text('by') ?? 'user,project').split(',').map((key) => key.trim())
  checkOperands(word, rest)
  const history = await openHistory(values.text('folder'))
  try {
    await answer(history, { word, rest, json, limit, filter, by }, terminal)
  } finally {
    await history.close()
  }
  return 0
}

/** What the command line says. */
interface Question {
  readonly word: string
  readonly rest: readonly string[]
  readonly json: boolean
  readonly limit: number
  readonly filter: RunFilter
  readonly by: readonly string[]
}

async function answer(history: History, { word, rest, json, limit, filter, by }: Question, terminal: Terminal): Promise<void> {
  for (const { path, reason } of history.skipped) terminal.printError(`skipped ${path}: ${reason}`)
  switch (word) {
    case 'list': {
      const runs = await listRuns(history, filter, limit)
      tell(terminal, json, runs, () => runsTable(runs, history))
      break
    }
    case 'show': {
      const about = await describeRun(history, await findRun(history, rest[0]!))
      tell(terminal, json, objectsOf(about), () => described(about, terminal))
      break
    }
    case 'compare': {
      const [before, after] = [await findRun(history, rest[0]!), await findRun(history, rest[1]!)]
      const groups = await compareRuns(history, before, after)
      tell(terminal, json, { before, after, groups }, () => compared(before, after, groups))
      break
    }
    case 'cost': {
      const costs = await sumCosts(history, by, filter)
      tell(
        terminal,
        json,
        costs.map((line) => ({ ...line, by: Object.fromEntries(by.map((key, i) => [key, line.by[i]])) })),
        () => costTable(by, costs),
      )
      break
    }
    default: {
      const found = await history.query(rest.join(' '))
      tell(terminal, json, toObjects(found), () => plainTable(found))
    }
  }
}

function checkOperands(word: string, rest: readonly string[]): void {
  const wanted: Readonly<Record<string, number>> = { list: 0, show: 1, compare: 2, cost: 0 }
  if (!words.includes(word)) throw new UsageError(`history: ${word} is none of ${words.join(', ')}; see heddle history --help`)
  if (word === 'sql') {
    if (rest.length === 0) throw new UsageError("history sql: a statement is needed: heddle history sql 'SELECT * FROM runs'")
  } else if (rest.length !== wanted[word]) {
    throw new UsageError(`history ${word}: ${wanted[word]} runs are to be named, not ${rest.length}; see heddle history --help`)
  }
}

function filterOf(values: OptionValues): RunFilter {
  const date = (name: string): Date | undefined => {
    const text = values.text(name)
    if (text === undefined) return undefined
    const given = new Date(text)
    if (!Number.isNaN(given.getTime())) return given
    throw values.wrong(name, `${JSON.stringify(text)} is no date, such as 2026-01-31 or 2026-01-31T08:00`)
  }
  return {
    user: values.text('user'),
    project: values.text('project'),
    client: values.text('client'),
    program: values.text('program'),
    status: values.text('status'),
    job: values.text('job'),
    since: date('since'),
    until: date('until'),
    failed: values.flag('failed'),
  }
}

function tell(terminal: Terminal, json: boolean, data: unknown, text: () => string): void {
  terminal.print(json ? JSON.stringify(data, plain, 2) : text())
}

/** JSON has no whole numbers that are larger than its numbers are exact to. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

function toObjects({ columns, rows }: HistoryRows): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])))
}

function objectsOf(tables: Readonly<Record<string, HistoryRows>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [name, name === 'run' ? toObjects(rows)[0] : toObjects(rows)]),
  )
}

function runsTable(runs: readonly RunLine[], { folder }: History): string {
  if (runs.length === 0) return `no such runs in ${folder}`
  const heads = ['run', 'began', 'status', 'user', 'project', 'took', 'tasks', 'failed', 'core hours', 'reserved', 'results']
  const rows = runs.map((one) => [
    one.run,
    time(one.began),
    one.status,
    one.user ?? '',
    one.project ?? '',
    seconds(one.elapsed),
    formatCount(one.tasks),
    one.failed > 0 ? formatCount(one.failed) : '',
    hours(one.coreHours),
    hours(one.reservedCoreHours),
    formatBytes(one.storedBytes),
  ])
  return formatTable(heads, rows, 'lllllrrrrrr')
}

function described(about: Readonly<Record<string, HistoryRows>>, terminal: Terminal): string {
  const [one] = toObjects(about.run!)
  const facts = Object.entries(one!).flatMap(([name, value]): [string, string][] => {
    if (value === null || name === 'advice') return []
    return [[name.replaceAll('_', ' '), shown(name, value)]]
  })
  const parts = [formatTable(undefined, facts, 'll')]
  for (const name of ['groups', 'workers', 'errors']) {
    const rows = about[name]!
    if (rows.rows.length > 0) parts.push('', bold(name, terminal), plainTable(rows))
  }
  const advice = (one!.advice ?? []) as readonly string[]
  if (advice.length > 0) parts.push('', ...advice)
  return parts.join('\n')
}

function compared(before: string, after: string, groups: readonly GroupComparison[]): string {
  const rows = groups.map(({ group, span, tasks, running, queued, storedBytes }) => [
    group,
    span,
    both(tasks, formatCount),
    both(running, seconds),
    change(running),
    both(queued, seconds),
    both(storedBytes, formatBytes),
  ])
  const sum = (of: (one: GroupComparison) => readonly [number, number]): [number, number] => [
    groups.reduce((all, one) => all + of(one)[0], 0),
    groups.reduce((all, one) => all + of(one)[1], 0),
  ]
  const running = sum((one) => one.running)
  rows.push([
    'all',
    '',
    both(
      sum((one) => one.tasks),
      formatCount,
    ),
    both(running, seconds),
    change(running),
    both(
      sum((one) => one.queued),
      seconds,
    ),
    both(
      sum((one) => one.storedBytes),
      formatBytes,
    ),
  ])
  const table = formatTable(['group', 'span', 'tasks', 'computing', 'change', 'waiting', 'results'], rows, 'llrrrrr')
  return [`before: ${before}`, `after:  ${after}`, '', table].join('\n')
}

function both([before, after]: readonly [number, number], show: (value: number) => string): string {
  return before === after ? show(before) : `${show(before)} → ${show(after)}`
}

function change([before, after]: readonly [number, number]): string {
  if (before === 0) return after === 0 ? '' : 'new'
  const percent = Math.round((100 * (after - before)) / before)
  return `${percent > 0 ? '+' : ''}${percent} %`
}

function costTable(by: readonly string[], costs: readonly CostLine[]): string {
  if (costs.length === 0) return 'no such runs'
  const heads = [...by, 'runs', 'tasks', 'failed', 'core hours', 'reserved', 'results']
  const rows = costs.map((line) => [
    ...line.by.map((value) => value ?? '(none)'),
    formatCount(line.runs),
    formatCount(line.tasks),
    line.failed > 0 ? formatCount(line.failed) : '',
    hours(line.coreHours),
    hours(line.reservedCoreHours),
    formatBytes(line.storedBytes),
  ])
  return formatTable(heads, rows, `${'l'.repeat(by.length)}rrrrrr`)
}

function plainTable({ columns, rows }: HistoryRows): string {
  const right = columns.map((_, i) => rows.every((row) => row[i] === null || ['number', 'bigint'].includes(typeof row[i])))
  const cells = rows.map((row) => row.map((value, i) => (value === null ? '' : shown(columns[i]!, value))))
  return formatTable(columns, cells, right.map((is) => (is ? 'r' : 'l')).join(''))
}

function shown(column: string, value: unknown): string {
  if (value instanceof Date) return time(value)
  if (Array.isArray(value)) return value.map(String).join('; ')
  if (typeof value === 'bigint' || typeof value === 'number') {
    const number = Number(value)
    if (column.endsWith('_bytes')) return formatBytes(number)
    if (/^(?:elapsed|running|decoding|encoding|coding|queued|awaiting|longest|seconds|critical_seconds)$/.test(column)) {
      return seconds(number)
    }
    if (column.endsWith('core_hours')) return hours(number)
    return String(value)
  }
  return String(value as string)
}

function seconds(value: number): string {
  return value === 0 ? '0' : formatDuration(value * 1000)
}

function hours(value: number): string {
  if (value >= 100) return value.toFixed(0)
  return value > 0 && value < 0.001 ? '<0.001' : value.toFixed(3)
}

/** In the time of this place, as people of the machine's own logs read it. */
function time(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
