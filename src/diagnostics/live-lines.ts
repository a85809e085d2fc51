/** What is needed of a stream to a terminal: `process.stderr`, or a test's own. */
export interface TerminalStream {
  write(...args: Parameters<NodeJS.WriteStream['write']>): boolean
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  hasColors?(): boolean
}

const ERASE = '\r\x1b[J'

/**
 * Lines at the end of a terminal's text that change in place. What the program prints meanwhile appears above them.
 *
 * Between two drawings the cursor stands at the beginning of the first line. So erasing never needs to know where it is,
 * and what others print without our knowledge (a child process, say) goes over the lines and not the lines over it.
 */
export class LiveLines {
  readonly #out: TerminalStream
  readonly #streams: readonly TerminalStream[]
  readonly #write: TerminalStream['write']
  #restore: (() => void)[] = []
  /** what draws the lines that are shown, empty when none are */
  #drawing = ''
  /** the program has printed a line that has no end yet: there is no place for ours */
  #midLine = false

  /** `others`: streams that go to the same terminal. */
  constructor(out: TerminalStream, others: readonly TerminalStream[] = []) {
    this.#out = out
    this.#streams = [...new Set([out, ...others])]
    this.#write = out.write.bind(out)
  }

  /** Shows these lines in place of those before. */
  show(lines: readonly string[]): void {
    if (this.#restore.length === 0) {
      this.#watch()
      this.#write(freshLine(this.#out.columns ?? 0))
    }
    const up = lines.length > 1 ? `\x1b[${lines.length - 1}A` : ''
    this.#drawing = `${lines.join('\n')}${up}\r`
    if (!this.#midLine) this.#write(ERASE + this.#drawing)
  }

  /** Removes the lines, and has nothing to do with the streams any more until the next `show`. */
  readonly clear = (): void => {
    if (this.#restore.length === 0) return
    if (!this.#midLine) this.#write(ERASE)
    this.#drawing = ''
    this.#midLine = false
    for (const restore of this.#restore) restore()
    this.#restore = []
  }

  #watch(): void {
    for (const stream of this.#streams) this.#restore.push(this.#stepAside(stream))
    process.once('exit', this.clear)
    this.#restore.push(() => process.off('exit', this.clear))
  }

  /** Has the lines make room for what is written to a stream. Gives a function that ends it. */
  #stepAside(stream: TerminalStream): () => void {
    const own = Object.getOwnPropertyDescriptor(stream, 'write')
    const original = stream.write.bind(stream)
    const write: TerminalStream['write'] = (...args) => {
      // Somebody may have put his own function around this one, so that it outlives the lines.
      if (this.#drawing === '') return original(...args)
      if (!this.#midLine) this.#write(ERASE)
      const result = original(...args)
      this.#midLine = isOpen(args[0], this.#midLine)
      if (!this.#midLine) this.#write(this.#drawing)
      return result
    }
    stream.write = write
    return () => {
      if (stream.write !== write) return
      if (own) Object.defineProperty(stream, 'write', own)
      else delete (stream as { write?: unknown }).write
    }
  }
}

/**
 * What brings the cursor to the beginning of a line: of this one if it stands there already, else of the next, so that the
 * beginning of a line that the program has printed is kept. As many spaces as fit into a line fill this one to its end, from
 * where the cursor returns, or else run over into the next (zsh does the same before its prompt).
 */
function freshLine(columns: number): string {
  return `${' '.repeat(columns)}\r`
}

/** Whether a line has no end yet after this was written. */
function isOpen(chunk: string | Uint8Array, before: boolean): boolean {
  return chunk.length === 0 ? before : typeof chunk === 'string' ? !chunk.endsWith('\n') : chunk.at(-1) !== 10
}
