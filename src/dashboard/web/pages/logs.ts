import { type ComponentChild, h } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { ModelLine } from '../../../model/index.js'
import { DataTable, Empty, Panel } from '../elements.js'
import { clock, count } from '../format.js'
import { store, useModel } from '../store.js'

const LEVELS = ['debug', 'info', 'warning', 'error'] as const

/** Milliseconds between two questions for what workers have printed. */
const ASK_AGAIN = 1000

/** What was said and printed, the latest first. */
export function LogsPage(): ComponentChild {
  const model = useModel()
  const [find, setFind] = useState('')
  const [least, setLeast] = useState<(typeof LEVELS)[number]>('debug')
  usePrinted()
  const wanted = find.toLowerCase()
  const from = LEVELS.indexOf(least)
  const { lines: printed } = store.printed
  const rows = [...model.lines, ...printed]
    .filter(({ level, from: who, text }) => LEVELS.indexOf(level) >= from && `${who} ${text}`.toLowerCase().includes(wanted))
    .sort((a, b) => b.time - a.time)
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      {
        title: 'Logs',
        wide: true,
        note: `${count(rows.length)} of ${count(model.lines.length + printed.length)} lines`,
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
            'At least ',
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
            cards: false,
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

/** While this is shown, what workers print is asked for. */
function usePrinted(): void {
  useEffect(() => {
    if (!store.connection.live) return
    let timer: number | undefined
    let over = false
    const ask = async (): Promise<void> => {
      const { connection, printed } = store
      try {
        if (await printed.look((...question) => connection.ask(...question), store.wall(0))) store.changed()
      } catch {
        // There is no connection now: the head of the page says so.
      }
      if (!over) timer = window.setTimeout(() => void ask(), ASK_AGAIN)
    }
    void ask()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [])
}
