import { type ComponentChild, h } from 'preact'
import { DataTable, Empty, Panel } from '../elements.js'
import { bytes, clock, count, duration } from '../format.js'
import { useAnswer } from '../store.js'

/** Rows of plain data, and how their columns are to be read. */
interface Records {
  readonly columns: readonly { readonly name: string; readonly unit?: 'seconds' | 'bytes' | 'count' | 'time' }[]
  readonly rows: readonly (readonly (string | number | null)[])[]
  /** said where there are none */
  readonly empty?: string
}

/** A page whose table its server makes: the queue's jobs, runs of the past. */
function RecordsPage({
  title,
  question,
  nothing,
  every,
}: {
  title: string
  question: string
  nothing: string
  every: number
}): ComponentChild {
  const { answer, error } = useAnswer<Records>(question, every)
  return h(
    'div',
    { class: 'panels records' },
    h(
      Panel,
      { title, wide: true, note: answer && answer.rows.length > 0 ? count(answer.rows.length) : undefined },
      answer === undefined
        ? h(Empty, null, error === undefined ? 'One moment …' : nothing)
        : answer.rows.length === 0
          ? h(Empty, null, answer.empty ?? nothing)
          : h(DataTable<readonly (string | number | null)[]>, {
              caption: title,
              rows: answer.rows,
              columns: answer.columns.map(({ name, unit }, c) => ({
                name,
                numeric: unit !== undefined,
                by: (row: readonly (string | number | null)[]) => row[c] ?? '',
                show: (row: readonly (string | number | null)[]) => show(row[c] ?? null, unit),
              })),
            }),
    ),
  )
}

/** Letters of a path that are shown: its end says most. */
const LETTERS = 34
/** Texts of more letters go on in a line below where there is no room for them. */
const WORD = 16

function show(value: string | number | null, unit: Records['columns'][number]['unit']): ComponentChild {
  if (value === null) return '–'
  if (typeof value === 'string') {
    const isPath = value.length > LETTERS && value.includes('/')
    if (isPath) return h('span', { class: 'long', title: value }, breakable(endOf(value)))
    return value.length > WORD ? h('span', { class: 'long' }, value) : value
  }
  switch (unit) {
    case 'seconds':
      return duration(value)
    case 'bytes':
      return bytes(value)
    case 'count':
      return count(value)
    case 'time':
      return `${new Date(value * 1000).toISOString().slice(0, 10)} ${clock(value)}`
    default:
      return String(value)
  }
}

export function JobsPage(): ComponentChild {
  return h(RecordsPage, {
    title: 'Jobs',
    question: 'jobs',
    every: 3000,
    nothing: 'The workers of this cluster are not jobs of a queue: those of SlurmCluster, PBSCluster and their like are.',
  })
}

export function HistoryPage(): ComponentChild {
  return h(RecordsPage, {
    title: 'History',
    question: 'history',
    every: 10_000,
    nothing: 'No runs of the past are known here.',
  })
}

/** The last folders of a path, and its file. */
function endOf(path: string): string {
  const end = path.slice(1 - LETTERS)
  // A folder is shown whole or not at all, unless there is nothing but it.
  return `…${end.slice(Math.max(0, end.indexOf('/')))}`
}

/** A path that goes on in a line below after a folder, rather than within a name. */
function breakable(path: string): ComponentChild[] {
  return path.split(/(?<=\/)/).flatMap((part, i) => (i === 0 ? [part] : [h('wbr', null), part]))
}
