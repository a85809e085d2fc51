import { type ComponentChild, h } from 'preact'
import { estimateLeft } from '../../../events/index.js'
import type { GroupModel, RunModel } from '../../../model/index.js'
import { Bar, type Column, DataTable, Empty, Panel, Swatch } from '../elements.js'
import { bytes, count, duration, percent } from '../format.js'
import { store } from '../store.js'
import { colorOf } from '../theme.js'

/** How far each group of tasks is, and how long it takes yet. */
export function Progress({ model, most }: { model: RunModel; most?: number }): ComponentChild {
  const groups = [...model.groups.values()].filter(({ total }) => total > 0)
  const estimate = estimateOf(model)
  // What is under way comes first, then what was heard of last.
  groups.sort((a, b) => Number(isOver(a)) - Number(isOver(b)) || b.last - a.last)
  const shown = most === undefined ? groups : groups.slice(0, most)
  const columns: Column<GroupModel>[] = [
    { name: 'function', show: (g) => [h(Swatch, { color: colorOf(g.number) }), g.label], by: (g) => g.label },
    {
      name: 'progress',
      show: (g) =>
        h(Bar, {
          parts: [
            { share: g.done / g.total, kind: 'done' },
            { share: g.erred / g.total, kind: 'failed' },
          ],
          label: `${percent(g.done / g.total)} done${g.erred > 0 ? `, ${count(g.erred)} failed` : ''}`,
        }),
      by: (g) => g.done / g.total,
    },
    { name: 'done', numeric: true, show: (g) => `${count(g.done)} / ${count(g.total)}`, by: (g) => g.done },
    {
      name: 'failed',
      numeric: true,
      show: (g) => (g.erred > 0 ? h('strong', { class: 'bad' }, count(g.erred)) : '0'),
      by: (g) => g.erred,
    },
    { name: 'left', numeric: true, show: (g) => (isOver(g) ? '–' : left(estimate.of(g))), by: (g) => estimate.of(g) ?? 0 },
    {
      name: 'mean',
      numeric: true,
      show: (g) => (g.done > 0 ? duration(g.seconds / g.done) : '–'),
      by: (g) => g.seconds / Math.max(1, g.done),
    },
    { name: 'time', numeric: true, show: (g) => duration(g.seconds), by: (g) => g.seconds },
    { name: 'results', numeric: true, show: (g) => bytes(g.bytes), by: (g) => g.bytes },
  ]
  const more = groups.length - shown.length
  return h(
    Panel,
    {
      title: 'Progress',
      wide: true,
      note: more > 0 ? `${more} more on the page Graph` : undefined,
    },
    shown.length === 0
      ? h(Empty, null, 'No tasks have been submitted yet.')
      : h(DataTable<GroupModel>, { caption: 'Progress by function', rows: shown, columns, keyOf: (g) => g.number }),
  )
}

export function isOver(group: GroupModel): boolean {
  return group.done + group.erred >= group.total
}

export function estimateOf(model: RunModel): ReturnType<typeof estimateLeft> {
  const groups = [...model.groups.values()].filter((group) => !isOver(group))
  const first = Math.min(...groups.map((group) => group.first))
  return estimateLeft(groups, Math.max(0, store.now - first), Math.max(1, model.threads))
}

export function left(seconds: number | undefined): string {
  return seconds === undefined ? '?' : duration(seconds)
}
