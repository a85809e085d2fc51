/** A line that a process has printed. */
export interface PrintedLine {
  /** milliseconds since 1970 */
  readonly time: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/** What was printed since somebody asked before, and the number to ask for next. */
export interface PrintedSince {
  readonly next: number
  readonly lines: readonly PrintedLine[]
}

/** Lines that are kept, and letters of all of them together. */
const MOST_LINES = 2000
const MOST_LETTERS = 1 << 20
/** A line that is longer is cut. */
const LONGEST = 10_000

/** The last lines that a process, with its threads, has printed. */
export class PrintedOutput {
  readonly #lines: PrintedLine[] = []
  readonly #open = { stdout: '', stderr: '' }
  #letters = 0
  /** lines that were printed, those that are not kept any more too */
  #count = 0
  readonly #restore: (() => void)[] = []

  /** Keeps what is printed from now on; it is printed as ever. */
  watch(streams: Readonly<Record<PrintedLine['stream'], NodeJS.WritableStream>> = process): void {
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = streams[name]
      const write = stream.write
      stream.write = ((chunk: string | Uint8Array, ...more: unknown[]) => {
        this.take(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
        return (write as (...args: unknown[]) => boolean).call(stream, chunk, ...more)
      }) as typeof stream.write
      this.#restore.push(() => {
        stream.write = write
      })
    }
  }

  stop(): void {
    for (const restore of this.#restore.splice(0)) restore()
  }

  take(stream: PrintedLine['stream'], text: string, time = Date.now()): void {
    const parts = (this.#open[stream] + text).split('\n')
    // What may go on is kept until it does not; nobody can print one line for ever.
    this.#open[stream] = parts.pop()!.slice(-LONGEST)
    for (const part of parts) {
      const line = part.slice(0, LONGEST)
      this.#lines.push({ time, stream, text: line })
      this.#letters += line.length
      this.#count++
    }
    while (this.#lines.length > MOST_LINES || this.#letters > MOST_LETTERS) this.#letters -= this.#lines.shift()!.text.length
  }

  /** What is kept, the oldest first, with what is not the whole of a line yet. */
  lines(): PrintedLine[] {
    const open = (['stdout', 'stderr'] as const).flatMap((stream): PrintedLine[] =>
      this.#open[stream] === '' ? [] : [{ time: Date.now(), stream, text: this.#open[stream] }],
    )
    return [...this.#lines, ...open]
  }

  /** The whole lines from the `from`th ever printed on, of those that are kept the last so many, and the number of the next. */
  since(from: number, most: number): PrintedSince {
    const missed = Math.min(this.#lines.length, most, Math.max(0, this.#count - from))
    return { next: this.#count, lines: missed === 0 ? [] : this.#lines.slice(-missed) }
  }
}
