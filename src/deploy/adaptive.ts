import { ArgumentError, type Clock, asError, loadNow, systemClock } from '../base/index.js'
import type { ClusterLoad, WorkerLoad } from '../protocol/index.js'
import { config } from '../config/index.js'
import type { ScalingPolicy, ScalingRules, ScalingStep, WorkerShape } from './scaling-policy.js'

/** Something whose workers can be made more and fewer: what `Adaptive` needs of a cluster. */
export interface Scalable {
  /**
   * The names of all workers that were asked for and have not been told to leave, the oldest first: of those that run and
   * of those that are yet to come, in the queue of a batch system, say. Where workers start and end together, of what they
   * belong to.
   */
  readonly workers: readonly string[]
  /** those of them that never leave; none unless told */
  readonly lasting?: ReadonlySet<string>
  /** what each of those that come has */
  readonly shape: WorkerShape
  /** What there is to do. */
  load(): Promise<ClusterLoad>
  /** Asks for so many more. It may resolve before they are there; rejecting means that they will not come. */
  add(count: number): Promise<void> | void
  /** Has these leave, without anything being lost; those that are yet to come do not come. */
  retire(names: readonly string[]): Promise<void> | void
  /** Which of `workers` a worker that has joined belongs to; that of its own name unless told. */
  unitOf?(worker: string): string
}

export interface AdaptiveOptions {
  /** workers that there are always; 0 unless told */
  readonly minimum?: number
  /** workers that there are never more of; no limit unless told */
  readonly maximum?: number
  /** milliseconds between two looks; the setting `adaptive.interval` unless told */
  readonly interval?: number
  /** how often in a row fewer workers must have been enough before some leave; the setting `adaptive.waitCount` unless told */
  readonly waitCount?: number
  /** milliseconds in which all that there is to do is to be done; the setting `adaptive.targetDuration` unless told */
  readonly targetDuration?: number
  /** workers that may be asked for and yet to come, at most: jobs that wait in a queue; no limit unless told */
  readonly maximumPending?: number
  /** milliseconds in which fewer must have been enough before workers leave that have come; 0 unless told */
  readonly cooldown?: number
  /** time; the real one unless given */
  readonly clock?: Clock
}

/** What an adaptive cluster has done, and why. */
export interface ScalingDecision {
  /** milliseconds since 1970 */
  readonly time: number
  readonly kind: 'up' | 'down' | 'failed'
  /** workers before, and those that are wanted now */
  readonly from: number
  readonly to: number
  /** those that leave */
  readonly retired: readonly string[]
  readonly reason: string
}

/** Decisions that are remembered. */
const REMEMBERED = 1000
/** The longest time between two attempts when workers cannot be started, in seconds. */
const LONGEST_PAUSE = 60

/**
 * Keeps the number of workers of a cluster at what there is to do: `Cluster.adapt` makes it. It looks at the cluster every
 * so often; it does not keep the program alive.
 *
 * @example
 * const adaptive = cluster.adapt({ minimum: 0, maximum: 8 })
 * adaptive.log // [{ kind: 'up', from: 0, to: 8, reason: '200 tasks of 100 s in all', … }]
 * adaptive.stop()
 */
export class Adaptive {
  readonly #target: Scalable
  readonly #policy: ScalingPolicy
  readonly #clock: Clock
  readonly #timer: NodeJS.Timeout
  readonly #log: ScalingDecision[] = []
  #looking: Promise<ScalingStep> | undefined
  #stopped = false
  /** attempts to start workers that have failed in a row, and when the next one may be made */
  #failures = 0
  #notBefore = -Infinity

  constructor(target: Scalable, options: AdaptiveOptions = {}) {
    const settings = config.get('adaptive')
    const { minimum = 0, maximum = Infinity, interval = settings.interval, clock = systemClock } = options
    const { waitCount = settings.waitCount, targetDuration = settings.targetDuration, maximumPending, cooldown } = options
    if (!(Number.isInteger(minimum) && minimum >= 0))
      throw new ArgumentError(`adapt: the minimum must be a whole number, at least 0; ${minimum} is none`)
    if (!(maximum >= Math.max(minimum, 1) && (Number.isInteger(maximum) || maximum === Infinity)))
      throw new ArgumentError(
        `adapt: the maximum must be a whole number, at least 1 and the minimum (${minimum}); it is ${maximum}`,
      )
    for (const [name, value] of Object.entries({ interval, waitCount, targetDuration }))
      if (!(value > 0)) throw new ArgumentError(`adapt: ${name} must be above 0; it is ${value}`)
    if (!((maximumPending ?? 1) >= 1))
      throw new ArgumentError(`adapt: maximumPending must be at least 1; it is ${maximumPending}`)
    if (!((cooldown ?? 0) >= 0)) throw new ArgumentError(`adapt: cooldown must not be below 0; it is ${cooldown}`)
    const memoryShare = config.get('memory.target') || 1
    const rules: ScalingRules = {
      minimum,
      maximum,
      waitCount,
      targetDuration,
      memoryShare,
      ...(maximumPending === undefined ? {} : { maximumPending }),
      ...(cooldown === undefined ? {} : { cooldown }),
    }
    this.#target = target
    this.#clock = clock
    const { ScalingPolicy } = loadNow(import.meta.url, './scaling-policy.js') as typeof import('./scaling-policy.js')
    this.#policy = new ScalingPolicy(rules, clock)
    this.#timer = setInterval(() => {
      if (this.#looking) return
      this.look().catch((error: unknown) => {
        // All of them are in the log.
        if (this.#failures === 1 && !this.#stopped) process.emitWarning(`an adaptive cluster: ${asError(error).message}`)
      })
    }, interval)
    this.#timer.unref()
  }

  /** What it has done, the oldest first: the last thousand decisions. */
  get log(): readonly ScalingDecision[] {
    return this.#log
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** Looks now, and does what is to be done. It rejects with what the cluster could not do, which is in the log, too. */
  look(): Promise<ScalingStep> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** The number of workers stays as it is from now on. */
  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
  }

  async #look(): Promise<ScalingStep> {
    const target = this.#target
    const from = target.workers.length
    try {
      const load = await target.load()
      const workers = target.workers
      const joined = new Map<string, WorkerLoad[]>(workers.map((name) => [name, []]))
      for (const worker of load.workers) joined.get(target.unitOf?.(worker.name) ?? worker.name)?.push(worker)
      const units = Array.from(joined, ([name, workers]) => ({ name, workers, stays: target.lasting?.has(name) ?? false }))
      const step = this.#policy.look(load, units, target.shape)
      if (this.#stopped || step.kind === 'stay') return step
      if (step.kind === 'down') {
        this.#note('down', workers.length, workers.length - step.retire.length, step.reason, step.retire)
        await target.retire(step.retire)
      } else if (this.#clock.now() >= this.#notBefore) {
        this.#note('up', workers.length, step.wanted, step.reason)
        await target.add(step.add)
        this.#failures = 0
      }
      return step
    } catch (thrown) {
      const error = asError(thrown)
      this.#failures++
      this.#notBefore = this.#clock.now() + Math.min(LONGEST_PAUSE, 2 ** (this.#failures - 1))
      if (!this.#stopped) this.#note('failed', from, target.workers.length, error.message)
      throw error
    }
  }

  #note(kind: ScalingDecision['kind'], from: number, to: number, reason: string, retired: readonly string[] = []): void {
    this.#log.push({ time: Date.now(), kind, from, to, retired, reason })
    if (this.#log.length > REMEMBERED) this.#log.shift()
  }
}
