import { ArgumentError } from '../base/index.js'

/** From which share of the limit on something is done; false: never. */
export interface MemoryThresholds {
  /** values in memory take more: the oldest move to disk until they do not */
  readonly target: number | false
  /** the process takes more: the oldest move to disk until it takes no more than the target */
  readonly spill: number | false
  /** the process takes more: no further task starts */
  readonly pause: number | false
}

/** A process that paused goes on when it takes this share of the limit less than the share at which it paused. */
const RESUME_BELOW = 0.02

/** How far below `spill` the process comes when there is no `target` to come down to. */
const RELIEF = 0.1

/**
 * What to do about the memory of a worker: how much of its values is to move to disk, and whether it may start tasks.
 * A pure machine: somebody else measures, and somebody else moves. Killing the process (`terminate`) is up to its nanny.
 *
 * @example
 * const pressure = new MemoryPressure(parseBytes('4 GiB'), config.get('memory'))
 * pressure.measured(process.memoryUsage.rss(), store.bytes) // every 200 ms
 * if (pressure.state === 'paused') …
 * while (pressure.excess(store.bytes - underWay) > 0) …  // move the oldest value to disk
 */
export class MemoryPressure {
  readonly #target: number
  readonly #spill: number
  readonly #relieved: number
  readonly #pause: number
  readonly #resume: number
  #process = 0
  #heldThen = 0
  #spilling = false
  #state: 'running' | 'paused' = 'running'

  /**
   * @param limit bytes that the process may take; Infinity: as many as it likes
   * @throws ArgumentError when the thresholds do not ascend
   */
  constructor(limit: number, { target, spill, pause }: MemoryThresholds) {
    if (!(limit > 0)) throw new ArgumentError(`a memory limit of ${limit} bytes: expected more than 0, or Infinity for no limit`)
    const shares = Object.entries({ target, spill, pause }).filter((entry): entry is [string, number] => entry[1] !== false)
    for (const [i, [name, share]] of shares.entries()) {
      if (!(share > 0)) throw new ArgumentError(`memory.${name} is ${share}: expected a share of the limit, above 0, or false`)
      const [below, least] = shares[i - 1] ?? [name, 0]
      if (share < least) throw new ArgumentError(`memory.${name} (${share}) is below memory.${below} (${least})`)
    }
    const bytes = (share: number | false): number => (share === false ? Infinity : limit * share)
    this.#target = bytes(target)
    this.#spill = bytes(spill)
    this.#relieved = bytes(target === false && spill !== false ? spill * (1 - RELIEF) : target)
    this.#pause = bytes(pause)
    this.#resume = bytes(pause === false ? pause : Math.max(pause - RESUME_BELOW, pause / 2))
  }

  /** Whether tasks may start. Changes in `measured` only. */
  get state(): 'running' | 'paused' {
    return this.#state
  }

  /** Whether the process takes so much that what nobody needs should be given back to the system. Changes in `excess` only. */
  get isHigh(): boolean {
    return this.#spilling || this.#state === 'paused'
  }

  /**
   * The process was found to take `process` bytes, of which `held` are of values that are in memory and not about to leave
   * it. Gives the state.
   */
  measured(process: number, held: number): 'running' | 'paused' {
    this.#process = process
    this.#heldThen = held
    this.#state = process > (this.#state === 'paused' ? this.#resume : this.#pause) ? 'paused' : 'running'
    return this.#state
  }

  /**
   * How many bytes of values are to move to disk now; 0: none. `held` are the bytes of values that are in memory and not
   * about to leave it, so what is on its way to disk counts as gone. What came or left since the last measurement is taken
   * to have made the process larger or smaller by as much: it is not moved a second time for one number.
   */
  excess(held: number): number {
    const process = this.#process + held - this.#heldThen
    this.#spilling = process > (this.#spilling ? this.#relieved : this.#spill)
    const beyond = Math.max(held - this.#target, this.#spilling ? process - this.#relieved : 0, 0)
    return Math.min(beyond, held)
  }
}
