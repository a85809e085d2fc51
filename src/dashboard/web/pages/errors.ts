import { type ComponentChild, h } from 'preact'
import { useState } from 'preact/hooks'
import type { ErrorGroup } from '../../../model/index.js'
import { Empty, Panel } from '../elements.js'
import { clock, count } from '../format.js'
import { store, useModel } from '../store.js'
import { TaskDetails, type TaskName } from './task-details.js'

/** Failures, those alike together. */
export function ErrorsPage(): ComponentChild {
  const model = useModel()
  const groups = [...model.errors.entries()].sort(([, a], [, b]) => b.last - a.last)
  const all = groups.reduce((sum, [, { count: n }]) => sum + n, 0)
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      {
        title: 'Errors',
        wide: true,
        note:
          groups.length > 0
            ? `${count(all)} tasks failed in ${groups.length === 1 ? 'one way' : `${groups.length} ways`}${model.errorsLeftOut > 0 ? `; ${count(model.errorsLeftOut)} more came too fast to be told apart` : ''}`
            : undefined,
      },
      groups.length === 0 ? h(Empty, null, 'No task has failed.') : groups.map(([key, group]) => h(Failure, { key, group })),
    ),
  )
}

function Failure({ group }: { group: ErrorGroup }): ComponentChild {
  const [open, setOpen] = useState(false)
  const [task, setTask] = useState<TaskName | undefined>()
  const [first] = group.message.split('\n')
  return h(
    'details',
    {
      class: 'failure',
      onToggle: (e: Event) => {
        const now = (e.currentTarget as HTMLDetailsElement).open
        setOpen(now)
        if (now && !task && group.examples[0]) setTask(group.examples[0])
      },
    },
    h(
      'summary',
      null,
      h('span', { class: 'times' }, `${count(group.count)} ×`),
      h('strong', null, first),
      h('span', { class: 'note' }, ` in ${group.label}, last at ${clock(store.wall(group.last))}`),
    ),
    open
      ? h(
          'div',
          null,
          group.message === first ? null : h('pre', { class: 'stack', tabIndex: 0 }, group.message),
          h(
            'span',
            { class: 'buttons', role: 'group', 'aria-label': 'Examples' },
            group.examples.map((example, i) =>
              h(
                'button',
                { type: 'button', 'aria-pressed': String(task === example), onClick: () => setTask(example) },
                `Example ${i + 1}, on ${example.worker}`,
              ),
            ),
          ),
          task ? h(TaskDetails, { task }) : null,
        )
      : null,
  )
}
