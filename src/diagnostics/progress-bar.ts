import { config } from '../config/index.js'
import { type EventLog, type GroupProgress, ProgressFold } from '../events/index.js'
import type { RunStart } from '../executor/index.js'
import { LiveLines, type TerminalStream } from './live-lines.js'
import { progressLines } from './progress-lines.js'

/** Milliseconds between two drawings. */
const INTERVAL = 100

/** A log that is listened to while runs go on there. */
interface Source {
  readonly fold: ProgressFold
  readonly executor: RunStart['executor']
  runs: number
  readonly stop: () => void
}

/** What somebody else has counted. */
export interface ShownProgress {
  draw(groups: readonly GroupProgress[]): void
  end(): void
}

/**
 * Shows how far the runs of this process are, from `progress.delay` after the first of those under way has begun until
 * the last has ended; then it takes its lines away again, so that it leaves nothing behind in anybody's output.
 */
export class ProgressBar {
  readonly #out: TerminalStream
  readonly #lines: LiveLines
  readonly #sources = new Map<EventLog, Source>()
  readonly #shown = new Set<{ readonly executor: RunStart['executor']; groups: readonly GroupProgress[] }>()
  #timer: NodeJS.Timeout | undefined
  #started = 0
  #next = 0

  /** `others`: streams that go to the same terminal as `out`, perhaps. */
  constructor(out: TerminalStream, others: readonly TerminalStream[] = []) {
    this.#out = out
    this.#lines = new LiveLines(
      out,
      others.filter((stream) => stream.isTTY),
    )
  }

  /** A run begins. Gives the function to call at its end. */
  begin({ executor, time }: Pick<RunStart, 'executor' | 'time'>): () => void {
    if (this.#isIdle) this.#start(time)
    const source = this.#sources.get(executor.log) ?? this.#listen(executor)
    source.runs++
    return () => {
      if (--source.runs > 0) return
      source.stop()
      this.#sources.delete(executor.log)
      if (this.#isIdle) this.#stop()
    }
  }

  /**
   * Shows at once what whoever calls it knows of tasks of an executor, in place of what is known here, until it is ended.
   */
  show(executor: RunStart['executor']): ShownProgress {
    if (this.#isIdle) this.#start(performance.now() - config.get('progress.delay'))
    const shown = { executor, groups: [] as readonly GroupProgress[] }
    this.#shown.add(shown)
    return {
      draw: (groups) => {
        shown.groups = groups
        this.#drawIfDue()
      },
      end: () => {
        this.#shown.delete(shown)
        if (this.#isIdle) this.#stop()
      },
    }
  }

  get #isIdle(): boolean {
    return this.#sources.size === 0 && this.#shown.size === 0
  }

  #listen(executor: RunStart['executor']): Source {
    const { log } = executor
    const fold = new ProgressFold()
    const stop = log.listen((_log, from, to) => {
      fold.listener(log, from, to)
      // Tasks that run in this very thread leave no turn to a timer.
      this.#drawIfDue()
    })
    const source = { fold, executor, runs: 0, stop }
    this.#sources.set(log, source)
    return source
  }

  #start(time: number): void {
    const delay = config.get('progress.delay')
    this.#started = time
    this.#next = time + delay
    this.#timer = setTimeout(() => {
      this.#drawIfDue()
      this.#timer = setInterval(() => this.#drawIfDue(), INTERVAL).unref()
    }, delay).unref()
  }

  #stop(): void {
    // One function of Node's clears timeouts and intervals alike.
    clearTimeout(this.#timer)
    process.off('SIGINT', this.#interrupted)
    this.#lines.clear()
  }

  /** Ctrl-C: the lines go first; then what would have happened without us. */
  readonly #interrupted = (): void => {
    this.#lines.clear()
    if (process.listenerCount('SIGINT') > 1) return
    process.off('SIGINT', this.#interrupted)
    process.kill(process.pid, 'SIGINT')
  }

  #drawIfDue(): void {
    const now = performance.now()
    // Timers come up to a millisecond early.
    if (now < this.#next - 1) return
    this.#next = now + INTERVAL
    this.#draw(now)
  }

  #draw(now: number): void {
    const groups: GroupProgress[] = []
    let concurrency = 0
    const told = new Set<RunStart['executor']>()
    for (const { executor, groups: known } of this.#shown) {
      groups.push(...known)
      if (!told.has(executor)) concurrency += executor.concurrency
      told.add(executor)
    }
    for (const source of this.#sources.values()) {
      if (told.has(source.executor)) continue
      groups.push(...source.fold.groups.values())
      concurrency += source.executor.concurrency
    }
    const { columns = 80, rows = 24 } = this.#out
    // The last cell stays free: some terminals go to the next line when it is written.
    const frame = { width: Math.max(1, columns - 1), height: rows - 1, colors: this.#out.hasColors?.() ?? false }
    const lines = progressLines({ groups, concurrency, started: this.#started }, now, frame)
    if (lines.length === 0) return
    // Where tasks run in this very thread a listener would have to wait for them, and nobody could interrupt an endless one.
    process.off('SIGINT', this.#interrupted)
    if ([...this.#sources.values(), ...this.#shown].every(({ executor }) => executor.isolated))
      process.on('SIGINT', this.#interrupted)
    this.#lines.show(lines)
  }
}
