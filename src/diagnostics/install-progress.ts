import { loadNow } from '../base/index.js'
import { config } from '../config/index.js'
import { observeRuns } from '../executor/index.js'
import type { TerminalStream } from './live-lines.js'
import type { ProgressBar } from './progress-bar.js'

/** Whether a progress bar is drawn on this stream, by the setting `progress.show`. */
export function showsProgress(show: boolean | 'auto', { isTTY }: TerminalStream, environment: NodeJS.ProcessEnv): boolean {
  if (show !== 'auto') return show
  return isTTY === true && !environment.CI && environment.TERM !== 'dumb'
}

let bar: ProgressBar | undefined

/** The progress bar of the terminal: there is one, so that no two draw over each other. */
export function progressBar(): ProgressBar {
  if (!bar) {
    const { ProgressBar } = loadNow(import.meta.url, './progress-bar.js') as typeof import('./progress-bar.js')
    bar = new ProgressBar(process.stderr, [process.stdout])
  }
  return bar
}

let installed = false

/**
 * Has a progress bar appear in the terminal, on the standard error stream, whenever something takes longer than the setting
 * `progress.delay`. The setting `progress.show` decides whether: 'auto' means where a person watches, so not when the
 * stream is no terminal, in continuous integration ($CI is set), or on a terminal that cannot redraw ($TERM is dumb).
 * $NO_COLOR is respected. Runs are written to the history too, where the setting `history.record` wants those of programs
 * without a cluster. Calling it again changes nothing.
 */
export function installProgress(): void {
  if (installed) return
  installed = true
  observeRuns((run) => {
    if (config.get('history.record') === true) {
      const { recordProgram } = loadNow(import.meta.url, '../history/index.js') as typeof import('../history/index.js')
      recordProgram(run)
    }
    if (!showsProgress(config.get('progress.show'), process.stderr, process.env)) return undefined
    return progressBar().begin(run)
  })
}
