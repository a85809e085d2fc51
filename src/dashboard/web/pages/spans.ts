import { type ComponentChild, h } from 'preact'
import type { SpanModel } from '../../../model/index.js'
import { DataTable, Empty, Panel } from '../elements.js'
import { bytes, clock, count, duration } from '../format.js'
import { store, useModel } from '../store.js'
import { isOver } from './progress.js'

/** Named parts of the program, each with all parts inside it. */
export function SpansPage(): ComponentChild {
  const model = useModel()
  const spans = [...model.spans.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, span]) => span)
  const from = Math.min(...spans.map(({ first }) => first))
  const to = Math.max(from + 1e-3, ...spans.map(({ last }) => last))
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      {
        title: 'Spans',
        wide: true,
        note: spans.length > 0 ? `${clock(store.wall(from))} – ${clock(store.wall(to))}` : undefined,
      },
      spans.length === 0
        ? h(
            Empty,
            null,
            "No task belongs to a span. In the program, span('load', () => …) names a part of it, and all tasks that it makes.",
          )
        : h(DataTable<SpanModel>, {
            caption: 'Spans',
            rows: spans,
            keyOf: (s) => JSON.stringify(s.path),
            columns: [
              {
                name: 'span',
                show: (s) =>
                  h('span', { style: { paddingLeft: `${(s.path.length - 1) * 18}px` }, title: s.path.join(' › ') }, s.label),
              },
              { name: 'when', show: (s) => h(When, { span: s, from, to }) },
              {
                name: 'lasted',
                numeric: true,
                show: (s) => duration((isOver(s) ? s.last : store.now) - s.first),
                by: (s) => s.last - s.first,
              },
              { name: 'tasks', numeric: true, show: (s) => `${count(s.done)} / ${count(s.total)}`, by: (s) => s.total },
              { name: 'failed', numeric: true, show: (s) => count(s.erred), by: (s) => s.erred },
              { name: 'computing', numeric: true, show: (s) => duration(s.seconds), by: (s) => s.seconds },
              { name: 'results', numeric: true, show: (s) => bytes(s.bytes), by: (s) => s.bytes },
              { name: 'copies', numeric: true, show: (s) => count(s.copies), by: (s) => s.copies },
              { name: 'functions', show: (s) => [...s.labels].join(', ') },
            ],
          }),
    ),
  )
}

function When({ span, from, to }: { span: SpanModel; from: number; to: number }): ComponentChild {
  const start = (span.first - from) / (to - from)
  const end = (Math.max(span.last, span.first) - from) / (to - from)
  const label = `from ${clock(store.wall(span.first), true)} to ${clock(store.wall(span.last), true)}`
  return h(
    'div',
    { class: 'bar when', role: 'img', 'aria-label': label, title: label },
    h('span', { class: 'done', style: { marginLeft: `${start * 100}%`, width: `${Math.max(0.8, (end - start) * 100)}%` } }),
  )
}
