import { formatCount, formatDuration } from '../base/index.js'
import { type GroupProgress, estimateLeft } from '../events/index.js'
import { fitText, oneLine, textWidth } from './text-width.js'

/** What is under way, all runs taken together. Times in milliseconds. */
export interface ProgressModel {
  /** in the order of their first appearance */
  readonly groups: readonly GroupProgress[]
  /** how many tasks run at once */
  readonly concurrency: number
  readonly started: number
}

/** What the lines are drawn for. */
export interface ProgressFrame {
  /** cells of a line */
  readonly width: number
  /** the most lines there may be */
  readonly height: number
  readonly colors: boolean
}

/** One line before it is laid out. */
interface Row {
  readonly label: string
  readonly count: string
  readonly percent: string
  readonly eta: string
  readonly elapsed: string
  readonly failed: string
  readonly done: number
  readonly erred: number
  readonly total: number
  readonly strong: boolean
}

const GAP = '  '
const LONGEST_LABEL = 32
/** a label is not cut below this for the sake of something else */
const USEFUL_LABEL = 12
const LONGEST_BAR = 40
const SHORTEST_BAR = 8
const MOST_GROUPS = 8

/**
 * The lines that show how far things are: one for each group of tasks, and, when there are several, one for all of them.
 * When there are too many groups, those that are under way come first.
 */
export function progressLines(model: ProgressModel, now: number, frame: ProgressFrame): string[] {
  const { groups, concurrency, started } = model
  if (groups.length === 0) return []
  const elapsed = (now - started) / 1000
  const estimate = estimateLeft(groups, elapsed, concurrency)
  const [only] = groups
  if (groups.length === 1 || frame.height < 3) {
    const whole = groups.length === 1 ? only! : sumOf(groups)
    return layOut([rowOf(whole, estimate.all, elapsed)], frame)
  }
  // One line is for the sum, and one for saying that there are more.
  const room = Math.min(MOST_GROUPS, frame.height - 2)
  const shown = groups.length <= room ? groups : selected(groups, room)
  const rows = shown.map((group) => rowOf(group, estimate.of(group)))
  const lines = layOut([...rows, { ...rowOf(sumOf(groups), estimate.all, elapsed), strong: true }], frame)
  if (shown.length < groups.length)
    lines.splice(-1, 0, paint(DIM, fitText(`… and ${groups.length - shown.length} more`, frame.width), frame.colors))
  return lines
}

/** Those under way, then those that wait, then those that are over; each in the old order. */
function selected(groups: readonly GroupProgress[], room: number): GroupProgress[] {
  const urgency = ({ done, erred, total }: GroupProgress): number => (done + erred >= total ? 2 : done + erred > 0 ? 0 : 1)
  const chosen = new Set([...groups].sort((a, b) => urgency(a) - urgency(b)).slice(0, room))
  return groups.filter((group) => chosen.has(group))
}

function sumOf(groups: readonly GroupProgress[]): GroupProgress {
  const sum: GroupProgress = { label: 'total', total: 0, done: 0, erred: 0, seconds: 0 }
  for (const { total, done, erred, seconds } of groups) {
    sum.total += total
    sum.done += done
    sum.erred += erred
    sum.seconds += seconds
  }
  return sum
}

function rowOf({ label, total, done, erred }: GroupProgress, left: number | undefined, elapsed?: number): Row {
  return {
    label: oneLine(label),
    count: `${count(done)}/${count(total)}`,
    // Rounded down: 100% is said when all is done, not before.
    percent: `${total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total))}%`,
    eta: left ? `ETA ${clock(left)}` : '',
    elapsed: elapsed === undefined ? '' : `elapsed ${clock(elapsed)}`,
    failed: erred > 0 ? `${count(erred)} failed` : '',
    done,
    erred,
    total,
    strong: false,
  }
}

const count = (n: number): string => (n < 100_000 ? String(n) : formatCount(n))
const joined = (...parts: string[]): string => parts.filter(Boolean).join(GAP)

/** A time that ticks: one decimal while it is short, then whole seconds. */
function clock(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  return seconds < 59.5 ? `${Math.round(seconds)} s` : formatDuration(Math.round(seconds) * 1000)
}

/** Label, bar, count, percentage, then notes. What there is no room for is left out: the bar, then the notes, then the label. */
function layOut(rows: readonly Row[], { width, colors }: ProgressFrame): string[] {
  const widest = (of: (row: Row) => string): number => Math.max(...rows.map((row) => textWidth(of(row))))
  const counts = widest((row) => row.count)
  const percents = widest((row) => row.percent)
  const numbers = GAP.length + counts + GAP.length + percents
  const etas = widest((row) => row.eta)
  const notesOf = (row: Row, failed = row.failed): string => joined(fitText(row.eta, etas), row.elapsed, failed)
  const withNotes = numbers + GAP.length + Math.max(...rows.map((row) => notesOf(row).length))
  const wanted = Math.min(
    widest((row) => row.label),
    LONGEST_LABEL,
    Math.max(USEFUL_LABEL, Math.floor(width * 0.3)),
  )
  const hasNotes = Math.min(wanted, USEFUL_LABEL) + withNotes <= width
  const right = hasNotes ? withNotes : numbers
  const labels = Math.min(wanted, width - right)
  const room = width - labels - GAP.length - right
  const bar = room < SHORTEST_BAR ? 0 : Math.min(LONGEST_BAR, room)
  return rows.map((row) => {
    const tail = joined(row.count.padStart(counts), row.percent.padStart(percents))
    if (labels < 1) return fitText(tail, width).trimEnd()
    const label = paint(row.strong ? BOLD : '', fitText(row.label, labels), colors)
    const strip = bar === 0 ? '' : stripOf(row, bar, colors)
    return joined(label, strip, tail, hasNotes ? notesOf(row, paint(RED, row.failed, colors)) : '').trimEnd()
  })
}

/** The bar: what is done, what failed, what is left. */
function stripOf({ done, erred, total }: Row, width: number, colors: boolean): string {
  const cells = (n: number): number => (total === 0 ? width : Math.min(width, Math.floor((width * n) / total)))
  const good = cells(done)
  // A failure is seen however many tasks there are.
  const bad = erred > 0 ? Math.min(width - good, Math.max(1, cells(erred))) : 0
  return (
    paint(GREEN, '━'.repeat(good), colors) +
    paint(RED, (colors ? '━' : '×').repeat(bad), colors) +
    paint(DIM, '─'.repeat(width - good - bad), colors)
  )
}

const BOLD = '1'
const DIM = '2'
const RED = '31'
const GREEN = '32'

function paint(style: string, text: string, colors: boolean): string {
  return colors && style !== '' && text !== '' ? `\x1b[${style}m${text}\x1b[0m` : text
}
