import { type Clock, systemClock } from '../base/index.js'
import type { JobState } from './engine.js'
import { isOver } from './engine.js'
import { isWorkerOf } from './worker-command.js'

/** A job of a cluster. */
export interface Job extends JobState {
  /** the names of its workers that are there now */
  readonly workers: readonly string[]
  /** the pool that it belongs to, if its cluster has pools */
  readonly pool?: string
}

/** A job that has ended although it was wanted. */
export interface LostJob {
  readonly job: Job
  /** whether a worker of it had ever joined */
  readonly joined: boolean
  /** whether another one is to take its place */
  readonly replaced: boolean
}

interface Entry {
  state: JobState
  workers: readonly string[]
  joined: boolean
  wanted: boolean
  /** since when it runs, as far as was seen, in seconds of the clock */
  runs: number | undefined
  /** since when the engine does not know it, in seconds of the clock; undefined: it does */
  forgotten: number | undefined
}

/**
 * An engine may need a moment to know what it has just been given, and its accounting longer to know what is over: so many
 * seconds it may say that it does not.
 */
const FORGIVEN = 20

/**
 * The jobs of a cluster and how many there are to be: what the engine and the scheduler say comes in, what has been lost and
 * how many are missing comes out. No I/O.
 *
 * A job that has done its time, or failed after its workers had joined, is replaced. One that somebody cancelled is not, nor
 * one that failed before: the next would fail too.
 */
export class JobBook {
  readonly #entries = new Map<string, Entry>()
  #target = 0
  /** how many jobs that failed may still be replaced */
  #replacements: number

  readonly #clock: Clock

  constructor(replacements: number, clock: Clock = systemClock) {
    this.#replacements = replacements
    this.#clock = clock
  }

  /** how many jobs are wanted */
  get target(): number {
    return this.#target
  }

  set target(count: number) {
    this.#target = count
  }

  /** Jobs that are not over, wanted or not. */
  get live(): string[] {
    return [...this.#entries.keys()]
  }

  /** Of those, what the engine said last. */
  get states(): JobState[] {
    return Array.from(this.#entries.values(), ({ state }) => state)
  }

  /** how many are to be submitted */
  get missing(): number {
    return Math.max(0, this.#target - this.#wanted().length)
  }

  /** Those that are wanted. */
  get jobs(): Job[] {
    return this.#wanted().map(jobOf)
  }

  /** Whether a job that is wanted had workers and has none. */
  get bereft(): boolean {
    return this.#wanted().some(({ joined, workers }) => joined && workers.length === 0)
  }

  add(ids: readonly string[]): void {
    for (const id of ids) {
      this.#entries.set(id, {
        state: { id, state: 'pending' },
        workers: [],
        joined: false,
        wanted: true,
        runs: undefined,
        forgotten: undefined,
      })
    }
  }

  /** The jobs that are too many: those that wait first, then the youngest of the others. They are not wanted from now on. */
  excess(): Job[] {
    const wanted = this.#wanted()
    const count = Math.max(0, wanted.length - this.#target)
    const youngest = wanted.reverse()
    const waits = ({ state: { state }, workers }: Entry): boolean => workers.length === 0 && state !== 'running'
    const leaving = [...youngest.filter(waits), ...youngest.filter((entry) => !waits(entry))].slice(0, count)
    for (const entry of leaving) entry.wanted = false
    return leaving.map(jobOf)
  }

  /** These are not wanted any more, and fewer from now on. Gives those that there are of them. */
  dismiss(ids: readonly string[]): Job[] {
    const leaving = ids.map((id) => this.#entries.get(id)).filter((entry) => entry?.wanted === true) as Entry[]
    for (const entry of leaving) entry.wanted = false
    this.#target = Math.max(0, this.#target - leaving.length)
    return leaving.map(jobOf)
  }

  /**
   * The jobs that have workers and will be ended by their engine soon. They are not wanted from now on, so that others are
   * missing. `walltime` and `margin`: in milliseconds.
   */
  expiring(walltime: number | undefined, margin: number): Job[] {
    const now = this.#clock.now()
    const expiring = this.#wanted().filter(({ state, workers, runs }) => {
      if (workers.length === 0 || state.state !== 'running') return false
      if (state.ends) return state.ends.getTime() - Date.now() <= margin
      return walltime !== undefined && runs !== undefined && (now - runs) * 1000 >= walltime - margin
    })
    for (const entry of expiring) entry.wanted = false
    return expiring.map(jobOf)
  }

  /** The workers that are there. */
  takeWorkers(names: readonly string[]): void {
    for (const [id, entry] of this.#entries) {
      entry.workers = names.filter((name) => isWorkerOf(name, id))
      entry.joined ||= entry.workers.length > 0
    }
  }

  /** What the engine says. Gives the jobs that have ended although they were wanted. */
  takeStates(states: readonly JobState[]): LostJob[] {
    const lost: LostJob[] = []
    for (const state of states) {
      const entry = this.#entries.get(state.id)
      if (!entry) continue
      if (state.state === 'unknown') {
        const now = this.#clock.now()
        entry.forgotten ??= now
        // Its workers know better.
        if (entry.workers.length > 0 || now - entry.forgotten < FORGIVEN) continue
      } else entry.forgotten = undefined
      entry.state = state
      if (state.state === 'running') entry.runs ??= this.#clock.now()
      if (!isOver(state.state)) continue
      this.#entries.delete(state.id)
      if (!entry.wanted) continue
      const replaced = this.#isReplaced(entry)
      if (!replaced) this.#target = Math.max(0, this.#target - 1)
      lost.push({ job: jobOf(entry), joined: entry.joined, replaced })
    }
    return lost
  }

  #isReplaced({ joined, state: { state, reason } }: Entry): boolean {
    if (!joined || state === 'cancelled') return false
    if (state === 'completed' || /^TIMEOUT\b/.test(reason ?? '')) return true
    if (this.#replacements === 0) return false
    this.#replacements--
    return true
  }

  #wanted(): Entry[] {
    return [...this.#entries.values()].filter(({ wanted }) => wanted)
  }
}

const jobOf = ({ state, workers }: Entry): Job => ({ ...state, workers })
