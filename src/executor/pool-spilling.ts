import { formatBytes } from '../base/index.js'
import { ON_DISK, type SegmentTable, ValueKind, type ValueStore } from '../lanes/index.js'
import { MemoryPressure, type MemoryThresholds, type SpillFolder } from '../memory/index.js'
import { FilledSegments, IncomingSegments, Spilling, TaskFeed, type TaskFeedOptions } from '../spilling/index.js'
import { decode, prepare } from '../transfer/index.js'

/** How often it is looked how much memory the process takes, in milliseconds. */
const MEASURE_INTERVAL = 200

export interface PoolSpillingOptions
  extends Pick<TaskFeedOptions, 'machine' | 'mostAside' | 'running' | 'inputCount' | 'inputSlot' | 'inputLost'> {
  readonly folder: SpillFolder
  /** of the executor, for warnings */
  readonly name: string
  /** bytes that the process may take */
  readonly limit: number
  readonly thresholds: MemoryThresholds
  readonly store: ValueStore
  readonly segments: SegmentTable
  /** the slots of the tasks that lanes have */
  given(): Iterable<number>
  /** bytes of the process that are free to be used again */
  unused(): number
  /** The values in these slots cannot be read. They must be dropped. */
  lost(slots: readonly number[]): void
  /** Something has happened: the tick is to go on. */
  changed(): void
}

/**
 * Moves the values of a pool of threads to disk when there is little memory, and back when tasks or the program need them:
 * as workers of a cluster do. It begins when there are values enough that it could come to that.
 */
export class PoolSpilling {
  readonly #options: PoolSpillingOptions
  readonly #spilling: Spilling
  readonly #feed: TaskFeed
  /** by slot of a task that a lane has: the segments that stay for it */
  readonly #pins = new Map<number, number[]>()
  readonly #measuring: NodeJS.Timeout

  constructor(options: PoolSpillingOptions) {
    this.#options = options
    const { folder, name, limit, thresholds, store, segments, unused, lost, changed } = options
    const filled = new FilledSegments()
    const incoming = new IncomingSegments(segments)
    segments.watch(filled)
    this.#spilling = new Spilling(
      {
        name,
        advice: 'Let it take more (the setting memory.limit), or have tasks use less',
        limit,
        store,
        segments,
        folder,
        pressure: new MemoryPressure(limit, thresholds),
        processBytes: () => process.memoryUsage.rss() - unused(),
        allocate: (bytes) => incoming.allocate(bytes),
        collect: () => {
          incoming.collect()
          changed()
        },
        lost,
        changed,
        paused: changed,
      },
      filled,
    )
    this.#feed = new TaskFeed({ ...options, spilling: this.#spilling })
    for (const slot of options.given()) this.#pin(slot)
    this.#measuring = setInterval(() => this.#spilling.measure(), MEASURE_INTERVAL)
    this.#measuring.unref()
  }

  /** bytes that were written to disk, and read from there */
  get traffic(): { readonly spilledBytes: number; readonly restoredBytes: number } {
    return this.#spilling.traffic
  }

  /** How many tasks `next` can give. */
  ready(): number {
    return this.#feed.ready()
  }

  /** The slot of a task, all of whose inputs are in memory. */
  next(): number {
    return this.#feed.next()
  }

  /** A lane is given a task: what it needs stays in memory. */
  given(slot: number): void {
    this.#pin(slot)
    this.#feed.release(slot)
  }

  /** A task has ended, or got to no lane. */
  ended(slot: number): void {
    const pins = this.#pins.get(slot)
    if (pins) {
      this.#pins.delete(slot)
      for (const segment of pins) this.#options.segments.unpin(segment)
    }
    this.#feed.release(slot)
  }

  /** To be called when something has happened. */
  check(): void {
    this.#spilling.check()
  }

  /**
   * A value as memory of the caller's, from wherever it is; undefined: it is not there any more, or lost.
   *
   * @param slotNow its slot now; -1: it has none
   */
  async read(slotNow: () => number): Promise<{ readonly value: unknown } | undefined> {
    const { store, segments } = this.#options
    const slot = slotNow()
    if (slot < 0) return undefined
    const kind = store.kind[slot]
    if (kind === ON_DISK) {
      const bytes = await this.#spilling.copy(slotNow)
      if (!bytes) return undefined
      await prepare(bytes)
      return { value: decode(bytes) }
    }
    const segment = kind === ValueKind.segment ? segments.pin(store.segment[slot]!) : undefined
    try {
      await store.prepare(slot)
      // It may have been released meanwhile.
      return slotNow() === slot ? { value: store.get(slot) } : undefined
    } finally {
      if (segment) segments.unpin(segment.id)
    }
  }

  /** Removes everything from disk. */
  async close(): Promise<void> {
    clearInterval(this.#measuring)
    await this.#spilling.close()
  }

  /** Sees to it that the inputs of a task stay where they are. */
  #pin(slot: number): void {
    const { store, segments, inputCount, inputSlot } = this.#options
    const pins: number[] = []
    for (let i = 0, count = inputCount(slot); i < count; i++) {
      const input = inputSlot(slot, i)
      if (input < 0 || store.kind[input] !== ValueKind.segment) continue
      const segment = segments.pin(store.segment[input]!)
      this.#spilling.touch(segment)
      pins.push(segment.id)
    }
    if (pins.length > 0) this.#pins.set(slot, pins)
  }
}

/** What is said where values cannot go to disk. */
export function cannotSpill(name: string, limit: number, error: Error): string {
  return `${name}: values stay in memory, though they may take more than the ${formatBytes(limit)} that there are: ${error.message}`
}
