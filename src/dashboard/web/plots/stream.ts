import { type ComponentChild, h } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type RunModel, RunStatus } from '../../../model/index.js'
import { DataTable, Swatch, useWidth } from '../elements.js'
import { bytes, clock, count, duration } from '../format.js'
import { store, useModel } from '../store.js'
import { colorOf, currentTheme, onTheme, plotFont } from '../theme.js'
import { type StreamPicture, StreamPainter } from './stream-painter.js'
import { rowsOf } from './stream-rows.js'

/** Pixels for the names of workers, of a plot so wide. */
const gutterOf = (width: number): number => (width < 480 ? 44 : 76)
/** How wide a letter of them is, about. */
const LETTER = 6
const AXIS = 22
const SHORTEST = 1e-4
const MOST_IN_TABLE = 200
export const STATUS_NAMES = ['finished', 'failed', 'failed, runs again', 'interrupted']

/** What part of time is shown: the last so many seconds, as they go by, or two moments. */
export type View = { readonly last: number } | { readonly from: number; readonly to: number }

export interface StreamProps {
  readonly height: number
  /** the number of the only worker that is shown */
  readonly worker?: number
  readonly groups?: ReadonlySet<number> | undefined
  readonly failedOnly?: boolean
  readonly view: View
  onView(view: View): void
  onTask?(task: { readonly source: number; readonly graph: number; readonly task: number }): void
}

export function rangeOf(view: View): readonly [number, number] {
  if ('from' in view) return [view.from, view.to]
  const { now, model } = store
  const to = Number.isNaN(now) ? 1 : now
  // Before the run there is nothing to be seen.
  const began = Number.isNaN(model.from) ? to - 1 : model.from
  return [Math.min(Math.max(to - view.last, began), to - SHORTEST), to]
}

/** Zooms: a factor above 1 shows less. `at`: the share of the width that stays where it is. */
export function zoomed(view: View, factor: number, at = 0.5): View {
  const [from, to] = rangeOf(view)
  const span = Math.max(SHORTEST, (to - from) / factor)
  const middle = from + (to - from) * at
  return { from: middle - span * at, to: middle + span * (1 - at) }
}

export function panned(view: View, share: number): View {
  const [from, to] = rangeOf(view)
  const by = (to - from) * share
  return { from: from + by, to: to + by }
}

