import { formatBytes, formatDuration } from '../base/index.js'
import { type Mark, ganttMarks } from './gantt-marks.js'
import { type Scale, type Steps, binary, decimal, plotScale } from './plot-scale.js'
import type { ResourceSample } from './profile-resources.js'
import type { TaskRecord } from './profile-tasks.js'

/** What is to be plotted: tasks, samples, or both, measured in the same process. */
export interface ProfilePlot {
  readonly tasks?: readonly TaskRecord[]
  readonly samples?: readonly ResourceSample[]
}

const WIDTH = 960
const LEFT = 76
const RIGHT = 24
const PANEL = 96
const MOST_COLORS = 6

/** A part of the picture: what it draws, and how high it is. */
interface Panel {
  readonly height: number
  draw(x: Scale, top: number): string
}

/** See `renderProfile`. */
export function drawProfile({ tasks = [], samples = [] }: ProfilePlot): string {
  const origin = Math.min(...edges(tasks, (task) => task.start, Math.min), ...edges(samples, (sample) => sample.time, Math.min))
  const end = Math.max(...edges(tasks, (task) => task.end, Math.max), ...edges(samples, (sample) => sample.time, Math.max))
  const seconds = end > origin ? (end - origin) / 1000 : 0
  const x = plotScale(seconds, LEFT, WIDTH - RIGHT, 8)
  const panels = [...resourcePanels(samples, origin), ...(tasks.length > 0 ? [ganttPanel(tasks, origin)] : [])]
  const title = [tasks.length > 0 && `${tasks.length.toLocaleString('en-US')} tasks`, formatDuration(seconds * 1000)]
    .filter(Boolean)
    .join(' in ')
  const parts = [text(LEFT, 28, title, 'title')]
  let top = 44
  const bottom = top + panels.reduce((sum, panel) => sum + panel.height, 0)
  for (const tick of x.ticks) {
    parts.push(`<path class="grid" d="M${at(x(tick))} ${top + 22}V${bottom}"/>`)
    parts.push(text(x(tick), bottom + 18, tick === 0 ? '0' : formatDuration(tick * 1000), 'axis middle'))
  }
  for (const panel of panels) {
    parts.push(panel.draw(x, top))
    top += panel.height
  }
  if (panels.length === 0) parts.push(text(LEFT, top + 4, 'nothing ran', 'axis'))
  const height = bottom + 32
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="heddle-profile" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="back" width="${WIDTH}" height="${height}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

function edges<T>(items: readonly T[], of: (item: T) => number, pick: (a: number, b: number) => number): number[] {
  return items.length === 0 ? [] : [items.map(of).reduce((a, b) => pick(a, b))]
}

// ---- resources

interface Line {
  readonly name: string
  readonly color: number
  readonly of: (sample: ResourceSample) => number
}

function resourcePanels(samples: readonly ResourceSample[], origin: number): Panel[] {
  if (samples.length < 2) return []
  const memory: Line[] = [
    { name: 'memory', color: 0, of: (sample) => sample.rss },
    { name: 'array buffers', color: 1, of: (sample) => sample.arrayBuffers },
    { name: 'heap of the main thread', color: 2, of: (sample) => sample.heap },
  ]
  const cpu: Line[] = [{ name: 'CPU, in cores', color: 0, of: (sample) => sample.cpu / 100 }]
  return [
    linePanel(samples, origin, cpu, decimal, (cores) => String(Number(cores.toFixed(2)))),
    linePanel(samples, origin, memory, binary, bytes),
  ]
}

const bytes = (size: number): string => formatBytes(size).replace('.00', '')

function linePanel(
  samples: readonly ResourceSample[],
  origin: number,
  lines: readonly Line[],
  steps: Steps,
  show: (value: number) => string,
): Panel {
  const most = Math.max(1, ...lines.map(({ of }) => samples.reduce((max, sample) => Math.max(max, of(sample)), 0)))
  return {
    height: PANEL + 44,
    draw(x, top) {
      const floor = top + 28 + PANEL
      const y = plotScale(most, floor, floor - PANEL, 4, steps)
      const marks = y.ticks.map(
        (tick) =>
          `<path class="grid" d="M${LEFT} ${at(y(tick))}H${WIDTH - RIGHT}"/>${text(LEFT - 8, y(tick) + 4, tick === 0 ? '0' : show(tick), 'axis end')}`,
      )
      const curves = lines.map(({ color, of, name }) => {
        const points = samples.map((sample) => `${at(x((sample.time - origin) / 1000))} ${at(y(of(sample)))}`)
        const peak = samples.reduce((max, sample) => Math.max(max, of(sample)), 0)
        const area =
          lines.length === 1
            ? `<path class="f${color} area" d="M${at(x((samples[0]!.time - origin) / 1000))} ${floor}L${points.join('L')}V${floor}Z"/>`
            : ''
        return `${area}<path class="s${color} line" d="M${points.join('L')}"><title>${escape(`${name}: ${show(peak)} at most`)}</title></path>`
      })
      return [legend(top + 14, lines), ...marks, ...curves].join('\n')
    },
  }
}

// ---- tasks

function ganttPanel(tasks: readonly TaskRecord[], origin: number): Panel {
  const lanes = 1 + tasks.reduce((max, task) => Math.max(max, task.lane), 0)
  const row = Math.max(2, Math.min(20, 480 / lanes))
  const colors = colorsOf(tasks)
  const names = [...colors].filter(([, color]) => color < MOST_COLORS).map(([name, color]) => ({ name, color }))
  const others = colors.size - names.length
  if (others > 0) names.push({ name: `${others} more`, color: MOST_COLORS })
  const legendLines = legendRows(names)
  return {
    height: 4 + legendLines * 20 + lanes * row + 8,
    draw(x, top) {
      const first = top + 4 + legendLines * 20
      const gap = row > 6 ? 2 : row > 3 ? 1 : 0
      const rect = ({ lane, label, x: left, width, tasks: n, seconds }: Mark): string => {
        const shown = Math.max(0.5, width > 4 ? width - 1 : width)
        const what = `${label}: ${n > 1 ? `${n.toLocaleString('en-US')} tasks, ` : ''}${formatDuration(seconds * 1000)}`
        return `<rect class="f${colors.get(label)}" x="${at(left)}" y="${at(first + lane * row)}" width="${at(shown)}" height="${at(row - gap)}"><title>${escape(what)}</title></rect>`
      }
      const done = tasks.filter((task) => task.outcome === 'finished')
      const crosses = new Map<string, string>()
      for (const task of tasks) {
        if (task.outcome !== 'failed') continue
        const left = x((task.end - origin) / 1000)
        const middle = first + task.lane * row + (row - gap) / 2
        const cross = `<path class="failed" d="M${at(left - 4)} ${at(middle - 4)}l8 8m0 -8l-8 8"><title>${escape(`${task.label} failed: ${task.key}`)}</title></path>`
        crosses.set(`${task.lane}:${Math.floor(left / 4)}`, cross)
      }
      const rows =
        row >= 12
          ? Array.from({ length: lanes }, (_, l) => text(LEFT - 8, first + l * row + row / 2 + 3, String(l + 1), 'axis end'))
          : []
      return [legend(top + 14, names), ...rows, ...ganttMarks(done, x, origin).map(rect), ...crosses.values()].join('\n')
    },
  }
}

/** A colour for each label: those that took most time get one of their own, by number. */
function colorsOf(tasks: readonly TaskRecord[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { label, seconds } of tasks) sums.set(label, (sums.get(label) ?? 0) + seconds)
  const labels = [...sums].sort((a, b) => b[1] - a[1]).map(([label]) => label)
  return new Map(labels.map((label, i) => [label, Math.min(i, MOST_COLORS)]))
}

// ---- text

interface Named {
  readonly name: string
  readonly color: number
}

const short = (name: string): string => (name.length > 40 ? `${name.slice(0, 39)}…` : name)
const legendWidth = ({ name }: Named): number => 38 + short(name).length * 6.6
const LEGEND_SPACE = WIDTH - LEFT - RIGHT

function legendRows(names: readonly Named[]): number {
  let rows = 1
  let taken = 0
  for (const name of names) {
    if (taken > 0 && taken + legendWidth(name) > LEGEND_SPACE) {
      rows++
      taken = 0
    }
    taken += legendWidth(name)
  }
  return rows
}

function legend(y: number, names: readonly Named[]): string {
  let taken = 0
  let line = y
  return names
    .map((entry) => {
      if (taken > 0 && taken + legendWidth(entry) > LEGEND_SPACE) {
        line += 20
        taken = 0
      }
      const left = LEFT + taken
      taken += legendWidth(entry)
      return `<rect class="f${entry.color}" x="${left}" y="${line - 9}" width="10" height="10" rx="2"/>${text(left + 16, line, short(entry.name), 'name')}`
    })
    .join('')
}

function text(x: number, y: number, words: string, style: string): string {
  return `<text class="${style}" x="${at(x)}" y="${at(y)}">${escape(words)}</text>`
}

const at = (n: number): string => String(Number(n.toFixed(2)))

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** Control characters are not allowed in XML at all. */
const escape = (words: string): string => words.replace(/[&<>"]/g, (c) => ENTITIES[c]!).replace(/\p{Cc}/gu, ' ')

// Colours that people with any of the usual colour-vision deficiencies tell apart (Okabe and Ito, 2008); in the dark, lighter ones.
const LIGHT = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#9a9fa8']
const DARK = ['#3f97d6', '#f0b93a', '#22b98f', '#dd97bf', '#9bd7f7', '#ec7b35', '#71767f']

function theme(colors: readonly string[], { back, ink, faint, grid }: Record<'back' | 'ink' | 'faint' | 'grid', string>): string {
  const scoped = (rule: string): string => `.heddle-profile ${rule}`
  return [
    ...colors.flatMap((color, i) => [`.f${i}{fill:${color}}`, `.s${i}{stroke:${color}}`]),
    `.back{fill:${back}}`,
    `.title,.heddle-profile .name{fill:${ink}}`,
    `.axis{fill:${faint}}`,
    `.grid{stroke:${grid}}`,
    `.failed{stroke:${ink}}`,
  ]
    .map(scoped)
    .join('')
}

const STYLE = [
  '.heddle-profile text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}',
  '.heddle-profile .title{font-size:15px;font-weight:600}',
  '.heddle-profile .axis{font-size:11px;font-variant-numeric:tabular-nums}',
  '.heddle-profile .end{text-anchor:end}.heddle-profile .middle{text-anchor:middle}',
  '.heddle-profile .line{fill:none;stroke-width:2;stroke-linejoin:round}.heddle-profile .area{opacity:.15}',
  '.heddle-profile .failed{fill:none;stroke-width:2}',
  theme(LIGHT, { back: '#ffffff', ink: '#1b1f24', faint: '#59616b', grid: '#e6e8eb' }),
  `@media (prefers-color-scheme:dark){${theme(DARK, { back: '#15181c', ink: '#e8eaed', faint: '#9aa1aa', grid: '#2b3036' })}}`,
].join('')
