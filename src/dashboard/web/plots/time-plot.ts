import { type ComponentChild, h } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { DataTable, Empty, Panel, useWidth } from '../elements.js'
import { bytes, clock } from '../format.js'
import { store } from '../store.js'
import { currentTheme, onTheme, plotFont } from '../theme.js'

export interface Line {
  readonly label: string
  /** a colour of the theme */
  readonly color: string
  readonly values: readonly number[]
  readonly fill?: boolean
  readonly dash?: readonly number[]
}

/** Pixels, and of what a window has, on a wall. */
const LEAST_HEIGHT = 170
const SHARE = 0.19
const heightOf = (): number => Math.max(LEAST_HEIGHT, Math.round(innerHeight * SHARE))
/** Steps of an axis of bytes: 1, 2, 4 … of each unit. */
const BINARY = Array.from({ length: 50 }, (_, i) => 2 ** i)

/** Lines over time. `times`: seconds since 1970. */
export function TimePlot({
  title,
  times,
  lines,
  show,
  note,
}: {
  title: string
  times: readonly number[]
  lines: readonly Line[]
  show: (value: number) => string
  note?: string
}): ComponentChild {
  const table = (): ComponentChild =>
    h(DataTable<number>, {
      caption: title,
      rows: times.map((_, i) => i).reverse(),
      columns: [
        { name: 'time', show: (i) => clock(times[i]!) },
        ...lines.map(({ label, values }) => ({ name: label, numeric: true, show: (i: number) => known(values[i]!, show) })),
      ],
    })
  return h(
    Panel,
    { title, note, table },
    times.length < 2 ? h(Empty, null, 'Nothing has been measured yet.') : h(Lines, { title, times, lines, show }),
  )
}

function Lines({
  title,
  times,
  lines,
  show,
}: {
  title: string
  times: readonly number[]
  lines: readonly Line[]
  show: (value: number) => string
}): ComponentChild {
  const [box, width] = useWidth()
  const plot = useRef<uPlot | undefined>(undefined)
  // Colours are those of the theme that is chosen.
  const shape = lines.map(({ label, color }) => `${label} ${color}`).join('\n')
  const latest = useRef({ times, lines })
  latest.current = { times, lines }
  /** While nobody points at a moment, the last one is told: after the plot has done what it puts off itself. */
  const tellLast = (): void =>
    queueMicrotask(() => {
      const { current } = plot
      if (current && (current.cursor.left ?? -1) < 0) current.setLegend({ idx: current.data[0].length - 1 })
    })
  useEffect(() => {
    if (width === 0) return undefined
    const make = (): void => {
      plot.current?.destroy()
      plot.current = new uPlot(optionsOf(width, latest.current.lines, show), dataOf(latest.current), box.current!)
      // What is held still, or recorded, is not drawn again.
      tellLast()
    }
    make()
    const stop = onTheme(make)
    return () => {
      stop()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [width === 0, shape])
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height: heightOf() })
  }, [width])
  useEffect(() => {
    plot.current?.setData(dataOf({ times, lines }))
    tellLast()
  })
  const last = lines.map(({ label, values }) => `${label} ${known(values.at(-1) ?? Number.NaN, show)}`).join(', ')
  return h('div', { ref: box, class: 'lines', role: 'img', 'aria-label': `${title}, now: ${last}` })
}

function known(value: number, show: (value: number) => string): string {
  return Number.isNaN(value) ? '–' : show(value)
}

/**
 * What a legend says of a moment. There may be no value, and no such moment any more: there are fewer when two have become one,
 * and when a scheduler was started again.
 */
function told(value: number | null | undefined, show: (value: number) => string): string {
  return value === null || value === undefined ? '' : show(value)
}

function dataOf({ times, lines }: { times: readonly number[]; lines: readonly Line[] }): uPlot.AlignedData {
  return [times as number[], ...lines.map(({ values }) => values.map((v) => (Number.isNaN(v) ? null : v)))]
}

function optionsOf(width: number, lines: readonly Line[], show: (value: number) => string): uPlot.Options {
  const theme = currentTheme()
  const axis = {
    stroke: theme.muted,
    font: plotFont(12),
    grid: { stroke: theme.line, width: 1 },
    ticks: { stroke: theme.line, width: 1 },
  }
  return {
    width,
    height: heightOf(),
    // Half of the last moment's name stands beside the plot.
    padding: [8, 28, 0, 0],
    legend: { show: true, live: true },
    cursor: { points: { size: 6 } },
    scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    series: [
      { label: 'time', value: (_, v) => told(v, clock) },
      ...lines.map(
        ({ label, color, fill, dash }): uPlot.Series => ({
          label,
          stroke: color,
          width: 2,
          points: { show: false },
          value: (_, v) => told(v, show),
          ...(fill ? { fill: `${color}22` } : {}),
          ...(dash ? { dash: [...dash] } : {}),
        }),
      ),
    ],
    axes: [
      {
        ...axis,
        space: 70 * theme.scale,
        values: (_, ticks, __, ___, step) => ticks.map((t) => (step < 1 ? clock(t, true).slice(6) : clock(t))),
      },
      { ...axis, size: 78, ...(show === bytes ? { incrs: BINARY } : {}), values: (_, ticks) => ticks.map((v) => show(v)) },
    ],
  }
}

/** Points of a line, at most: more are no more to be seen. */
const MOST_POINTS = 160

/** What bins of a model hold, for lines: several bins become a point where there are too many. */
export class Points {
  /** seconds since 1970 */
  readonly times: number[] = []
  readonly #bins: Bins
  readonly #each: number

  constructor(bins: Bins) {
    this.#bins = bins
    this.#each = Math.max(1, Math.ceil(bins.length / MOST_POINTS))
    for (let i = 0; i < bins.length; i += this.#each) this.times.push(store.wall(bins.timeOf(i)))
  }

  /** What was added up, by the second. */
  rate(values: readonly number[]): number[] {
    const { length, step } = this.#bins
    return this.times.map((_, p) => {
      const from = p * this.#each
      const to = Math.min(length, from + this.#each)
      let sum = 0
      for (let i = from; i < to; i++) sum += values[i]!
      // The last bin is not over.
      const seconds = to === length ? Math.min((to - from) * step, store.now - this.#bins.timeOf(from)) : (to - from) * step
      return sum / Math.max(0.1, seconds)
    })
  }

  /** What was measured now and then: the last that is known. */
  last(values: readonly number[]): number[] {
    return this.times.map((_, p) => values[Math.min(this.#bins.length, (p + 1) * this.#each) - 1]!)
  }
}

interface Bins {
  readonly length: number
  readonly step: number
  timeOf(i: number): number
}