/** Tasks over time, a row for each thread. Drag to move, turn the wheel to zoom; arrows, + and − do it from the keyboard. */
export function Stream(props: StreamProps): ComponentChild {
  useModel()
  const { height, view, onView, onTask } = props
  const [box, width] = useWidth()
  const canvas = useRef<HTMLCanvasElement>(null)
  const painting = useRef<{ frame: number; again: boolean }>({ frame: 0, again: false })
  const [tip, setTip] = useState<{ x: number; y: number; n: number; model: RunModel } | undefined>()
  const drag = useRef<{ x: number; from: number; to: number; moved: boolean } | undefined>(undefined)
  const latest = useRef(props)
  latest.current = props

  useEffect(() => {
    if (width > 0) schedule()
  })
  useEffect(() => onTheme(() => schedule()), [])
  useEffect(() => () => cancelAnimationFrame(painting.current.frame), [])
  useEffect(() => {
    // Preact's own listener may not keep the page from scrolling.
    const element = canvas.current!
    const wheel = (e: WheelEvent): void => {
      if (!e.ctrlKey && Math.abs(e.deltaX) <= Math.abs(e.deltaY) && !e.shiftKey && document.activeElement !== element) return
      e.preventDefault()
      const names = gutterOf(element.clientWidth)
      const plot = element.clientWidth - names
      const at = Math.min(1, Math.max(0, (e.offsetX - names) / plot))
      const { view: now, onView: tell } = latest.current
      if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) tell(panned(now, e.deltaX / plot))
      else tell(zoomed(now, e.deltaY < 0 ? 1.25 : 0.8, at))
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  }, [])

  /** One picture is painted at a time; what has changed meanwhile makes the next. */
  function schedule(): void {
    if (painting.current.frame !== 0) {
      painting.current.again = true
      return
    }
    const { worker, groups, failedOnly = false, height: tall } = latest.current
    const [from, to] = rangeOf(latest.current.view)
    const ratio = devicePixelRatio
    const element = canvas.current
    if (!element) return
    const room = element.parentElement!.clientWidth
    const gutter = gutterOf(room)
    const wide = Math.max(1, Math.round((room - gutter) * ratio))
    const high = Math.max(1, Math.round((tall - AXIS) * ratio))
    const rows = rowsOf(store.model, from, worker)
    const painter = new StreamPainter({ model: store.model, rows, from, to, width: wide, height: high, groups, failedOnly })
    const step = (): void => {
      const picture = painter.step()
      if (!picture) {
        painting.current.frame = requestAnimationFrame(step)
        return
      }
      painting.current.frame = 0
      draw(element, picture, { from, to, ratio, tall, rows, gutter })
      if (painting.current.again) {
        painting.current.again = false
        schedule()
      }
    }
    painting.current.frame = requestAnimationFrame(step)
  }

  function taskAt(x: number, y: number): number {
    const { model } = store
    const gutter = gutterOf(width)
    const [from, to] = rangeOf(view)
    const time = from + ((x - gutter) / (width - gutter)) * (to - from)
    const rows = rowsOf(model, from, props.worker)
    const row = Math.floor((y / (height - AXIS)) * rows.rows)
    const slack = (to - from) / (width - gutter)
    const { runs } = model
    const last = Math.min(runs.length - 1, runs.firstEndingAt(time + 60))
    for (let n = last, looked = 0; n >= runs.oldest && looked < 400_000; n--, looked++) {
      const i = n & runs.mask
      if (runs.end[i]! < time - 1 - slack) break
      const first = runs.worker[i]! < 0 ? -1 : rows.first[runs.worker[i]!]!
      if (first + runs.lane[i]! !== row || first < 0) continue
      if (props.groups && !props.groups.has(runs.group[i]!)) continue
      if (runs.start[i]! - slack <= time && time <= runs.end[i]! + slack) return n
    }
    return -1
  }

  const key = (e: KeyboardEvent): void => {
    const next =
      e.key === 'ArrowLeft'
        ? panned(view, -0.2)
        : e.key === 'ArrowRight'
          ? panned(view, 0.2)
          : e.key === '+' || e.key === '='
            ? zoomed(view, 1.5)
            : e.key === '-'
              ? zoomed(view, 1 / 1.5)
              : e.key === 'Home' || e.key === '0'
                ? { last: Infinity }
                : undefined
    if (!next) return
    e.preventDefault()
    onView(next)
  }
  const [from, to] = rangeOf(view)
  return h(
    'div',
    { ref: box, class: 'stream' },
    h('canvas', {
      ref: canvas,
      tabIndex: 0,
      role: 'img',
      style: { height: `${height}px` },
      'data-from': String(from),
      'data-to': String(to),
      'aria-label': `Tasks from ${clock(store.wall(from), true)} to ${clock(store.wall(to), true)}, a row for each thread. Arrow keys move, plus and minus zoom, Home shows all.`,
      onKeyDown: key,
      onDblClick: () => onView({ last: Infinity }),
      onPointerDown: (e: PointerEvent) => {
        canvas.current!.setPointerCapture(e.pointerId)
        drag.current = { x: e.offsetX, from, to, moved: false }
      },
      onPointerMove: (e: PointerEvent) => {
        const held = drag.current
        if (held && Math.abs(e.offsetX - held.x) > 3) held.moved = true
        if (held?.moved) {
          const by = ((e.offsetX - held.x) / (width - gutterOf(width))) * (held.to - held.from)
          onView({ from: held.from - by, to: held.to - by })
          setTip(undefined)
          return
        }
        const n = e.offsetX < gutterOf(width) || e.offsetY > height - AXIS ? -1 : taskAt(e.offsetX, e.offsetY)
        setTip(n < 0 ? undefined : { x: e.offsetX, y: e.offsetY, n, model: store.model })
      },
      onPointerUp: (e: PointerEvent) => {
        const held = drag.current
        drag.current = undefined
        if (held?.moved || !onTask) return
        const n = taskAt(e.offsetX, e.offsetY)
        if (n >= 0) onTask(store.model.runs.at(n))
      },
      onPointerLeave: () => setTip(undefined),
    }),
    tip ? h(Tip, { ...tip, width }) : null,
  )
}

function Tip({ x, y, n, model, width }: { x: number; y: number; n: number; model: RunModel; width: number }): ComponentChild {
  // After a reconnection tasks have other numbers.
  if (model !== store.model || n < model.runs.oldest) return null
  const run = model.runs.at(n)
  const left = x > width / 2
  return h(
    'div',
    {
      class: 'tip',
      style: { left: left ? 'auto' : `${x + 12}px`, right: left ? `${width - x + 12}px` : 'auto', top: `${y + 12}px` },
    },
    h('strong', null, h(Swatch, { color: colorOf(run.group) }), model.labels[run.group]),
    h('span', null, `${duration(run.end - run.start)} · ${bytes(run.bytes)}`),
    h('span', null, `${STATUS_NAMES[run.status]} at ${clock(store.wall(run.end), true)}`),
    h('span', null, `worker ${model.workers[run.worker]?.facts.name ?? '?'}`),
  )
}

interface Frame {
  readonly from: number
  readonly to: number
  readonly ratio: number
  readonly tall: number
  readonly rows: ReturnType<typeof rowsOf>
  readonly gutter: number
}

