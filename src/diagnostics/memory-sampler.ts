import { inspect } from 'node:util'
import { ArgumentError, describe, formatBytes, formatDuration } from '../base/index.js'
import type { Client, WorkerDescription } from '../client/index.js'
import { alignColumns } from './text-table.js'

/** What is added up over the workers: the memory of their processes, values in memory, values on disk. */
export type MemoryMeasure = 'process' | 'held' | 'spilled'

/** The memory of a cluster at one moment. */
export interface MemorySample {
  /** seconds since the sampling began */
  readonly time: number
  readonly bytes: number
}

export interface SampleOptions {
  /** what is measured; 'process' unless told */
  readonly measure?: MemoryMeasure
  /** milliseconds between two samples; 500 unless told. Workers tell once a second (the setting `worker.heartbeat`) */
  readonly interval?: number
}

const readers: Readonly<Record<MemoryMeasure, (worker: WorkerDescription) => number>> = {
  process: ({ metrics }) => metrics?.memory ?? 0,
  held: ({ metrics }) => metrics?.held ?? 0,
  spilled: ({ metrics }) => metrics?.spilled ?? 0,
}

const COLORS = ['#1b6ca8', '#c75000', '#2f7d32', '#8e3b9e', '#9a6b00', '#b3263a', '#00796b', '#5d4037']

/**
 * Measures the memory of a cluster's workers while parts of a program run, so that they can be compared. Printed, it is a table.
 *
 * @example
 * const sampler = new MemorySampler(client)
 * await sampler.sample('fused', () => table.compute())
 * await sampler.sample('not fused', () => config.with({ optimization: { fuse: false } }, () => table.compute()))
 * console.log(sampler)
 * await writeFile('memory.svg', sampler.toSVG())
 */
export class MemorySampler {
  readonly #client: Pick<Client, 'workers'>
  readonly #samples = new Map<string, MemorySample[]>()

  constructor(client: Pick<Client, 'workers'>) {
    this.#client = client
  }

  /**
   * Samples under that name while `fn` runs; gives what `fn` gives. A name that is used again begins anew.
   *
   * @throws ArgumentError; what `fn` throws
   */
  async sample<R>(name: string, fn: () => R | PromiseLike<R>, options: SampleOptions = {}): Promise<Awaited<R>> {
    const { measure = 'process', interval = 500 } = options
    if (typeof name !== 'string' || name === '') throw new ArgumentError(`memorySampler: a name is needed, not ${describe(name)}`)
    if (!Object.hasOwn(readers, measure)) {
      throw new ArgumentError(`memorySampler: measure must be ${Object.keys(readers).join(', ')}, not ${describe(measure)}`)
    }
    if (!(interval > 0)) throw new ArgumentError(`memorySampler: interval must be milliseconds, not ${describe(interval)}`)
    const samples: MemorySample[] = []
    this.#samples.set(name, samples)
    const began = performance.now()
    const take = async (): Promise<void> => {
      const workers = await this.#client.workers()
      const bytes = workers.reduce((sum, worker) => sum + readers[measure](worker), 0)
      samples.push({ time: (performance.now() - began) / 1000, bytes })
    }
    await take()
    let asking: Promise<void> | undefined
    let problem: unknown
    const timer = setInterval(() => {
      // One question at a time: a busy scheduler is not asked more.
      asking ??= take()
        .catch((error: unknown) => {
          problem = error
        })
        .finally(() => {
          asking = undefined
        })
    }, interval)
    try {
      const result = await fn()
      await asking
      await take()
      if (problem !== undefined) throw problem
      return result
    } finally {
      clearInterval(timer)
    }
  }

  /** By name, what was sampled. */
  get samples(): ReadonlyMap<string, readonly MemorySample[]> {
    return this.#samples
  }

  toString(): string {
    const rows = Array.from(this.#samples, ([name, samples]) => {
      const bytes = samples.map((sample) => sample.bytes)
      const mean = bytes.reduce((sum, value) => sum + value, 0) / Math.max(1, bytes.length)
      const took = formatDuration((samples.at(-1)?.time ?? 0) * 1000)
      return [name, took, String(samples.length), formatBytes(Math.round(mean)), formatBytes(Math.max(0, ...bytes))]
    })
    return alignColumns(['', 'took', 'samples', 'on average', 'at most'], rows, 'lrrrr')
  }

  /** A line for each name over time, as an SVG image. */
  toSVG(): string {
    const [width, height, left, bottom, top] = [720, 320, 76, 36, 16]
    const names = [...this.#samples]
    const longest = Math.max(1e-9, ...names.map(([, samples]) => samples.at(-1)?.time ?? 0))
    const most = Math.max(1, ...names.flatMap(([, samples]) => samples.map(({ bytes }) => bytes)))
    const x = (time: number): string => (left + (time / longest) * (width - left - 16)).toFixed(1)
    const y = (bytes: number): string => (height - bottom - (bytes / most) * (height - bottom - top)).toFixed(1)
    const lines = names.map(([name, samples], i) => {
      const points = samples.map(({ time, bytes }) => `${x(time)},${y(bytes)}`).join(' ')
      const color = COLORS[i % COLORS.length]!
      const key = `<text x="${left + 8}" y="${top + 14 + i * 18}" fill="${color}">${escaped(name)}</text>`
      return `<polyline fill="none" stroke="${color}" stroke-width="2" points="${points}"/>${key}`
    })
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
      const at = y(share * most)
      return `<line x1="${left}" x2="${width - 16}" y1="${at}" y2="${at}" stroke="#8884"/><text x="${left - 6}" y="${Number(at) + 4}" text-anchor="end">${formatBytes(Math.round(share * most))}</text>`
    })
    const end = `<text x="${width - 16}" y="${height - 12}" text-anchor="end">${formatDuration(longest * 1000)}</text>`
    const style = '<style>text{font:12px sans-serif;fill:#444}@media(prefers-color-scheme:dark){text{fill:#ccc}}</style>'
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img"><title>Memory of the workers over time</title>${style}${ticks.join('')}${end}${lines.join('')}</svg>`
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
