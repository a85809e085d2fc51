import { type ComponentChild, h } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { HeddleEvent } from '../../../events/index.js'
import { DataTable, Empty, Panel } from '../elements.js'
import { clock } from '../format.js'
import { store } from '../store.js'

export interface TaskName {
  readonly source: number
  readonly graph: number
  readonly task: number
}

/** What the scheduler says of a task; see `TaskPicture` there. */
interface TaskAnswer {
  readonly key: string
  readonly label: string
  readonly state: string
  readonly worker?: string
  readonly inputs: readonly string[]
  readonly moreInputs: number
  readonly error?: { readonly message: string; readonly stack: string; readonly where: string }
  readonly story: readonly HeddleEvent[]
}

/** One task: its key, its inputs, its error, its story. */
export function TaskDetails({ task, close }: { task: TaskName; close?: () => void }): ComponentChild {
  const [answer, setAnswer] = useState<TaskAnswer | undefined>()
  const [problem, setProblem] = useState<string | undefined>()
  useEffect(() => {
    let over = false
    setAnswer(undefined)
    setProblem(undefined)
    store.connection.ask('task', task).then(
      (given) => over || setAnswer(given as TaskAnswer),
      (error: Error) => over || setProblem(error.message),
    )
    return () => {
      over = true
    }
  }, [task.source, task.graph, task.task])
  return h(
    Panel,
    {
      title: answer ? answer.key : 'Task',
      wide: true,
      actions: close ? h('button', { type: 'button', onClick: close }, 'Close') : undefined,
    },
    problem === undefined ? null : h(Empty, null, problem),
    answer ? h(Details, { answer }) : null,
  )
}

function Details({ answer }: { answer: TaskAnswer }): ComponentChild {
  const { state, worker, inputs, moreInputs, error, story } = answer
  return h(
    'div',
    null,
    h(
      'dl',
      { class: 'facts' },
      h('div', null, h('dt', null, 'state'), h('dd', null, state)),
      worker === undefined ? null : h('div', null, h('dt', null, 'worker'), h('dd', null, worker)),
      h(
        'div',
        null,
        h('dt', null, 'inputs'),
        h('dd', null, inputs.length === 0 ? 'none' : inputs.join(', ') + (moreInputs > 0 ? ` and ${moreInputs} more` : '')),
      ),
    ),
    error
      ? h('pre', { class: 'stack', tabIndex: 0 }, error.stack || error.message, error.where ? `\n  on ${error.where}` : '')
      : null,
    story.length === 0
      ? null
      : h(DataTable<HeddleEvent>, {
          caption: 'What happened to the task',
          rows: story,
          columns: [
            { name: 'time', show: (e) => clock(store.wall(e.time), true) },
            { name: 'event', show: (e) => e.kind },
            {
              name: 'worker',
              show: (e) => (e.worker < 0 ? '' : (store.model.workerOf(0, e.worker)?.facts.name ?? String(e.worker))),
            },
          ],
        }),
  )
}
