import { type RunModel, RunStatus } from '../../../model/index.js'
import { colorOf, pixelOf } from '../theme.js'
import type { StreamRows } from './stream-rows.js'

/** What is to be painted. Sizes are in pixels of the screen, times in seconds of the model. */
export interface StreamWish {
  readonly model: RunModel
  readonly rows: StreamRows
  readonly from: number
  readonly to: number
  readonly width: number
  readonly height: number
  /** which groups, by number; undefined: all */
  readonly groups: ReadonlySet<number> | undefined
  readonly failedOnly: boolean
}

/** Milliseconds that painting may take of one frame. */
const BUDGET = 5
const CHECK_EVERY = 4096
const MOST_MARKS = 1000
/** Tasks are in the order in which their ends became known, which is that of their ends up to so many seconds. */
const DISORDER = 1

export interface StreamPicture {
  readonly pixels: ImageData
  /** where what did not succeed ended */
  readonly marks: readonly { readonly x: number; readonly y: number }[]
  /** tasks that were within the time */
  readonly seen: number
}

/**
 * Paints tasks into pixels, from the latest to the earliest, a few milliseconds at a time. What would fall on a pixel that has
 * been painted in its row is passed over, so a million tasks cost little more than as many comparisons.
 */
export class StreamPainter {
  readonly #wish: StreamWish
  readonly #pixels: ImageData
  readonly #out: Uint32Array
  readonly #colors: Uint32Array
  /** by row, the leftmost pixel that is painted */
  readonly #left: Int32Array
  readonly #marks: { x: number; y: number }[] = []
  readonly #shown: Uint8Array
  #next: number
  #seen = 0

  constructor(wish: StreamWish) {
    this.#wish = wish
    this.#pixels = new ImageData(Math.max(1, wish.width), Math.max(1, wish.height))
    this.#out = new Uint32Array(this.#pixels.data.buffer)
    this.#colors = Uint32Array.from(wish.model.labels, (_, group) => pixelOf(colorOf(group)))
    this.#shown = Uint8Array.from(wish.model.labels, (_, group) => (!wish.groups || wish.groups.has(group) ? 1 : 0))
    this.#left = new Int32Array(wish.rows.rows).fill(wish.width + 1)
    const { runs } = wish.model
    this.#next = runs.length - 1
  }

  /** Goes on; undefined: there is more to do. */
  step(budget = BUDGET): StreamPicture | undefined {
    const { model, rows, from, to, width, height, failedOnly } = this.#wish
    const { runs } = model
    const { mask, oldest, start: starts, end: ends, group: groups, worker: workers, lane, status } = runs
    const scale = width / (to - from)
    const rowHeight = height / Math.max(1, rows.rows)
    const stop = performance.now() + budget
    let n = this.#next
    for (; n >= oldest; n--) {
      if ((n & (CHECK_EVERY - 1)) === 0 && performance.now() > stop) {
        this.#next = n
        return undefined
      }
      const i = n & mask
      const end = ends[i]!
      if (end < from) {
        if (end < from - DISORDER) break
        continue
      }
      if (starts[i]! > to) continue
      const worker = workers[i]!
      const first = worker < 0 ? -1 : rows.first[worker]!
      const group = groups[i]!
      if (first < 0 || this.#shown[group] === 0) continue
      const failed = status[i] !== RunStatus.finished
      if (failedOnly && !failed) continue
      this.#seen++
      const row = first + lane[i]!
      const x1 = Math.min(width, Math.max(0, Math.ceil((end - from) * scale)))
      const x0 = Math.max(0, Math.min(x1 - 1, Math.floor((starts[i]! - from) * scale)))
      const top = Math.floor(row * rowHeight)
      if (failed && this.#marks.length < MOST_MARKS) this.#marks.push({ x: x1, y: (row + 0.5) * rowHeight })
      // What is left of what is painted is all that can be new.
      const until = Math.min(x1, this.#left[row]!)
      if (x0 >= until && this.#left[row]! <= x0) continue
      this.#left[row] = Math.min(this.#left[row]!, x0)
      this.#fill(x0, Math.max(until, x0 + 1), top, rowHeight, this.#colors[group]!)
    }
    this.#next = n
    return { pixels: this.#pixels, marks: this.#marks, seen: this.#seen }
  }

  #fill(x0: number, x1: number, top: number, rowHeight: number, color: number): void {
    const { width, height } = this.#wish
    const gap = rowHeight >= 4 ? 1 : 0
    const bottom = Math.min(height, Math.max(top + 1, Math.floor(top + rowHeight) - gap))
    // Where two tasks follow each other a line is left between them, if they are wide enough.
    const last = x1 - x0 >= 4 ? x1 - 1 : x1
    for (let y = top; y < bottom; y++) this.#out.fill(color, y * width + x0, y * width + last)
  }
}
