import { type ComponentChild, h } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { DataTable, Empty, Panel, useWidth } from '../elements.js'
import { bytes, count, duration } from '../format.js'
import { placeInLayers } from '../plots/layered.js'
import { store, useAnswer, useModel } from '../store.js'
import { colorOf, currentTheme, onTheme } from '../theme.js'
import { Progress } from './progress.js'
import { TaskDetails, type TaskName } from './task-details.js'

/** What the scheduler answers; see `GraphPicture` there. */
interface GraphAnswer {
  readonly groups: readonly string[]
  readonly groupEdges: readonly (readonly [from: number, to: number, count: number])[]
  readonly stride: number
  readonly total: number
  readonly tasks?: {
    readonly graph: readonly number[]
    readonly task: readonly number[]
    readonly key: readonly string[]
    readonly group: readonly number[]
    readonly state: readonly string[]
    readonly edges: readonly (readonly [from: number, to: number])[]
  }
}

const COLUMN = 210
const ROW = 64
const BOX = 168

/** What needs what: groups of tasks always, single tasks while they are few. */
export function GraphPage(): ComponentChild {
  const model = useModel()
  const [singly, setSingly] = useState(false)
  const { answer, error } = useAnswer<GraphAnswer>('graph', 1500)
  const few = answer?.tasks !== undefined
  return h(
    'div',
    { class: 'panels' },
    h(
      Panel,
      {
        title: 'Graph',
        wide: true,
        note: answer
          ? `${count(answer.total)} tasks now, in ${answer.groups.length} groups${few ? '' : answer.total > 0 ? '; too many to draw one by one' : ''}`
          : undefined,
        actions: h(
          'span',
          { class: 'buttons', role: 'group', 'aria-label': 'What is drawn' },
          h('button', { type: 'button', 'aria-pressed': String(!singly), onClick: () => setSingly(false) }, 'Groups'),
          h(
            'button',
            { type: 'button', 'aria-pressed': String(singly), disabled: !few, onClick: () => setSingly(true) },
            'Tasks',
          ),
        ),
        ...(answer ? { table: () => h(EdgeTable, { answer }) } : {}),
      },
      !answer
        ? h(Empty, null, error ?? 'One moment …')
        : answer.total === 0
          ? h(Empty, null, 'There are no tasks now. What has been is in the table below.')
          : singly && answer.tasks
            ? h(Tasks, { tasks: answer.tasks, groups: answer.groups })
            : h(Groups, { answer }),
    ),
    h(Progress, { model }),
  )
}

function EdgeTable({ answer }: { answer: GraphAnswer }): ComponentChild {
  return h(DataTable<readonly [number, number, number]>, {
    caption: 'Which groups need which',
    rows: answer.groupEdges,
    columns: [
      { name: 'result of', show: ([from]) => answer.groups[from], by: ([from]) => answer.groups[from]! },
      { name: 'needed by', show: ([, to]) => answer.groups[to], by: ([, to]) => answer.groups[to]! },
      { name: 'times', numeric: true, show: ([, , n]) => count(n), by: ([, , n]) => n },
    ],
  })
}

function Groups({ answer }: { answer: GraphAnswer }): ComponentChild {
  const { model } = store
  const { groups, groupEdges } = answer
  const shape = JSON.stringify([groups, groupEdges.map(([from, to]) => [from, to])])
  const places = useMemo(
    () =>
      placeInLayers(
        groups.length,
        groupEdges.map(([from, to]) => [from, to] as const),
      ),
    [shape],
  )
  const low = Math.min(0, ...places.map(({ y }) => y))
  const high = Math.max(0, ...places.map(({ y }) => y))
  const columns = Math.max(0, ...places.map(({ x }) => x)) + 1
  const width = columns * COLUMN
  const height = (high - low + 1) * ROW
  const x = (n: number): number => places[n]!.x * COLUMN + 8
  const y = (n: number): number => (places[n]!.y - low) * ROW + 6
  const most = Math.max(1, ...groupEdges.map(([, , n]) => n))
  return h(
    'div',
    { class: 'graph-scroll', tabIndex: 0, role: 'region', 'aria-label': 'Groups of tasks and what they need' },
    h(
      'svg',
      {
        width,
        height,
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
        'aria-label': `${groups.length} groups of tasks; the table below says the same`,
      },
      groupEdges
        .filter(([from, to]) => from !== to)
        .map(([from, to, n]) => {
          const x0 = x(from) + BOX
          const x1 = x(to)
          const bend = Math.max(20, Math.abs(x1 - x0) / 2)
          return h('path', {
            key: `${from}-${to}`,
            class: 'edge',
            d: `M${x0},${y(from) + 26} C${x0 + bend},${y(from) + 26} ${x1 - bend},${y(to) + 26} ${x1},${y(to) + 26}`,
            'stroke-width': 1 + 3 * (Math.log(1 + n) / Math.log(1 + most)),
          })
        }),
      groups.map((label, n) => {
        const group = model.groups.get(label)
        const total = group?.total ?? 0
        const done = total > 0 ? Math.min(1, group!.done / total) : 0
        const failed = total > 0 ? Math.min(1 - done, group!.erred / total) : 0
        const itself = groupEdges.some(([from, to]) => from === n && to === n)
        return h(
          'g',
          { key: label, transform: `translate(${x(n)},${y(n)})`, class: 'node' },
          h(
            'title',
            null,
            `${label}: ${count(group?.done ?? 0)} of ${count(total)} done, ${duration(group?.seconds ?? 0)}, ${bytes(group?.bytes ?? 0)}`,
          ),
          h('rect', { width: BOX, height: 52, rx: 6, class: 'box' }),
          h('rect', { width: 5, height: 52, rx: 2, fill: colorOf(group?.number ?? 0) }),
          h('text', { x: 14, y: 18, class: 'name' }, label.length > 21 ? `${label.slice(0, 20)}…` : label),
          h(
            'text',
            { x: 14, y: 34, class: 'small' },
            `${count(group?.done ?? 0)} / ${count(total)}${itself ? ' ↻' : ''}${group && group.erred > 0 ? `  ✕ ${count(group.erred)}` : ''}`,
          ),
          h('rect', { x: 14, y: 41, width: BOX - 24, height: 5, rx: 2, class: 'track' }),
          h('rect', { x: 14, y: 41, width: (BOX - 24) * done, height: 5, rx: 2, class: 'done' }),
          h('rect', { x: 14 + (BOX - 24) * done, y: 41, width: (BOX - 24) * failed, height: 5, class: 'failed' }),
        )
      }),
    ),
  )
}

