import { type ComponentChild, h } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type CallNode, CallTree, type FlatCallTree } from '../../../events/index.js'
import { DataTable, Empty, Panel } from '../elements.js'
import { clock, count, duration, percent } from '../format.js'
import { Flame, nameOf, placeOf } from '../plots/flame.js'
import { store } from '../store.js'

/** What the scheduler answers; see `ProfilePicture` there. */
interface ProfileAnswer {
  readonly parts: readonly { readonly worker: string; readonly threads: number; readonly tree: FlatCallTree }[]
}

/** What was found within a short while. */
interface Slice {
  readonly time: number
  readonly parts: ProfileAnswer['parts']
  /** milliseconds that were found in functions */
  readonly busy: number
}

const SECONDS = 2
const MOST_SLICES = 150
const MOST_FUNCTIONS = 100

/** What threads do: recorded while this page is told to, in slices of which any may be looked at. */
export function ProfilePage(): ComponentChild {
  const [what, setWhat] = useState<'workers' | 'scheduler'>('workers')
  const [recording, setRecording] = useState(false)
  const [slices, setSlices] = useState<readonly Slice[]>([])
  const [chosen, setChosen] = useState<readonly [number, number] | undefined>()
  const [problem, setProblem] = useState<string | undefined>()
  const [find, setFind] = useState('')
  const over = useRef(false)

  useEffect(() => {
    if (store.connection.live) return
    store.connection.ask('profile').then(
      (answer) => setSlices([sliceOf(answer as ProfileAnswer, store.model.from)]),
      (error: Error) => setProblem(error.message),
    )
  }, [])
  useEffect(() => {
    if (!recording) return undefined
    over.current = false
    let mine = true
    const record = async (): Promise<void> => {
      while (mine) {
        const time = store.now
        const answer = (await store.connection.ask('profile', { seconds: SECONDS, what })) as ProfileAnswer
        if (mine) setSlices((before) => [...before, sliceOf(answer, time)].slice(-MOST_SLICES))
      }
    }
    record().catch((error: Error) => {
      setProblem(error.message)
      setRecording(false)
    })
    return () => {
      mine = false
    }
  }, [recording, what])

  const part = chosen ? slices.filter(({ time }) => time >= chosen[0] && time <= chosen[1]) : slices
  const tree = useMemo(() => {
    const all = new CallTree()
    for (const { parts } of part) for (const { tree: own } of parts) all.add(own)
    return all
  }, [slices, chosen])
  const switchTo = (to: 'workers' | 'scheduler'): void => {
    setWhat(to)
    setSlices([])
    setChosen(undefined)
  }
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      {
        title: 'Profile',
        wide: true,
        note:
          what === 'workers'
            ? 'what the threads that run tasks are found doing'
            : 'what the scheduler’s own thread is found doing',
        actions: store.connection.live
          ? [
              h(
                'span',
                { class: 'buttons', role: 'group', 'aria-label': 'What is profiled' },
                h(
                  'button',
                  { type: 'button', 'aria-pressed': String(what === 'workers'), onClick: () => switchTo('workers') },
                  'Workers',
                ),
                h(
                  'button',
                  { type: 'button', 'aria-pressed': String(what === 'scheduler'), onClick: () => switchTo('scheduler') },
                  'Scheduler',
                ),
              ),
              h(
                'button',
                {
                  type: 'button',
                  class: 'primary',
                  'aria-pressed': String(recording),
                  onClick: () => {
                    setProblem(undefined)
                    setRecording(!recording)
                  },
                },
                recording ? 'Stop' : 'Record',
              ),
              h(
                'label',
                null,
                'Find ',
                h('input', { type: 'search', value: find, onInput: (e: Event) => setFind((e.target as HTMLInputElement).value) }),
              ),
            ]
          : undefined,
        ...(tree.root.total > 0 ? { table: () => h(Functions, { root: tree.root }) } : {}),
      },
      problem === undefined ? null : h(Empty, null, problem),
      slices.length > 1 ? h(Slices, { slices, chosen, choose: setChosen }) : null,
      tree.root.total > 0
        ? h(Flame, { root: tree.root, find })
        : h(
            Empty,
            null,
            recording
              ? 'Nothing was found running yet.'
              : 'Press Record: threads are sampled every millisecond, as long as this page records, which costs them a few percent.',
          ),
    ),
  )
}

function sliceOf(answer: ProfileAnswer, time: number): Slice {
  return {
    time,
    parts: answer.parts,
    busy: answer.parts.reduce((sum, { tree }) => sum + tree.self.reduce((a, b) => a + b, 0), 0),
  }
}

/** When threads were busy; press one slice, and with Shift another, to see what was done then. */
function Slices({
  slices,
  chosen,
  choose,
}: {
  slices: readonly Slice[]
  chosen: readonly [number, number] | undefined
  choose: (range: readonly [number, number] | undefined) => void
}): ComponentChild {
  const most = Math.max(1, ...slices.map(({ busy }) => busy))
  return h(
    'div',
    { class: 'slices', role: 'group', 'aria-label': 'Time: press a slice to see it alone, with Shift to see several' },
    slices.map(({ time, busy }) => {
      const inside = !chosen || (time >= chosen[0] && time <= chosen[1])
      return h('button', {
        type: 'button',
        key: time,
        'aria-pressed': String(chosen !== undefined && inside),
        'aria-label': `${clock(store.wall(time))}, ${duration(busy / 1000)} busy`,
        title: `${clock(store.wall(time))}, ${duration(busy / 1000)} busy`,
        class: inside ? 'slice in' : 'slice',
        style: { height: `${8 + (32 * busy) / most}px` },
        onClick: (e: MouseEvent) => {
          if (e.shiftKey && chosen) choose([Math.min(chosen[0], time), Math.max(chosen[1], time)])
          else if (chosen?.[0] === time && chosen[1] === time) choose(undefined)
          else choose([time, time])
        },
      })
    }),
    chosen ? h('button', { type: 'button', class: 'plain', onClick: () => choose(undefined) }, 'All') : null,
  )
}

function Functions({ root }: { root: CallNode }): ComponentChild {
  const sums = new Map<string, { name: string; place: string; self: number; total: number; hits: number }>()
  const walk = (node: CallNode, above: ReadonlySet<string>): void => {
    const { name, url, line, column } = node.frame
    const key = `${url}:${line}:${column}:${name}`
    let sum = sums.get(key)
    if (!sum) sums.set(key, (sum = { name: nameOf(node), place: placeOf(node), self: 0, total: 0, hits: 0 }))
    sum.self += node.self
    sum.hits += node.hits
    // What calls itself is counted once.
    if (!above.has(key)) sum.total += node.total
    const inside = new Set(above).add(key)
    for (const child of node.children) walk(child, inside)
  }
  for (const child of root.children) walk(child, new Set())
  const rows = [...sums.values()].sort((a, b) => b.self - a.self).slice(0, MOST_FUNCTIONS)
  return h(DataTable<(typeof rows)[number]>, {
    caption: 'Functions',
    rows,
    columns: [
      { name: 'function', show: (f) => f.name, by: (f) => f.name },
      { name: 'where', show: (f) => f.place, by: (f) => f.place },
      { name: 'in itself', numeric: true, show: (f) => duration(f.self / 1000), by: (f) => f.self },
      { name: 'share', numeric: true, show: (f) => percent(f.self / root.total), by: (f) => f.self },
      { name: 'with calls', numeric: true, show: (f) => duration(f.total / 1000), by: (f) => f.total },
      { name: 'samples', numeric: true, show: (f) => count(f.hits), by: (f) => f.hits },
    ],
  })
}
