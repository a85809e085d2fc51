import { type ComponentChild, h } from 'preact'
import { useState } from 'preact/hooks'
import type { WorkerModel } from '../../../model/index.js'
import { Bar, DataTable, Empty, Panel } from '../elements.js'
import { bytes, clock, count, duration, percent, rate } from '../format.js'
import { Stream, StreamTable, type View } from '../plots/stream.js'
import { Points, TimePlot } from '../plots/time-plot.js'
import { store, useModel } from '../store.js'
import { currentTheme } from '../theme.js'
import { memoryText } from './status.js'

const STATES: Readonly<Record<WorkerModel['state'], string>> = {
  running: 'running',
  paused: 'paused: short of memory',
  retiring: 'about to leave',
  left: 'left',
  lost: 'lost',
}

/** All workers, one a row. */
export function WorkersPage(): ComponentChild {
  const model = useModel()
  const [find, setFind] = useState('')
  const [gone, setGone] = useState(false)
  const wanted = find.toLowerCase()
  const rows = model.workers.filter((w): w is WorkerModel => {
    if (!w || (!gone && w.ended !== undefined)) return false
    const { name, host, address = '', pool = '', job = '' } = w.facts
    return `${name} ${host} ${address} ${pool} ${job}`.toLowerCase().includes(wanted)
  })
  const isAnyOther = rows.some(({ state }) => state !== 'running')
  const hasJobs = rows.some(({ facts }) => facts.job !== undefined || facts.pool !== undefined)
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      {
        title: 'Workers',
        wide: true,
        note: `${count(model.present.length)} there, ${count(model.threads)} threads`,
        actions: [
          h(
            'label',
            null,
            'Find ',
            h('input', { type: 'search', value: find, onInput: (e: Event) => setFind((e.target as HTMLInputElement).value) }),
          ),
          h(
            'label',
            { class: 'check' },
            h('input', { type: 'checkbox', checked: gone, onChange: () => setGone(!gone) }),
            ' those that are gone too',
          ),
        ],
      },
      rows.length === 0
        ? h(Empty, null, model.present.length === 0 ? 'No worker has joined yet.' : 'No worker is like that.')
        : h(DataTable<WorkerModel>, {
            caption: 'Workers',
            rows,
            order: 1,
            keyOf: (w) => w.number,
            columns: [
              { name: 'name', show: (w) => h('a', { href: `#/workers/${w.number}` }, w.facts.name), by: (w) => w.facts.name },
              ...(isAnyOther
                ? [
                    {
                      name: 'state',
                      show: (w: WorkerModel) => h('span', { class: `state ${w.state}` }, STATES[w.state]),
                      by: (w: WorkerModel) => w.state,
                    },
                  ]
                : []),
              { name: 'host', show: (w) => w.facts.host, by: (w) => w.facts.host },
              { name: 'address', show: (w) => w.facts.address ?? '–' },
              ...(hasJobs
                ? [
                    { name: 'pool', show: (w: WorkerModel) => w.facts.pool ?? '–', by: (w: WorkerModel) => w.facts.pool ?? '' },
                    { name: 'job', show: (w: WorkerModel) => w.facts.job ?? '–', by: (w: WorkerModel) => w.facts.job ?? '' },
                  ]
                : []),
              { name: 'threads', numeric: true, show: (w) => count(w.facts.threads), by: (w) => w.facts.threads },
              { name: 'CPU', numeric: true, show: (w) => percent(w.sample?.cpu ?? 0), by: (w) => w.sample?.cpu ?? 0 },
              { name: 'memory', show: (w) => h(MemoryBar, { worker: w }), by: (w) => w.sample?.memory ?? 0 },
              { name: 'in use', numeric: true, show: (w) => bytes(w.sample?.memory ?? 0), by: (w) => w.sample?.memory ?? 0 },
              { name: 'limit', numeric: true, show: (w) => limit(w), by: (w) => w.facts.memoryLimit ?? Infinity },
              { name: 'results', numeric: true, show: (w) => bytes(w.sample?.held ?? 0), by: (w) => w.sample?.held ?? 0 },
              { name: 'on disk', numeric: true, show: (w) => bytes(w.sample?.spilled ?? 0), by: (w) => w.sample?.spilled ?? 0 },
              {
                name: 'received',
                numeric: true,
                show: (w) => bytes(w.received),
                by: (w) => w.received,
              },
              { name: 'sent', numeric: true, show: (w) => bytes(w.sent), by: (w) => w.sent },
              { name: 'tasks', numeric: true, show: (w) => count(w.sample?.tasks ?? 0), by: (w) => w.sample?.tasks ?? 0 },
              { name: 'finished', numeric: true, show: (w) => count(w.finished), by: (w) => w.finished },
              { name: 'failed', numeric: true, show: (w) => count(w.failed), by: (w) => w.failed },
              { name: 'last seen', numeric: true, show: seen, by: (w) => w.sample?.silent ?? Infinity },
            ],
          }),
    ),
  )
}

