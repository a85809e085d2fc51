import { type ComponentChild, type ComponentChildren, h } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'

/**
 * A part of a page with a heading. `table`: what its plot shows, as a table, made when it is opened. `wide`: as wide as the page,
 * where that is said as long as there is no room for three side by side.
 */
export function Panel({
  title,
  note,
  actions,
  table,
  wide,
  children,
}: {
  title: string
  note?: ComponentChildren
  actions?: ComponentChildren
  table?: () => ComponentChild
  wide?: boolean | 'unless-large'
  children?: ComponentChildren
}): ComponentChild {
  const [open, setOpen] = useState(false)
  return h(
    'section',
    { class: wide === true ? 'panel wide' : wide ? `panel wide-${wide}` : 'panel', 'aria-label': title },
    h('header', null, h('h2', null, title), note === undefined ? null : h('p', { class: 'note' }, note), actions),
    children,
    table
      ? h(
          'details',
          { class: 'as-table', onToggle: (e: Event) => setOpen((e.currentTarget as HTMLDetailsElement).open) },
          h('summary', null, 'As a table'),
          open ? table() : null,
        )
      : null,
  )
}

export function Tile({
  label,
  value,
  note,
  tone,
}: {
  label: string
  value: string
  note?: string
  tone?: 'bad' | undefined
}): ComponentChild {
  return h(
    'div',
    { class: tone === 'bad' ? 'tile bad' : 'tile' },
    h('dt', null, label),
    h('dd', null, value),
    note === undefined ? null : h('dd', { class: 'note' }, note),
  )
}

export function Empty({ children }: { children?: ComponentChildren }): ComponentChild {
  return h('p', { class: 'empty' }, children)
}

/** A column of a table: how a row is shown, and by what rows are ordered. */
export interface Column<Row> {
  readonly name: string
  readonly show: (row: Row) => ComponentChildren
  /** not there: it cannot be ordered by */
  readonly by?: (row: Row) => number | string
  readonly numeric?: boolean
}

/** Rows that are shown at a time, and as cards on small screens. */
const PAGE = 100
const CARDS = 20
const SMALL = '(max-width: 560px)'
/** Columns that fit side by side on any screen. */
const FEW_COLUMNS = 3

/** Rows that can be ordered by a column, a hundred at a time. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  order,
  keyOf,
  cards = columns.length > FEW_COLUMNS,
}: {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** the number of a column, from 1; negative: from the largest */
  order?: number
  keyOf?: (row: Row) => string | number
  /** on small screens what a row has stands below each other */
  cards?: boolean
}): ComponentChild {
  const [by, setBy] = useState(order ?? 0)
  const [page, setPage] = useState(0)
  const sorted = useMemo(() => {
    const key = columns[Math.abs(by) - 1]?.by
    if (!key) return rows
    const sign = by > 0 ? 1 : -1
    return [...rows].sort((a, b) => {
      const x = key(a)
      const y = key(b)
      return x < y ? -sign : x > y ? sign : 0
    })
  }, [rows, by])
  const most = cards && matchMedia(SMALL).matches ? CARDS : PAGE
  const pages = Math.max(1, Math.ceil(sorted.length / most))
  const at = Math.min(page, pages - 1)
  return h(
    'div',
    { class: 'table-scroll', tabIndex: 0, role: 'region', 'aria-label': `Table: ${caption}` },
    h(
      'table',
      { class: cards ? 'cards' : undefined },
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          columns.map((column, c) => {
            const here = Math.abs(by) === c + 1
            const sort = here ? (by > 0 ? 'ascending' : 'descending') : undefined
            return h(
              'th',
              { scope: 'col', class: column.numeric ? 'numeric' : undefined, 'aria-sort': sort },
              column.by
                ? h(
                    'button',
                    {
                      type: 'button',
                      class: 'sort',
                      onClick: () => setBy(here ? -by : column.numeric ? -(c + 1) : c + 1),
                    },
                    column.name,
                    h('span', { 'aria-hidden': 'true' }, here ? (by > 0 ? ' ▲' : ' ▼') : ''),
                  )
                : column.name,
            )
          }),
        ),
      ),
      h(
        'tbody',
        null,
        sorted.slice(at * most, (at + 1) * most).map((row) =>
          h(
            'tr',
            { key: keyOf?.(row) },
            columns.map((column) =>
              h('td', { class: column.numeric ? 'numeric' : undefined, 'data-column': column.name }, column.show(row)),
            ),
          ),
        ),
      ),
    ),
    pages > 1
      ? h(
          'nav',
          { class: 'pager', 'aria-label': `Pages of ${caption}` },
          h('button', { type: 'button', disabled: at === 0, onClick: () => setPage(at - 1) }, 'Previous'),
          h('span', null, `${at * most + 1}–${Math.min(sorted.length, (at + 1) * most)} of ${sorted.length}`),
          h('button', { type: 'button', disabled: at === pages - 1, onClick: () => setPage(at + 1) }, 'Next'),
        )
      : null,
  )
}

/** The width of an element, as it changes. */
export function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const ref = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)))
    watch.observe(ref.current!)
    return () => watch.disconnect()
  }, [])
  return [ref, width]
}

/** A bar that is divided into parts; the rest is empty. */
export function Bar({ parts, label }: { parts: readonly { share: number; kind: string }[]; label: string }): ComponentChild {
  return h(
    'div',
    { class: 'bar', role: 'img', 'aria-label': label, title: label },
    parts.map(({ share, kind }) =>
      share > 0 ? h('span', { class: kind, style: { width: `${Math.min(100, share * 100)}%` } }) : null,
    ),
  )
}

export function Swatch({ color }: { color: string }): ComponentChild {
  return h('span', { class: 'swatch', style: { background: color }, 'aria-hidden': 'true' })
}