const SHAPES: Readonly<Record<string, 'filled' | 'ring' | 'dot' | 'cross'>> = {
  memory: 'filled',
  released: 'ring',
  processing: 'dot',
  suspended: 'dot',
  erred: 'cross',
}

/** Single tasks: filled is in memory, a ring let go, a dot within a ring under way, a cross failed; faint waits. */
function Tasks({ tasks, groups }: { tasks: NonNullable<GraphAnswer['tasks']>; groups: readonly string[] }): ComponentChild {
  const [box, width] = useWidth()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [tip, setTip] = useState<{ x: number; y: number; n: number } | undefined>()
  const [chosen, setChosen] = useState<TaskName | undefined>()
  const { model } = store
  const shape = `${tasks.task.length}/${tasks.edges.length}/${tasks.graph[0]}`
  const places = useMemo(() => placeInLayers(tasks.task.length, tasks.edges), [shape])
  const columns = Math.max(0, ...places.map(({ x }) => x)) + 1
  const low = Math.min(...places.map(({ y }) => y))
  const tall = Math.max(...places.map(({ y }) => y)) - low + 1
  const height = Math.min(700, Math.max(160, tall * 14))
  const radius = Math.max(1.5, Math.min(6, height / tall / 2.6, width / columns / 2.6))
  const at = (n: number): readonly [number, number] => [
    ((places[n]!.x + 0.5) / columns) * width,
    ((places[n]!.y - low + 0.5) / tall) * height,
  ]
  const draw = (): void => {
    if (!canvas.current || width === 0) return
    const theme = currentTheme()
    const ratio = devicePixelRatio
    canvas.current.width = width * ratio
    canvas.current.height = height * ratio
    const context = canvas.current.getContext('2d')!
    context.scale(ratio, ratio)
    context.strokeStyle = theme.line
    context.beginPath()
    for (const [from, to] of tasks.edges) {
      const [x0, y0] = at(from)
      const [x1, y1] = at(to)
      context.moveTo(x0, y0)
      context.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1)
    }
    context.stroke()
    for (let n = 0; n < tasks.task.length; n++) {
      const [x, y] = at(n)
      const label = SHAPES[tasks.state[n]!]
      const color = colorOf(model.groups.get(groups[tasks.group[n]!] ?? '')?.number ?? 0)
      context.globalAlpha = label === undefined ? 0.3 : 1
      context.strokeStyle = label === 'cross' ? theme.bad : color
      context.fillStyle = label === 'filled' ? color : theme.surface
      context.lineWidth = label === 'ring' || label === undefined ? 1.2 : 2
      context.beginPath()
      context.arc(x, y, radius, 0, Math.PI * 2)
      context.fill()
      context.stroke()
      if (label === 'dot') {
        context.fillStyle = theme.text
        context.beginPath()
        context.arc(x, y, Math.max(1, radius / 2.2), 0, Math.PI * 2)
        context.fill()
      } else if (label === 'cross') {
        context.beginPath()
        context.moveTo(x - radius, y - radius)
        context.lineTo(x + radius, y + radius)
        context.moveTo(x - radius, y + radius)
        context.lineTo(x + radius, y - radius)
        context.stroke()
      }
    }
    context.globalAlpha = 1
  }
  useEffect(draw)
  useEffect(() => onTheme(draw), [tasks, width])
  const nearest = (e: PointerEvent): number => {
    let best = -1
    let least = 100
    for (let n = 0; n < tasks.task.length; n++) {
      const [x, y] = at(n)
      const d = (x - e.offsetX) ** 2 + (y - e.offsetY) ** 2
      if (d < least) {
        least = d
        best = n
      }
    }
    return best
  }
  return h(
    'div',
    { ref: box, class: 'stream' },
    h('canvas', {
      ref: canvas,
      tabIndex: 0,
      role: 'img',
      style: { height: `${height}px` },
      'aria-label': `${tasks.task.length} tasks and what they need; the table says which groups need which`,
      onPointerMove: (e: PointerEvent) => {
        const n = nearest(e)
        setTip(n < 0 ? undefined : { x: e.offsetX, y: e.offsetY, n })
      },
      onPointerLeave: () => setTip(undefined),
      onClick: (e: PointerEvent) => {
        const n = nearest(e)
        if (n >= 0) setChosen({ source: 0, graph: tasks.graph[n]!, task: tasks.task[n]! })
      },
    }),
    h('p', { class: 'hint' }, '● in memory   ○ let go   ◉ under way   ✕ failed   faint: waits. Click a task to know more.'),
    tip
      ? h(
          'div',
          { class: 'tip', style: { left: `${Math.min(tip.x + 12, width - 220)}px`, top: `${tip.y + 12}px` } },
          h('strong', null, tasks.key[tip.n]),
          h('span', null, tasks.state[tip.n]),
        )
      : null,
    chosen ? h(TaskDetails, { task: chosen, close: () => setChosen(undefined) }) : null,
  )
}