function limit({ facts }: WorkerModel): string {
  return facts.memoryLimit === undefined ? 'none' : bytes(facts.memoryLimit)
}

function seen({ ended, sample }: WorkerModel): string {
  if (ended !== undefined) return clock(store.wall(ended))
  if (sample === undefined) return '–'
  return sample.silent < 1 ? 'now' : `${duration(Math.round(sample.silent * 10) / 10)} ago`
}

function MemoryBar({ worker }: { worker: WorkerModel }): ComponentChild {
  const { held = 0, memory = 0, spilled = 0 } = worker.sample ?? {}
  const most = worker.facts.memoryLimit ?? Math.max(1, memory * 1.5)
  return h(Bar, {
    label: memoryText(worker),
    parts: [
      { share: held / most, kind: 'stored' },
      { share: Math.max(0, memory - held) / most, kind: 'other' },
      { share: spilled / most, kind: 'spilled' },
    ],
  })
}

/** One worker. */
export function WorkerPage({ number }: { number: number }): ComponentChild {
  const model = useModel()
  const [view, setView] = useState<View>({ last: 30 })
  const worker = model.workers[number]
  if (!worker)
    return h(
      'div',
      { class: 'panels' },
      h(Panel, { title: 'Worker', wide: true }, h(Empty, null, 'There is no such worker, or it went long ago.')),
    )
  const { facts, sample, bins } = worker
  const theme = currentTheme()
  const points = new Points(bins)
  const { times } = points
  const fact = (name: string, value: string | undefined): ComponentChild =>
    value === undefined ? null : h('div', null, h('dt', null, name), h('dd', null, value))
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      { title: `Worker ${facts.name}`, wide: true, actions: h('a', { href: '#/workers', class: 'button' }, 'All workers') },
      h(
        'dl',
        { class: 'facts' },
        fact('state', STATES[worker.state]),
        fact('host', facts.host),
        fact('address', facts.address),
        fact('process', facts.pid === undefined ? undefined : String(facts.pid)),
        fact('pool', facts.pool),
        fact('job', facts.job),
        fact('threads', String(facts.threads)),
        fact('joined', clock(store.wall(worker.joined))),
        fact('last seen', seen(worker)),
        fact('memory', sample ? memoryText(worker) : undefined),
        fact('folder', facts.localDirectory),
        fact('tasks', `${count(worker.finished)} finished, ${count(worker.failed)} failed, ${duration(worker.seconds)} in all`),
        fact('results made', bytes(worker.bytes)),
        fact('copies received', count(worker.copies)),
      ),
    ),
    h(
      Panel,
      {
        title: 'Task stream',
        wide: true,
        actions: 'last' in view ? undefined : h('button', { type: 'button', onClick: () => setView({ last: 30 }) }, 'Follow'),
        table: () => h(StreamTable, { model, view, worker: number }),
      },
      h(Stream, { height: Math.min(400, Math.max(90, worker.rows.rows * 18 + 22)), view, onView: setView, worker: number }),
    ),
    h(TimePlot, {
      title: 'Cores in use',
      times,
      show: (v) => v.toFixed(2),
      lines: [{ label: 'CPU', color: theme.accent, values: points.last(bins.columns.cpu), fill: true }],
    }),
    h(TimePlot, {
      title: 'Memory',
      times,
      show: bytes,
      lines: [
        { label: 'process', color: theme.muted, values: points.last(bins.columns.memory) },
        { label: 'results', color: theme.accent, values: points.last(bins.columns.held), fill: true },
        { label: 'on disk', color: theme.bad, values: points.last(bins.columns.spilled), dash: [4, 3] },
      ],
    }),
    h(TimePlot, {
      title: 'Tasks a second',
      times,
      show: rate,
      lines: [{ label: 'finished', color: theme.accent, values: points.rate(bins.columns.finished), fill: true }],
    }),
  )
}
