import type { TaskRecord } from './profile-tasks.js'
import type { Scale } from './plot-scale.js'

/** A rectangle of the plot: one task, or several too short to be seen apart. */
export interface Mark {
  readonly lane: number
  readonly label: string
  readonly x: number
  width: number
  tasks: number
  seconds: number
}

/** What is narrower is drawn together with its neighbours. */
const CELL = 0.5

/**
 * The rectangles for tasks. Their number depends on the size of the picture, however many tasks there are: those too short
 * to be seen are taken together in cells of half a pixel, each with the colour of what took most of it.
 */
export function ganttMarks(tasks: readonly TaskRecord[], x: Scale, origin: number): Mark[] {
  const marks: Mark[] = []
  const cells = new Map<string, Map<string, Mark>>()
  for (const { lane, label, start, end, seconds } of tasks) {
    const left = x((start - origin) / 1000)
    const width = x((end - origin) / 1000) - left
    if (width >= CELL) marks.push({ lane, label, x: left, width, tasks: 1, seconds })
    else {
      const at = Math.floor(left / CELL)
      const key = `${lane}:${at}`
      const cell = cells.get(key) ?? new Map<string, Mark>()
      cells.set(key, cell)
      const mark = cell.get(label) ?? { lane, label, x: at * CELL, width: CELL, tasks: 0, seconds: 0 }
      mark.tasks++
      mark.seconds += seconds
      cell.set(label, mark)
    }
  }
  for (const cell of cells.values()) marks.push([...cell.values()].reduce((a, b) => (b.seconds > a.seconds ? b : a)))
  marks.sort((a, b) => a.lane - b.lane || a.x - b.x)
  return joinNeighbours(marks)
}

function joinNeighbours(marks: readonly Mark[]): Mark[] {
  const joined: Mark[] = []
  for (const mark of marks) {
    const last = joined.at(-1)
    const small = last && mark.width <= 2 * CELL && (last.width <= 2 * CELL || last.tasks > 1)
    if (small && last.lane === mark.lane && last.label === mark.label && mark.x - (last.x + last.width) < CELL) {
      last.width = mark.x + mark.width - last.x
      last.tasks += mark.tasks
      last.seconds += mark.seconds
    } else joined.push({ ...mark })
  }
  return joined
}
