import { type ComponentChild, h } from 'preact'
import { useState } from 'preact/hooks'
import type { ModelLine } from '../../../model/index.js'
import { DataTable, Empty, Panel } from '../elements.js'
import { clock, count } from '../format.js'
import { store, useModel } from '../store.js'

const LEVELS = ['debug', 'info', 'warning', 'error'] as const

/** What was said, the latest first. */
export function LogsPage(): ComponentChild {
  const model = useModel()
  const [find, setFind] = useState('')
  const [least, setLeast] = useState<(typeof LEVELS)[number]>('debug')
  const wanted = find.toLowerCase()
  const from = LEVELS.indexOf(least)
  const rows = model.lines
    .filter(({ level, from: who, text }) => LEVELS.indexOf(level) >= from && `${who} ${text}`.toLowerCase().includes(wanted))
    .reverse()
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      {
        title: 'Logs',
        wide: true,
        note: `${count(rows.length)} of ${count(model.lines.length)} lines`,
        actions: [
          h(
            'label',
            null,
            'Find ',
            h('input', {
              type: 'search',
              name: 'find',
              value: find,
              onInput: (e: Event) => setFind((e.target as HTMLInputElement).value),
            }),
          ),
          h(
            'label',
            null,
            'From ',
            h(
              'select',
              {
                name: 'level',
                value: least,
                onChange: (e: Event) => setLeast((e.target as HTMLSelectElement).value as typeof least),
              },
              LEVELS.map((level) => h('option', { value: level }, level)),
            ),
          ),
        ],
      },
      rows.length === 0
        ? h(Empty, null, 'Nothing was said.')
        : h(DataTable<ModelLine>, {
            caption: 'Lines of the log, the latest first',
            rows,
            columns: [
              { name: 'time', show: ({ time }) => clock(store.wall(time), true) },
              {
                name: 'level',
                show: ({ level }) => h('span', { class: `level ${level}` }, level),
                by: ({ level }) => LEVELS.indexOf(level),
              },
              { name: 'from', show: ({ from: who }) => who, by: ({ from: who }) => who },
              { name: 'text', show: ({ text }) => h('span', { class: 'line' }, text) },
            ],
          }),
    ),
  )
}
