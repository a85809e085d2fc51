import { formatBytes, formatCount, formatDuration } from '../base/index.js'
import type { WorkerDescription } from '../client/index.js'
import { fitText, formatTable, progressLines } from '../diagnostics/index.js'
import { type Accounts, type GroupProgress, adviceOn } from '../events/index.js'

/** What is shown at one moment. */
export interface TopModel {
  readonly address: string
  readonly accounts: Accounts
  readonly workers: readonly WorkerDescription[]
  /** tasks that were done in a second, lately */
  readonly rate: number
}

export const topColumns = ['name', 'cpu', 'memory', 'held', 'spilled', 'running', 'ready'] as const
export type TopColumn = (typeof topColumns)[number]

/** How it is shown. */
export interface TopView {
  readonly width: number
  readonly height: number
  readonly colors: boolean
  readonly sort: TopColumn
  readonly reverse: boolean
  /** workers that are scrolled away */
  readonly offset: number
}

/** The lines of the screen: never more than fit, none wider than the screen. */
export function topScreen(model: TopModel, view: TopView): string[] {
  const { width, height } = view
  const head = headLines(model, view)
  const groups = groupLines(model, { ...view, height: Math.max(1, Math.min(12, Math.floor((height - head.length) / 2))) })
  const left = height - head.length - groups.length - 2
  const workers = workerLines(model, view, Math.max(0, left))
  const keys = paint('2', fitText('q quit   s sort   r reverse   ↑↓ scroll', width).trimEnd(), view)
  const lines = [...head, ...groups, '', ...workers]
  return [...lines.slice(0, height - 1), keys].slice(0, height)
}

function headLines({ address, accounts, workers, rate }: TopModel, view: TopView): string[] {
  const { width } = view
  const sum = (of: (worker: WorkerDescription) => number | undefined): number =>
    workers.reduce((all, worker) => all + (of(worker) ?? 0), 0)
  const limit = sum(({ memoryLimit }) => memoryLimit)
  const memory = sum(({ metrics }) => metrics?.memory)
  const spilled = sum(({ metrics }) => metrics?.spilled)
  const paused = workers.filter(({ metrics }) => metrics?.paused).length
  const parts = [
    `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}${paused > 0 ? ` (${paused} paused)` : ''}`,
    `${accounts.threads} threads, ${sum(({ metrics }) => metrics?.cpu).toFixed(1)} cores in use`,
    `${formatBytes(memory)}${limit > 0 ? ` of ${formatBytes(limit)}` : ''}`,
    ...(spilled > 0 ? [`${formatBytes(spilled)} on disk`] : []),
    `${formatCount(Math.round(rate))} tasks/s`,
  ]
  const [advice] = adviceOn(accounts)
  return [
    paint('1', fitText(`heddle top  ${address}`, width).trimEnd(), view),
    fitText(parts.join('   '), width).trimEnd(),
    ...(advice === undefined ? [] : [paint('33', fitText(advice, width).trimEnd(), view)]),
    '',
  ]
}

function groupLines({ accounts }: TopModel, frame: { width: number; height: number; colors: boolean }): string[] {
  const groups = new Map<string, GroupProgress>()
  for (const { label, tasks, done, erred, running } of accounts.groups) {
    const group = groups.get(label) ?? { label, total: 0, done: 0, erred: 0, seconds: 0 }
    group.total += tasks
    group.done += done
    group.erred += erred
    group.seconds += running
    groups.set(label, group)
  }
  if (groups.size === 0) return ['no tasks']
  const began = accounts.groups.reduce((first, { began: own }) => (own < first ? own : first), accounts.to)
  const model = { groups: [...groups.values()], concurrency: Math.max(1, accounts.threads), started: began * 1000 }
  return progressLines(model, accounts.to * 1000, frame)
}

function workerLines({ workers, accounts }: TopModel, view: TopView, room: number): string[] {
  if (workers.length === 0 || room < 2) return []
  const busy = new Map(accounts.workers.map((worker) => [worker.name, worker]))
  const value = (worker: WorkerDescription): number | string => {
    const { metrics } = worker
    switch (view.sort) {
      case 'name':
        return worker.name
      case 'cpu':
        return metrics?.cpu ?? 0
      case 'memory':
        return metrics?.memory ?? 0
      case 'held':
        return metrics?.held ?? 0
      case 'spilled':
        return metrics?.spilled ?? 0
      case 'running':
        return metrics?.executing ?? 0
      default:
        return metrics?.ready ?? 0
    }
  }
  const sorted = [...workers].sort((a, b) => {
    const [x, y] = [value(a), value(b)]
    const order = typeof x === 'number' ? (y as number) - x : x.localeCompare(y as string, undefined, { numeric: true })
    return view.reverse ? -order : order
  })
  const offset = Math.max(0, Math.min(view.offset, sorted.length - (room - 1)))
  const shown = sorted.slice(offset, offset + room - 1)
  const heads = ['worker', 'host', 'cpu', 'memory', 'values', 'on disk', 'running', 'ready', 'waited', 'state']
  const rows = shown.map((worker) => {
    const { metrics, name, host } = worker
    const account = busy.get(name)
    const waited = account ? account.idleForInputs + account.idleForDisk + account.idleForMemory : 0
    return [
      name,
      host,
      metrics ? `${Math.round(metrics.cpu * 100)} %` : '',
      metrics ? formatBytes(metrics.memory) : '',
      metrics ? formatBytes(metrics.held) : '',
      metrics && metrics.spilled > 0 ? formatBytes(metrics.spilled) : '',
      metrics ? `${metrics.executing}/${worker.threads}` : `0/${worker.threads}`,
      metrics ? String(metrics.ready) : '',
      waited > 0 ? formatDuration(waited * 1000) : '',
      metrics?.paused ? 'paused' : '',
    ]
  })
  const [head, ...lines] = formatTable(heads, rows, 'llrrrrrrrl').split('\n')
  const more = sorted.length - shown.length
  const marked = more > 0 ? `${head}   (${offset + 1}–${offset + shown.length} of ${sorted.length})` : head!
  return [
    paint('2', fitText(marked, view.width).trimEnd(), view),
    ...lines.map((line, i) => {
      const text = fitText(line, view.width).trimEnd()
      return shown[i]?.metrics?.paused ? paint('33', text, view) : text
    }),
  ]
}

function paint(code: string, text: string, { colors }: { readonly colors: boolean }): string {
  return colors ? `\x1b[${code}m${text}\x1b[0m` : text
}
