import { takeWarnings } from '../cluster/index.js'
import { config } from '../config/index.js'
import type { OptionValues } from './option-values.js'
import type { Terminal } from './terminal.js'

/** How good a piece of news is. */
export type Tone = 'good' | 'plain' | 'warning' | 'bad'

const COLORS: Record<Tone, string> = { good: '32', plain: '0', warning: '33', bad: '31' }

/** How important news are, the least first. */
export const logLevels = ['debug', 'info', 'warning', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

const LEVELS: Record<Tone, LogLevel> = { good: 'info', plain: 'info', warning: 'warning', bad: 'error' }

export interface ServiceLogOptions {
  /** nothing but what is wrong is told */
  readonly quiet: boolean
  /** a JSON object a line, for programs */
  readonly json: boolean
  /** what is less important is not told; 'info' unless told */
  readonly level?: LogLevel
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
    const { quiet, json, level = 'info', now = () => new Date() } = this.#options
    const own = LEVELS[tone]
    if (logLevels.indexOf(own) < logLevels.indexOf(quiet ? 'warning' : level)) return
    const time = now()
    if (json) {
      this.#terminal.print(JSON.stringify({ time: time.toISOString(), level: own, event, message: text, ...facts }))
      return
    }
    const clock = time.toTimeString().slice(0, 8)
    const { colors } = this.#terminal
    this.#terminal.print(colors ? `\x1b[2m${clock}\x1b[0m \x1b[${COLORS[tone]}m${text}\x1b[0m` : `${clock} ${text}`)
  }

  /** From now on warnings of the process are lines of the log, in place of Node's own. Gives a function that ends it. */
  takeWarnings(): () => void {
    if (!this.#options.json) return () => undefined
    return takeWarnings((line) => this.#terminal.print(line))
  }
}

/** The log that the options of a command and the settings ask for. */
export function serviceLog(terminal: Terminal, values: OptionValues): ServiceLog {
  const json = values.flag('json') || config.get('log.format') === 'json'
  // What it starts is to tell in the same way.
  if (json) process.env.HEDDLE_LOG__FORMAT = 'json'
  return new ServiceLog(terminal, { quiet: values.flag('quiet'), json, level: config.get('log.level') })
}
