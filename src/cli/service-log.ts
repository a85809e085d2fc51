import type { Terminal } from './terminal.js'

/** How good a piece of news is. */
export type Tone = 'good' | 'plain' | 'warning' | 'bad'

const COLORS: Record<Tone, string> = { good: '32', plain: '0', warning: '33', bad: '31' }

export interface ServiceLogOptions {
  /** nothing but what is wrong is told */
  readonly quiet: boolean
  /** a JSON object a line, for programs */
  readonly json: boolean
  readonly now?: () => Date
}

/** What a service tells while it runs: a line for each thing that happened, for people or for programs. */
export class ServiceLog {
  readonly #terminal: Terminal
  readonly #options: ServiceLogOptions

  constructor(terminal: Terminal, options: ServiceLogOptions) {
    this.#terminal = terminal
    this.#options = options
  }

  /**
   * @param event what it is called in JSON
   * @param text what people read
   * @param facts what else JSON has
   */
  tell(tone: Tone, event: string, text: string, facts: Readonly<Record<string, unknown>> = {}): void {
    const { quiet, json, now = () => new Date() } = this.#options
    if (quiet && (tone === 'good' || tone === 'plain')) return
    const time = now()
    if (json) {
      this.#terminal.print(JSON.stringify({ time: time.toISOString(), event, message: text, ...facts }))
      return
    }
    const clock = time.toTimeString().slice(0, 8)
    const { colors } = this.#terminal
    this.#terminal.print(colors ? `\x1b[2m${clock}\x1b[0m \x1b[${COLORS[tone]}m${text}\x1b[0m` : `${clock} ${text}`)
  }
}
