import { type ComponentChild, h } from 'preact'
import { type Accounts, type SpanAccount, adviceOn, spanAccounts } from '../../../model/index.js'
import type { SpanModel } from '../../../model/index.js'
import { Bar, DataTable, Empty, Panel } from '../elements.js'
import { bytes, clock, count, duration, percent } from '../format.js'
import { store, useAnswer, useModel } from '../store.js'
import { isOver } from './progress.js'

/** Named parts of the program and what each cost; where the time of all threads went, and what would help. */
export function SpansPage(): ComponentChild {
  const model = useModel()
  const { answer } = useAnswer<Accounts>('accounts', 2000)
  return h(
    'div',
    { class: 'panels' },
    answer && answer.available > 0 ? h(Threads, { accounts: answer }) : null,
    h(When, { spans: [...model.spans.values()].sort((a, b) => compare(a.path, b.path)) }),
    answer && answer.groups.length > 0 ? h(Costs, { accounts: answer }) : null,
  )
}

/** A span comes before those inside it. */
function compare(a: readonly string[], b: readonly string[]): number {
  for (let d = 0; d < a.length && d < b.length; d++) if (a[d] !== b[d]) return a[d]! < b[d]! ? -1 : 1
  return a.length - b.length
}

function Threads({ accounts }: { accounts: Accounts }): ComponentChild {
  const { available, workers, groups, paths } = accounts
  const computing = groups.reduce((sum, g) => sum + Math.max(0, g.running - g.decoding - g.encoding), 0)
  const coding = groups.reduce((sum, g) => sum + g.decoding + g.encoding, 0)
  const inputs = workers.reduce((sum, w) => sum + w.idleForInputs, 0)
  const memory = workers.reduce((sum, w) => sum + w.idleForDisk + w.idleForMemory, 0)
  const rest = Math.max(0, available - computing - coding - inputs - memory)
  const parts = [
    { name: 'computing', kind: 'done', seconds: computing },
    { name: 'encoding and decoding values', kind: 'stored', seconds: coding },
    { name: 'waiting for inputs', kind: 'spilled', seconds: inputs },
    { name: 'waiting for memory or disk', kind: 'failed', seconds: memory },
    { name: 'nothing to do', kind: 'rest', seconds: rest },
  ]
  const advice = adviceOn(accounts)
  return h(
    Panel,
    { title: 'Where the time went', wide: true, note: `${duration(available)} of all threads` },
    h(
      'div',
      { class: 'tall-bar' },
      h(Bar, {
        parts: parts.map(({ kind, seconds }) => ({ kind, share: seconds / available })),
        label: parts.map(({ name, seconds }) => `${name} ${percent(seconds / available)}`).join(', '),
      }),
    ),
    h(
      'ul',
      { class: 'legend plain' },
      parts.map(({ name, kind, seconds }) =>
        h(
          'li',
          { key: name },
          h('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' }),
          `${name} ${percent(seconds / available)} `,
          h('span', { class: 'note' }, duration(seconds)),
        ),
      ),
    ),
    paths.tasks > 0
      ? h(
          'p',
          { class: 'hint' },
          `The critical path, which the whole waited for: ${count(paths.tasks)} tasks that ran ${duration(paths.running)} of ${duration(paths.elapsed)}.`,
        )
      : null,
    advice.length > 0
      ? h(
          'ul',
          { class: 'advice', 'aria-label': 'What would help most' },
          advice.map((text) => h('li', { key: text }, text)),
        )
      : null,
  )
}

function When({ spans }: { spans: readonly SpanModel[] }): ComponentChild {
  const from = Math.min(...spans.map(({ first }) => first))
  const to = Math.max(from + 1e-3, ...spans.map(({ last }) => last))
  return h(
    Panel,
    { title: 'Spans', wide: true, note: spans.length > 0 ? `${clock(store.wall(from))} – ${clock(store.wall(to))}` : undefined },
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
            { name: 'span', show: (s) => h(Indented, { path: s.path }) },
            { name: 'when', show: (s) => h(Lasting, { span: s, from, to }) },
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
            { name: 'functions', show: (s) => [...s.labels].join(', ') },
          ],
        }),
  )
}

function Costs({ accounts }: { accounts: Accounts }): ComponentChild {
  const rows = spanAccounts(accounts.groups, accounts.spans)
  return h(
    Panel,
    {
      title: 'What each cost',
      wide: true,
      note: 'spans, and phases: what tasks in no span were computed for',
    },
    h(DataTable<SpanAccount>, {
      caption: 'What spans and phases cost',
      rows,
      columns: [
        { name: 'span', show: (s) => h(Indented, { path: s.span }) },
        { name: 'tasks', numeric: true, show: (s) => `${count(s.done)} / ${count(s.tasks)}`, by: (s) => s.tasks },
        { name: 'failed', numeric: true, show: (s) => count(s.erred), by: (s) => s.erred },
        {
          name: 'computing',
          numeric: true,
          show: (s) => duration(Math.max(0, s.running - s.decoding - s.encoding)),
          by: (s) => s.running,
        },
        { name: 'coding', numeric: true, show: (s) => duration(s.decoding + s.encoding), by: (s) => s.decoding + s.encoding },
        { name: 'queued', numeric: true, show: (s) => duration(s.queued), by: (s) => s.queued },
        { name: 'for inputs', numeric: true, show: (s) => duration(s.awaiting), by: (s) => s.awaiting },
        { name: 'received', numeric: true, show: (s) => bytes(s.received), by: (s) => s.received },
        { name: 'results', numeric: true, show: (s) => bytes(s.stored), by: (s) => s.stored },
        { name: 'held at most', numeric: true, show: (s) => bytes(s.peak), by: (s) => s.peak },
        { name: 'idle', numeric: true, show: (s) => duration(s.idle), by: (s) => s.idle },
        { name: 'idle for', show: (s) => idleFor(s) },
        { name: 'critical', numeric: true, show: (s) => duration(s.criticalSeconds), by: (s) => s.criticalSeconds },
      ],
    }),
  )
}

/** Why threads were idle while a span was under way. */
function idleFor({ idle, idleForInputs, idleForDisk, idleForMemory }: SpanAccount): string {
  if (!(idle > 0)) return ''
  const reasons = [
    { name: 'inputs', seconds: idleForInputs },
    { name: 'disk', seconds: idleForDisk },
    { name: 'memory', seconds: idleForMemory },
    { name: 'no task', seconds: Math.max(0, idle - idleForInputs - idleForDisk - idleForMemory) },
  ]
  return reasons
    .filter(({ seconds }) => seconds / idle >= 0.01)
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ name, seconds }) => `${name} ${percent(Math.min(1, seconds / idle))}`)
    .join(', ')
}

function Indented({ path }: { path: readonly string[] }): ComponentChild {
  return h('span', { style: { paddingLeft: `${(path.length - 1) * 18}px` }, title: path.join(' › ') }, path.at(-1))
}

function Lasting({ span, from, to }: { span: SpanModel; from: number; to: number }): ComponentChild {
  const start = (span.first - from) / (to - from)
  const end = (Math.max(span.last, span.first) - from) / (to - from)
  const label = `from ${clock(store.wall(span.first), true)} to ${clock(store.wall(span.last), true)}`
  return h(
    'div',
    { class: 'bar when', role: 'img', 'aria-label': label, title: label },
    h('span', { class: 'done', style: { marginLeft: `${start * 100}%`, width: `${Math.max(0.8, (end - start) * 100)}%` } }),
  )
}
