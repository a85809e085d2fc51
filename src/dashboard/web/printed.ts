import type { ModelLine } from '../../model/index.js'

/** Lines that are kept: older ones give way. */
const MOST_LINES = 2000

/** What a scheduler answers; see `PrintedAnswer` there. */
interface Answer {
  readonly lines: readonly { readonly time: number; readonly stream: string; readonly text: string; readonly worker: string }[]
  readonly seen: Readonly<Record<string, number>>
  readonly turn: number
}

/** What workers print, as long as somebody wants to know: each question is for what was printed since the one before. */
export class Printed {
  lines: readonly ModelLine[] = []
  #next: Pick<Answer, 'seen' | 'turn'> | Record<string, never> = {}

  /** Asks for what is new, and gives whether there was anything. `wallOffset`: what makes a time of the model one since 1970. */
  async look(ask: (question: string, args: unknown) => Promise<unknown>, wallOffset: number): Promise<boolean> {
    const { lines, seen, turn } = (await ask('printed', this.#next)) as Answer
    this.#next = { seen, turn }
    if (lines.length === 0) return false
    const more = lines.map(({ time, stream, text, worker }): ModelLine => {
      return { time: time / 1000 - wallOffset, level: stream === 'stderr' ? 'warning' : 'info', from: worker, text }
    })
    this.lines = [...this.lines, ...more].sort((a, b) => a.time - b.time).slice(-MOST_LINES)
    return true
  }
}
