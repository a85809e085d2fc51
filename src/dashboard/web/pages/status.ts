import { type ComponentChild, h } from 'preact'
import { useState } from 'preact/hooks'
import type { RunModel, WorkerModel } from '../../../model/index.js'
import { Bar, DataTable, Empty, Panel, Tile } from '../elements.js'
import { bytes, count, percent, rate } from '../format.js'
import { Stream, StreamTable, type View } from '../plots/stream.js'
import { Points, TimePlot } from '../plots/time-plot.js'
import { store, useModel } from '../store.js'
import { currentTheme } from '../theme.js'
import { Progress, estimateOf, isOver, left } from './progress.js'

const MOST_WORKERS = 24

/** What goes on, at a glance. */
export function StatusPage(): ComponentChild {
  const model = useModel()
  return h(
    'div',
    { class: 'panels' },
    h(Tiles, { model }),
    h(Progress, { model, most: 12 }),
    h(LiveStream, { model }),
    h(WorkerBars, { model }),
    h(RatePlot, { model }),
    h(CpuPlot, { model }),
    h(MemoryPlot, { model }),
    h(TransferPlot, { model }),
  )
}

function Tiles({ model }: { model: RunModel }): ComponentChild {
  const groups = [...model.groups.values()]
  const total = groups.reduce((sum, g) => sum + g.total, 0)
  const done = groups.reduce((sum, g) => sum + g.done, 0)
  const erred = groups.reduce((sum, g) => sum + g.erred, 0)
  const workers = model.present
  const held = workers.reduce((sum, w) => sum + (w.sample?.held ?? 0), 0)
  const spilled = workers.reduce((sum, w) => sum + (w.sample?.spilled ?? 0), 0)
  const cpu = workers.reduce((sum, w) => sum + (w.sample?.cpu ?? 0), 0)
  const busy = groups.some((g) => !isOver(g))
  return h(
    'dl',
    { class: 'tiles wide' },
    h(Tile, { label: 'Tasks done', value: count(done), note: `of ${count(total)}` }),
    h(Tile, { label: 'Failed', value: count(erred), tone: erred > 0 ? 'bad' : undefined }),
    h(Tile, { label: 'Tasks a second', value: rate(recentRate(model)) }),
    h(Tile, { label: 'Time left', value: busy ? left(estimateOf(model).all) : '–', note: busy ? 'about' : 'nothing to do' }),
    h(Tile, { label: 'Workers', value: count(workers.length), note: `${count(model.threads)} threads` }),
    h(Tile, { label: 'Cores in use', value: rate(cpu), note: `of ${count(model.threads)} threads` }),
    h(Tile, {
      label: 'Results stored',
      value: bytes(held),
      note: spilled > 0 ? `${bytes(spilled)} of them on disk` : 'in memory',
    }),
  )
}

/** Tasks a second over the last few seconds. */
function recentRate({ bins }: RunModel): number {
  const { finished } = bins.columns
  const from = Math.max(0, bins.length - Math.max(2, Math.ceil(3 / bins.step)))
  let sum = 0
  for (let i = from; i < bins.length; i++) sum += finished[i]!
  const seconds = store.now - bins.timeOf(from)
  // What was long ago is no rate.
  if (bins.length === 0 || store.now - bins.timeOf(bins.length) > 5) return 0
  return seconds > 0 ? sum / seconds : 0
}

function LiveStream({ model }: { model: RunModel }): ComponentChild {
  const [view, setView] = useState<View>({ last: 30 })
  const rows = model.present.reduce((sum, w) => sum + w.rows.rows, 0)
  const live = 'last' in view
  return h(
    Panel,
    {
      title: 'Task stream',
      wide: true,
      note: live ? 'the last 30 seconds' : 'drag to move',
      actions: live
        ? h('a', { href: '#/tasks', class: 'button' }, 'Look closer')
        : h('button', { type: 'button', onClick: () => setView({ last: 30 }) }, 'Follow'),
      table: () => h(StreamTable, { model, view }),
    },
    h(Stream, { height: Math.min(260, Math.max(90, rows * 16 + 22)), view, onView: setView }),
  )
}

