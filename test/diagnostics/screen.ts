import type { TerminalStream } from '../../src/diagnostics/live-lines.js'

/** Control sequences, and single characters. */
const PARTS = new RegExp(`${'\x1b'}\\[[\\d;]*[A-Za-z]|[^]`, 'gu')

/** A terminal as far as the progress bar needs one: what its screen shows after what was written to it. */
export class Screen {
  readonly columns: number
  readonly #cells: string[][] = [[]]
  #row = 0
  #column = 0
  /** everything that was written */
  written = ''

  constructor(columns = 80) {
    this.columns = columns
  }

  /** A stream to it. */
  stream(extra: Partial<TerminalStream> = {}): TerminalStream & { write(text: string | Uint8Array): boolean } {
    return {
      isTTY: true,
      columns: this.columns,
      rows: 24,
      hasColors: () => false,
      ...extra,
      write: (text: string | Uint8Array) => {
        this.#take(typeof text === 'string' ? text : Buffer.from(text).toString())
        return true
      },
    }
  }

  /** The lines, without spaces at their ends and without empty ones at the end. */
  get lines(): string[] {
    const lines = this.#cells.map((row) =>
      Array.from(row, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    )
    while (lines.at(-1) === '') lines.pop()
    return lines
  }

  get cursor(): [row: number, column: number] {
    return [this.#row, this.#column]
  }

  #take(text: string): void {
    this.written += text
    for (const part of text.match(PARTS) ?? []) {
      if (part === '\r') this.#column = 0
      // As terminals are set: a new line begins at its beginning.
      else if (part === '\n') this.#down()
      else if (part.startsWith('\x1b[')) this.#control(part.at(-1)!, Number(part.slice(2, -1) || 1))
      else {
        // The line is full only when one more character comes.
        if (this.#column === this.columns) this.#down()
        this.#cells[this.#row]![this.#column++] = part
      }
    }
  }

  #down(): void {
    this.#row++
    this.#column = 0
    this.#cells[this.#row] ??= []
  }

  #control(command: string, n: number): void {
    if (command === 'A') this.#row = Math.max(0, this.#row - n)
    else if (command === 'J') {
      this.#cells.length = this.#row + 1
      this.#cells[this.#row]!.length = Math.min(this.#cells[this.#row]!.length, this.#column)
    } else if (command !== 'm') throw new Error(`unknown control sequence ${command}`)
  }
}
