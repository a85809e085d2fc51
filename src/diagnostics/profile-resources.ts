import { inspect } from 'node:util'
import { ArgumentError, describe, formatBytes, formatDuration } from '../base/index.js'
import { type ChildUsage, childUsage } from './process-usage.js'
import { drawProfile } from './draw-profile.js'
import { withRunObserver } from './run-scope.js'
import { alignColumns } from './text-table.js'

/** What this process used at one moment. */
export interface ResourceSample {
  /** milliseconds, as `performance.now` counts */
  readonly time: number
  /** percent of one core, all threads together, on average since the sample before; child processes included on Linux */
  readonly cpu: number
  /** bytes of memory in use (resident); child processes included on Linux, where shared memory then counts several times */
  readonly rss: number
  /** bytes of the JavaScript heap of this thread in use */
  readonly heap: number
  /** bytes of this thread's ArrayBuffers and SharedArrayBuffers */
  readonly arrayBuffers: number
  /** how many child processes are included */
  readonly processes: number
}

/** The most and the average of what was used. */
export interface ResourceSummary {
  /** how long it took */
  readonly seconds: number
  /** percent of one core */
  readonly meanCpu: number
  readonly peakCpu: number
  /** bytes */
  readonly peakRss: number
  readonly peakHeap: number
  readonly peakArrayBuffers: number
}

/** What a computation used while it ran. */
export class ResourceProfile {
  readonly samples: readonly ResourceSample[]
  readonly summary: ResourceSummary

  /** Use `profileResources`. */
  constructor(samples: readonly ResourceSample[], summary: ResourceSummary) {
    this.samples = samples
    this.summary = summary
  }

  /** The summary, in a few lines. */
  toString(): string {
    const { seconds, meanCpu, peakCpu, peakRss, peakHeap, peakArrayBuffers } = this.summary
    const rows = [
      ['time', formatDuration(seconds * 1000)],
      ['CPU', `${meanCpu.toFixed(0)}% of a core on average, ${peakCpu.toFixed(0)}% at most`],
      ['memory', `${formatBytes(peakRss)} at most`],
      ['heap', `${formatBytes(peakHeap)} at most`],
      ['array buffers', `${formatBytes(peakArrayBuffers)} at most`],
    ]
    return alignColumns(undefined, rows, 'll')
  }

  /** Processor and memory over time, as an SVG image. */
  toSVG(): string {
    return drawProfile({ samples: this.samples })
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

/** See `profileResources`. */
export async function measureResources<R>(
  fn: () => R | PromiseLike<R>,
  { interval = 100 }: { readonly interval?: number },
): Promise<{ readonly result: R; readonly profile: ResourceProfile }> {
  if (!(interval > 0))
    throw new ArgumentError(`profileResources: the interval must be a positive number, not ${describe(interval)}`)
  const meter = new Meter()
  const samples = [meter.sample()]
  const sampleIfDue = (): void => {
    // Timers come up to a millisecond early.
    if (performance.now() - samples.at(-1)!.time >= interval - 1) samples.push(meter.sample())
  }
  const timer = setInterval(sampleIfDue, interval).unref()
  let result: R
  try {
    // Tasks that run in this very thread leave no turn to a timer.
    result = await withRunObserver(({ executor }) => executor.log.listen(sampleIfDue), fn)
  } finally {
    clearInterval(timer)
  }
  const { cpuSeconds } = meter.read()
  const seconds = (performance.now() - meter.began) / 1000
  // Over too short a time the share of a processor says nothing.
  if (samples.length === 1 || performance.now() - samples.at(-1)!.time >= interval / 2) samples.push(meter.sample())
  return { result, profile: new ResourceProfile(samples, summaryOf(samples, seconds, cpuSeconds)) }
}

/** Reads what is used, and how much processor time went by between two readings. */
class Meter {
  readonly began = performance.now()
  #own = process.cpuUsage()
  #children = childUsage().cpu
  #cpuSeconds = 0
  #sampled = { time: this.began, cpuSeconds: 0 }

  /** Seconds of processor time since the beginning, of which children included. */
  read(): { readonly cpuSeconds: number; readonly children: ChildUsage } {
    const own = process.cpuUsage()
    const children = childUsage()
    this.#cpuSeconds += (own.user - this.#own.user + own.system - this.#own.system) / 1e6
    // A child that is new has used all it has used since the last reading; one that has ended takes its last share along.
    for (const [pid, cpu] of children.cpu) this.#cpuSeconds += cpu - (this.#children.get(pid) ?? 0)
    this.#own = own
    this.#children = children.cpu
    return { cpuSeconds: this.#cpuSeconds, children }
  }

  sample(): ResourceSample {
    const { cpuSeconds, children } = this.read()
    const time = performance.now()
    const passed = (time - this.#sampled.time) / 1000
    // A moment is too short to tell of.
    const cpu = passed < 0.001 ? 0 : (100 * (cpuSeconds - this.#sampled.cpuSeconds)) / passed
    this.#sampled = { time, cpuSeconds }
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
    return { time, cpu, rss: rss + children.rss, heap: heapUsed, arrayBuffers, processes: children.processes }
  }
}

function summaryOf(samples: readonly ResourceSample[], seconds: number, cpuSeconds: number): ResourceSummary {
  const most = (of: (sample: ResourceSample) => number): number => samples.reduce((max, sample) => Math.max(max, of(sample)), 0)
  return {
    seconds,
    meanCpu: seconds > 0 ? (100 * cpuSeconds) / seconds : 0,
    peakCpu: most((sample) => sample.cpu),
    peakRss: most((sample) => sample.rss),
    peakHeap: most((sample) => sample.heap),
    peakArrayBuffers: most((sample) => sample.arrayBuffers),
  }
}