function WorkerBars({ model }: { model: RunModel }): ComponentChild {
  const { present } = model
  const most = Math.max(1, ...present.map((w) => limitOf(w)))
  const shown = [...present].sort((a, b) => inMemory(b) - inMemory(a)).slice(0, MOST_WORKERS)
  const named = (a: WorkerModel, b: WorkerModel): number => a.facts.name.localeCompare(b.facts.name, 'en', { numeric: true })
  if (present.length <= MOST_WORKERS) shown.sort(named)
  return h(
    Panel,
    {
      title: 'Workers',
      wide: 'unless-large',
      note: present.length > MOST_WORKERS ? `the ${MOST_WORKERS} that hold most, of ${present.length}` : undefined,
      actions: h('a', { href: '#/workers', class: 'button' }, 'All of them'),
    },
    present.length === 0
      ? h(Empty, null, 'No worker has joined yet.')
      : h(DataTable<WorkerModel>, {
          caption: 'Bytes stored and tasks by worker',
          rows: shown,
          keyOf: (w) => w.number,
          columns: [
            { name: 'name', show: (w) => h('a', { href: `#/workers/${w.number}` }, w.facts.name), by: (w) => w.facts.name },
            {
              name: 'stored',
              show: (w) => h(Bar, { parts: partsOf(w, most), label: memoryText(w) }),
              by: inMemory,
            },
            { name: 'bytes', numeric: true, show: (w) => bytes(w.sample?.held ?? 0), by: inMemory },
            { name: 'tasks', numeric: true, show: (w) => count(w.sample?.tasks ?? 0), by: (w) => w.sample?.tasks ?? 0 },
            { name: 'CPU', numeric: true, show: (w) => percent(w.sample?.cpu ?? 0), by: (w) => w.sample?.cpu ?? 0 },
          ],
        }),
  )
}

function inMemory({ sample }: WorkerModel): number {
  return sample?.held ?? 0
}

function limitOf({ facts, sample }: WorkerModel): number {
  return facts.memoryLimit ?? Math.max(1, (sample?.memory ?? 0) * 1.5)
}

function partsOf(worker: WorkerModel, most: number): { share: number; kind: string }[] {
  const { held = 0, spilled = 0, memory = 0 } = worker.sample ?? {}
  return [
    { share: held / most, kind: 'stored' },
    { share: Math.max(0, memory - held) / most, kind: 'other' },
    { share: spilled / most, kind: 'spilled' },
  ]
}

export function memoryText({ facts, sample }: WorkerModel): string {
  const { held = 0, spilled = 0, memory = 0 } = sample ?? {}
  const limit = facts.memoryLimit === undefined ? 'no limit' : `limit ${bytes(facts.memoryLimit)}`
  return `${bytes(held)} of results, process ${bytes(memory)}, ${bytes(spilled)} on disk, ${limit}`
}

function RatePlot({ model: { bins } }: { model: RunModel }): ComponentChild {
  const theme = currentTheme()
  const points = new Points(bins)
  return h(TimePlot, {
    title: 'Tasks a second',
    times: points.times,
    show: rate,
    lines: [
      { label: 'finished', color: theme.accent, values: points.rate(bins.columns.finished), fill: true },
      { label: 'failed', color: theme.bad, values: points.rate(bins.columns.failed), dash: [4, 3] },
    ],
  })
}

function CpuPlot({ model: { bins } }: { model: RunModel }): ComponentChild {
  const theme = currentTheme()
  const points = new Points(bins)
  return h(TimePlot, {
    title: 'Cores',
    note: 'in use by worker processes, and busy with tasks',
    times: points.times,
    show: rate,
    lines: [
      { label: 'in use', color: theme.accent, values: points.last(bins.columns.cpu), fill: true },
      { label: 'in tasks', color: theme.text, values: points.rate(bins.columns.seconds), dash: [4, 3] },
    ],
  })
}

function MemoryPlot({ model: { bins } }: { model: RunModel }): ComponentChild {
  const theme = currentTheme()
  const points = new Points(bins)
  return h(TimePlot, {
    title: 'Memory',
    note: 'of all workers',
    times: points.times,
    show: bytes,
    lines: [
      { label: 'processes', color: theme.muted, values: points.last(bins.columns.memory) },
      { label: 'results', color: theme.accent, values: points.last(bins.columns.held), fill: true },
      { label: 'on disk', color: theme.bad, values: points.last(bins.columns.spilled), dash: [4, 3] },
    ],
  })
}

function TransferPlot({ model: { bins } }: { model: RunModel }): ComponentChild {
  const theme = currentTheme()
  const points = new Points(bins)
  return h(TimePlot, {
    title: 'Transfers',
    note: 'bytes a second',
    times: points.times,
    show: bytes,
    lines: [
      { label: 'between workers', color: theme.accent, values: points.rate(bins.columns.received), fill: true },
      { label: 'to disk', color: theme.bad, values: points.rate(bins.columns.written), dash: [4, 3] },
    ],
  })
}
