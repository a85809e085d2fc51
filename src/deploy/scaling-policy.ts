import type { Clock } from '../base/index.js'
import type { ClusterLoad, WorkerLoad } from '../protocol/index.js'

/** The rules by which a cluster grows and shrinks. */
export interface ScalingRules {
  /** workers that there are always */
  readonly minimum: number
  /** workers that there are never more of */
  readonly maximum: number
  /** milliseconds in which what there is to do is to be done: fewer make more workers */
  readonly targetDuration: number
  /** how often in a row fewer workers must have been enough before some leave */
  readonly waitCount: number
  /** the share of their memory that the results which workers hold may take */
  readonly memoryShare: number
  /** workers that may be asked for and yet to come, at most; no limit unless told */
  readonly maximumPending?: number
  /** milliseconds in which fewer must have been enough before workers leave that have come; 0 unless told */
  readonly cooldown?: number
}

/** What a worker has that is yet to be started. */
export interface WorkerShape {
  readonly threads: number
  /** bytes; undefined: no limit */
  readonly memory?: number | undefined
  readonly resources?: Readonly<Record<string, number>> | undefined
}

/** Workers that start and end together, as those of one job do; mostly it is a single one. */
export interface Unit {
  readonly name: string
  /** those of its workers that have joined; none: it is yet to come */
  readonly workers: readonly WorkerLoad[]
  /** it counts, but never leaves */
  readonly stays?: boolean
}

/** What a policy says is to be done. */
export type ScalingStep =
  | { readonly kind: 'stay'; readonly wanted: number }
  | { readonly kind: 'up'; readonly wanted: number; readonly add: number; readonly reason: string }
  | { readonly kind: 'down'; readonly wanted: number; readonly retire: readonly string[]; readonly reason: string }

/** Seconds that a task is taken to need of whose like nothing is known, at first. */
const UNTIMED = 0.5

/**
 * How many workers there should be: as many as do what there is to do within the target duration, though no more than
 * there are tasks; and as many as have memory for the results that are held.
 *
 * @param untimed seconds that a task is taken to need which nobody has timed
 */
export function desiredWorkers(
  load: ClusterLoad,
  rules: Pick<ScalingRules, 'minimum' | 'maximum' | 'targetDuration' | 'memoryShare'>,
  shape: WorkerShape,
  untimed: number = UNTIMED,
): { readonly workers: number; readonly reason: string } {
  const seconds = load.occupancy + load.untimed * untimed
  const threads = Math.max(load.tasks > 0 ? 1 : 0, Math.min(load.tasks, Math.ceil((seconds * 1000) / rules.targetDuration)))
  const forTasks = Math.max(Math.ceil(threads / shape.threads), load.suspended > 0 ? 1 : 0)
  let bytes = 0
  for (const worker of load.workers) bytes += worker.bytes
  // Somebody must hold them, whatever the limit.
  const room = shape.memory === undefined || shape.memory === Infinity ? Infinity : shape.memory * rules.memoryShare
  const forBytes = bytes > 0 ? Math.max(1, Math.ceil(bytes / room)) : 0
  const wanted = Math.max(forTasks, forBytes)
  const workers = Math.min(rules.maximum, Math.max(rules.minimum, wanted))
  if (workers > wanted) return { workers, reason: 'the minimum' }
  if (workers < wanted) return { workers, reason: `the maximum, though ${wanted} would be needed` }
  if (forBytes > forTasks) return { workers, reason: `${bytes} bytes of results are held` }
  return {
    workers,
    reason: load.tasks === 0 ? 'there is nothing to do' : `${load.tasks} tasks of ${Math.round(seconds * 10) / 10} s in all`,
  }
}

/**
 * Decides, look by look, whether a cluster is to grow or to shrink. It grows at once, and shrinks when fewer workers were
 * enough for `waitCount` looks in a row, to the most that was enough during these: so it does not go down and up again with
 * every gap in the work. What is asked for and yet to come counts as if it were there, and goes first.
 */
export class ScalingPolicy {
  readonly #rules: ScalingRules
  readonly #clock: Clock
  /** what was enough, look by look, since it last was not less than what there is */
  #enough: number[] = []
  /** since when there are more than are wanted, in seconds of the clock */
  #tooManySince: number | undefined
  /** since when there have been tasks that nobody has timed, in seconds of the clock */
  #untimedSince: number | undefined

  constructor(rules: ScalingRules, clock: Clock) {
    this.#rules = rules
    this.#clock = clock
  }

  /** `units`: all that were asked for and have not been told to leave, the oldest first. */
  look(load: ClusterLoad, units: readonly Unit[], shape: WorkerShape): ScalingStep {
    const { workers: wanted, reason } = desiredWorkers(load, this.#rules, shape, this.#untimed(load))
    const there = units.length
    const { waitCount, maximumPending = Infinity, cooldown = 0 } = this.#rules
    if (wanted >= there) {
      this.#enough = []
      this.#tooManySince = undefined
      const pending = units.filter(({ workers }) => workers.length === 0).length
      const add = Math.min(wanted - there, maximumPending - pending)
      return add > 0 ? { kind: 'up', wanted: there + add, add, reason } : { kind: 'stay', wanted }
    }
    const now = this.#clock.now()
    this.#tooManySince ??= now
    this.#enough.push(wanted)
    if (this.#enough.length < waitCount) return { kind: 'stay', wanted }
    const enough = Math.max(...this.#enough)
    this.#enough = []
    // What is yet to come costs nobody anything but its place in a queue.
    const cooled = now - this.#tooManySince >= cooldown / 1000
    const retire = leavers(cooled ? units : units.filter(({ workers }) => workers.length === 0), there - enough)
    return retire.length === 0 ? { kind: 'stay', wanted } : { kind: 'down', wanted, retire, reason }
  }

  /** A task that nobody has timed takes at least as long as such tasks have been there. */
  #untimed(load: ClusterLoad): number {
    if (load.untimed === 0) {
      this.#untimedSince = undefined
      return UNTIMED
    }
    const now = this.#clock.now()
    this.#untimedSince ??= now
    return Math.max(UNTIMED, now - this.#untimedSince)
  }
}

/** Those that leave first: what is yet to come, the newest first; then what is idle and holds least; then what does least. */
export function leavers(units: readonly Unit[], count: number): string[] {
  const seen = units.flatMap(({ name, workers, stays }, age) => {
    if (stays) return []
    let tasks = 0
    let bytes = 0
    for (const worker of workers) {
      tasks += worker.tasks
      bytes += worker.bytes
    }
    return [{ name, age, tasks, bytes, pending: workers.length === 0 }]
  })
  seen.sort(
    (a, b) =>
      Number(b.pending) - Number(a.pending) ||
      Number(a.tasks > 0) - Number(b.tasks > 0) ||
      a.bytes - b.bytes ||
      a.tasks - b.tasks ||
      b.age - a.age,
  )
  return seen.slice(0, count).map(({ name }) => name)
}
