import { type ComponentChild, h, render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Recording } from './connection.js'
import { duration } from './format.js'
import { ErrorsPage } from './pages/errors.js'
import { GraphPage } from './pages/graph.js'
import { LogsPage } from './pages/logs.js'
import { ProfilePage } from './pages/profile.js'
import { HistoryPage, JobsPage } from './pages/records.js'
import { ShufflePage } from './pages/shuffle.js'
import { SpansPage } from './pages/spans.js'
import { StatusPage } from './pages/status.js'
import { TasksPage } from './pages/tasks.js'
import { WorkerPage, WorkersPage } from './pages/workers.js'
import { store, useModel } from './store.js'
import { chosenTheme, onTheme, setTheme } from './theme.js'

const PAGES: Readonly<Record<string, { readonly name: string; readonly page: () => ComponentChild }>> = {
  status: { name: 'Status', page: StatusPage },
  workers: { name: 'Workers', page: WorkersPage },
  tasks: { name: 'Tasks', page: TasksPage },
  graph: { name: 'Graph', page: GraphPage },
  profile: { name: 'Profile', page: ProfilePage },
  spans: { name: 'Spans', page: SpansPage },
  shuffle: { name: 'Shuffle', page: ShufflePage },
  errors: { name: 'Errors', page: ErrorsPage },
  logs: { name: 'Logs', page: LogsPage },
  jobs: { name: 'Jobs', page: JobsPage },
  history: { name: 'History', page: HistoryPage },
}

const THEMES = { auto: 'System', light: 'Light', dark: 'Dark' } as const

function placeOf(hash: string): readonly [page: string, part: string | undefined] {
  const [page = '', part] = hash.replace(/^#\/?/, '').split('/')
  return [Object.hasOwn(PAGES, page) ? page : 'status', part]
}

function App(): ComponentChild {
  const [[page, part], setPlace] = useState(placeOf(location.hash))
  useEffect(() => {
    const moved = (): void => {
      setPlace(placeOf(location.hash))
      scrollTo(0, 0)
    }
    addEventListener('hashchange', moved)
    return () => removeEventListener('hashchange', moved)
  }, [])
  useEffect(() => {
    document.title = `${PAGES[page]!.name} · Heddle`
    // Where the list of pages is a row, not all of it fits on a phone.
    document.querySelector('nav.pages [aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [page])
  // Tasks, functions and times that somebody has chosen are those of one scheduler: with another a page begins anew.
  const [replacements, setReplacements] = useState(store.replacements)
  useEffect(() => store.onChange(() => setReplacements(store.replacements)), [])
  const shown =
    page === 'workers' && part !== undefined && /^\d+$/.test(part)
      ? h(WorkerPage, { key: `${part}/${replacements}`, number: Number(part) })
      : h(PAGES[page]!.page, { key: `${page}/${replacements}` })
  return h(
    'div',
    { class: 'app' },
    h(
      'a',
      {
        class: 'skip',
        href: '#content',
        onClick: (e: Event) => {
          e.preventDefault()
          document.getElementById('content')?.focus()
        },
      },
      'To the content',
    ),
    h(Head, null),
    h(
      'nav',
      { class: 'pages', 'aria-label': 'Pages' },
      h(
        'ul',
        null,
        Object.entries(PAGES).map(([id, { name }]) =>
          h(
            'li',
            { key: id },
            h('a', { href: `#/${id}`, 'aria-current': id === page ? 'page' : undefined }, name, h(Badge, { id })),
          ),
        ),
      ),
    ),
    h('main', { id: 'content', tabIndex: -1 }, shown),
  )
}

/** How many errors there are is seen from everywhere. */
function Badge({ id }: { id: string }): ComponentChild {
  const model = useModel()
  if (id !== 'errors' || model.errors.size === 0) return null
  return h('span', { class: 'badge', 'aria-label': `${model.errors.size} kinds` }, String(model.errors.size))
}

const STATES = { connecting: 'connecting …', open: 'live', broken: 'not connected: trying again', ended: 'recorded' } as const

function Head(): ComponentChild {
  const model = useModel()
  const [theme, choose] = useState(chosenTheme())
  const [paused, setPaused] = useState(false)
  const { greeting, state } = store
  const span = Number.isNaN(model.from) ? '' : duration(store.now - model.from)
  return h(
    'header',
    { class: 'head' },
    h('h1', null, h(Logo, null), 'Heddle'),
    h('p', { class: 'where', title: greeting?.title }, greeting?.title ?? ''),
    h(
      'p',
      { class: `connection ${state}`, role: 'status' },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      STATES[state],
      span ? h('span', { class: 'note' }, ` ${span}`) : null,
    ),
    store.connection.live
      ? h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(paused),
            onClick: () => {
              store.paused = !paused
              setPaused(!paused)
              store.draw()
            },
          },
          paused ? 'Go on' : 'Hold still',
        )
      : null,
    h(
      'label',
      { class: 'theme' },
      h('span', { class: 'unseen' }, 'Colours'),
      h(
        'select',
        {
          value: theme,
          onChange: (e: Event) => {
            const next = (e.target as HTMLSelectElement).value as typeof theme
            setTheme(next)
            choose(next)
          },
        },
        Object.entries(THEMES).map(([id, name]) => h('option', { value: id }, name)),
      ),
    ),
  )
}

/** Threads through the eyes of a heddle. */
function Logo(): ComponentChild {
  return h(
    'svg',
    { width: 22, height: 22, viewBox: '0 0 22 22', 'aria-hidden': 'true' },
    [4, 11, 18].map((x, i) =>
      h(
        'g',
        { key: x },
        h('line', { x1: x, y1: 1, x2: x, y2: 21, class: 'wire' }),
        h('ellipse', { cx: x, cy: i === 1 ? 8 : 14, rx: 2.4, ry: 3.4, class: 'eye' }),
      ),
    ),
  )
}

/** Shows the page. `recording`: what it shows, when it is a report. */
export function start(recording: Recording | undefined): void {
  const chosen = chosenTheme()
  if (chosen !== 'auto') document.documentElement.dataset.theme = chosen
  store.open(recording)
  onTheme(() => store.draw())
  render(h(App, null), document.getElementById('page')!)
}
