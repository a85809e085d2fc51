import { type ComponentChild, h } from 'preact'
import { useState } from 'preact/hooks'
import type { GroupModel } from '../../../model/index.js'
import { Panel, Swatch } from '../elements.js'
import { clock, count, duration } from '../format.js'
import { Stream, StreamTable, type View, panned, rangeOf, zoomed } from '../plots/stream.js'
import { store, useModel } from '../store.js'
import { colorOf } from '../theme.js'
import { TaskDetails, type TaskName } from './task-details.js'

const MOST_LEGEND = 24

/** The tasks that ended, each as long as it took, with zoom and filters. */
export function TasksPage(): ComponentChild {
  const model = useModel()
  const [view, setView] = useState<View>({ last: store.connection.live ? 60 : Infinity })
  const [find, setFind] = useState('')
  const [failedOnly, setFailedOnly] = useState(false)
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set())
  const [task, setTask] = useState<TaskName | undefined>()
  const wanted = find.toLowerCase()
  const groups = [...model.groups.values()].filter((g) => g.label.toLowerCase().includes(wanted))
  const filtered = find !== '' || hidden.size > 0
  const chosen = filtered ? new Set(groups.filter((g) => !hidden.has(g.number)).map((g) => g.number)) : undefined
  const rows = model.present.reduce((sum, w) => sum + w.rows.rows, 0)
  const [from, to] = rangeOf(view)
  const toggle = (group: GroupModel): void => {
    const next = new Set(hidden)
    if (!next.delete(group.number)) next.add(group.number)
    setHidden(next)
  }
  const button = (text: string, label: string, next: () => View): ComponentChild =>
    h('button', { type: 'button', title: label, onClick: () => setView(next()) }, text)
  const sign = (symbol: string, label: string, next: () => View): ComponentChild =>
    h(
      'button',
      { type: 'button', 'aria-label': label, title: label, onClick: () => setView(next()) },
      h('span', { 'aria-hidden': 'true' }, symbol),
    )
  const range = `${clock(store.wall(from), true)} – ${clock(store.wall(to), true)} (${duration(to - from)})`
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      {
        title: 'Tasks',
        wide: true,
        note:
          model.leftOut > 0
            ? `${count(model.leftOut)} tasks came too fast to be shown one by one: they are counted, not drawn`
            : range,
        actions: [
          h(
            'label',
            null,
            'Function ',
            h('input', {
              type: 'search',
              name: 'find',
              value: find,
              onInput: (e: Event) => setFind((e.target as HTMLInputElement).value),
            }),
          ),
          h(
            'label',
            { class: 'check' },
            h('input', { type: 'checkbox', name: 'failed', checked: failedOnly, onChange: () => setFailedOnly(!failedOnly) }),
            ' only what failed',
          ),
          h(
            'span',
            { class: 'buttons', role: 'group', 'aria-label': 'Time shown' },
            sign('◀', 'Earlier', () => panned(view, -0.5)),
            sign('+', 'Zoom in', () => zoomed(view, 2)),
            sign('−', 'Zoom out', () => zoomed(view, 0.5)),
            sign('▶', 'Later', () => panned(view, 0.5)),
            button('All', 'The whole run', () => ({ last: Infinity })),
            store.connection.live ? button('Live', 'Follow the last minute', () => ({ last: 60 })) : null,
          ),
        ],
        table: () => h(StreamTable, { model, view, groups: chosen, failedOnly }),
      },
      h(Stream, {
        height: Math.min(640, Math.max(260, rows * 26 + 22)),
        view,
        onView: setView,
        groups: chosen,
        failedOnly,
        onTask: setTask,
      }),
      h(
        'p',
        { class: 'hint' },
        'Drag to move; click into the plot and turn the wheel to zoom; click a task to know more. ✕ marks what failed.',
      ),
      h(
        'ul',
        { class: 'legend', 'aria-label': 'Functions: press one to hide or show it' },
        groups
          .sort((a, b) => b.seconds - a.seconds)
          .slice(0, MOST_LEGEND)
          .map((g) =>
            h(
              'li',
              { key: g.number },
              h(
                'button',
                { type: 'button', 'aria-pressed': String(!hidden.has(g.number)), onClick: () => toggle(g) },
                h(Swatch, { color: colorOf(g.number) }),
                `${g.label} `,
                h('span', { class: 'note' }, duration(g.seconds)),
              ),
            ),
          ),
      ),
    ),
    task ? h(TaskDetails, { task, close: () => setTask(undefined) }) : null,
  )
}