function draw(canvas: HTMLCanvasElement, picture: StreamPicture, { from, to, ratio, tall, rows, gutter }: Frame): void {
  const theme = currentTheme()
  const wide = picture.pixels.width / ratio + gutter
  canvas.width = Math.round(wide * ratio)
  canvas.height = Math.round(tall * ratio)
  canvas.dataset.seen = String(picture.seen)
  const context = canvas.getContext('2d')!
  context.putImageData(picture.pixels, Math.round(gutter * ratio), 0)
  context.scale(ratio, ratio)
  context.font = plotFont(11)
  context.textBaseline = 'middle'
  const plot = tall - AXIS
  const each = plot / Math.max(1, rows.rows)
  context.strokeStyle = theme.line
  context.fillStyle = theme.muted
  let lastLabel = -Infinity
  for (const { name, first, rows: own } of rows.workers) {
    const top = first * each
    const middle = top + (own * each) / 2
    if (middle - lastLabel >= 13 * theme.scale) {
      lastLabel = middle
      const most = Math.floor((gutter - 8) / (LETTER * theme.scale))
      context.fillText(name.length > most ? `${name.slice(0, most - 1)}…` : name, 2, middle, gutter - 8)
    }
    if (own * each >= 6) line(context, 0, Math.round(top) + 0.5, wide, Math.round(top) + 0.5)
  }
  // Marks of what did not succeed: light around dark, seen on every colour.
  for (const { x, y } of picture.marks) {
    const at = gutter + x / ratio
    for (const [color, thick] of [
      [theme.surface, 4],
      [theme.bad, 2],
    ] as const) {
      context.strokeStyle = color
      context.lineWidth = thick
      const r = Math.max(3, Math.min(5, each / 2))
      line(context, at - r, y / ratio - r, at + r, y / ratio + r)
      line(context, at - r, y / ratio + r, at + r, y / ratio - r)
    }
  }
  context.lineWidth = 1
  drawAxis(context, from, to, gutter, wide, plot)
}

function drawAxis(context: CanvasRenderingContext2D, from: number, to: number, gutter: number, wide: number, plot: number): void {
  const theme = currentTheme()
  context.strokeStyle = theme.line
  line(context, gutter, plot + 0.5, wide, plot + 0.5)
  const span = to - from
  const room = Math.max(2, Math.floor((wide - gutter) / 110))
  const step = niceStep(span / room)
  const first = Math.ceil(store.wall(from) / step) * step
  context.fillStyle = theme.muted
  context.textAlign = 'center'
  for (let t = first; t <= store.wall(to); t += step) {
    const x = gutter + ((t - store.wall(from)) / span) * (wide - gutter)
    line(context, x, plot, x, plot + 4)
    const text = step >= 1 ? clock(t) : clock(t, true).slice(3)
    context.fillText(text, Math.min(wide - 30 * theme.scale, Math.max(gutter + 30 * theme.scale, x)), plot + 13)
  }
  context.textAlign = 'start'
}

function niceStep(least: number): number {
  for (const step of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]) if (step >= least && least > 0.5) return step
  if (least > 3600) return Math.ceil(least / 3600) * 3600
  const power = 10 ** Math.floor(Math.log10(least))
  const lead = least / power
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath()
  context.moveTo(x0, y0)
  context.lineTo(x1, y1)
  context.stroke()
}

/** The tasks that a stream shows, the latest first: as many as a person reads. */
export function StreamTable({
  model,
  view,
  worker,
  groups,
  failedOnly,
}: Pick<StreamProps, 'view' | 'worker' | 'groups' | 'failedOnly'> & { model: RunModel }): ComponentChild {
  const [from, to] = rangeOf(view)
  const found: number[] = []
  const { runs } = model
  for (let n = runs.length - 1; n >= runs.oldest && found.length < MOST_IN_TABLE; n--) {
    const i = n & runs.mask
    if (runs.end[i]! < from - 1) break
    if (runs.end[i]! < from || runs.start[i]! > to) continue
    if (worker !== undefined && runs.worker[i] !== worker) continue
    if (groups && !groups.has(runs.group[i]!)) continue
    if (failedOnly && runs.status[i] === RunStatus.finished) continue
    found.push(n)
  }
  const caption = found.length === MOST_IN_TABLE ? `The last ${MOST_IN_TABLE} tasks shown` : `${count(found.length)} tasks shown`
  return h(DataTable<number>, {
    caption,
    rows: found,
    keyOf: (n) => n,
    columns: [
      { name: 'function', show: (n) => model.labels[runs.at(n).group] ?? '', by: (n) => model.labels[runs.at(n).group] ?? '' },
      { name: 'worker', show: (n) => model.workers[runs.at(n).worker]?.facts.name ?? '' },
      { name: 'ended', show: (n) => clock(store.wall(runs.at(n).end), true), by: (n) => runs.at(n).end },
      {
        name: 'took',
        numeric: true,
        show: (n) => duration(runs.at(n).end - runs.at(n).start),
        by: (n) => runs.at(n).end - runs.at(n).start,
      },
      { name: 'result', numeric: true, show: (n) => bytes(runs.at(n).bytes), by: (n) => runs.at(n).bytes },
      { name: 'outcome', show: (n) => STATUS_NAMES[runs.at(n).status]!, by: (n) => runs.at(n).status },
    ],
  })
}
