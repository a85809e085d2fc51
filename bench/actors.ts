import { type Actor, Client, LocalCluster } from 'heddle'
import type { Benchmark, BenchmarkOptions, Measurement } from './benchmark.js'
import { median } from './statistics.js'

const MEGABYTE = 2 ** 20

class Counter {
  n = 0

  add(by: number): number {
    return (this.n += by)
  }

  size(bytes: Uint8Array): number {
    return bytes.length
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(length)
  }

  /** What a call costs one that lives on another worker. */
  async ask(other: Actor<Counter>, times: number): Promise<number> {
    const started = performance.now()
    for (let i = 0; i < times; i++) await other.add(1)
    return (performance.now() - started) / times
  }
}

export const benchmark: Benchmark = {
  name: 'actors',
  title: 'calls of actors in worker processes on this machine',
  async run({ quick, say }) {
    const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
    const client = await Client.connect(cluster)
    try {
      const [a, b] = (await client.workers()).map(({ name }) => name)
      const counter = await client.with({ workers: [a!] }).actor(Counter)
      const elsewhere = await client.with({ workers: [b!] }).actor(Counter)
      return { measurements: await measure(counter, elsewhere, { quick, say }), notes }
    } finally {
      await client.close()
      await cluster.close()
    }
  },
}

const notes = [
  'A program, a scheduler and two workers of one thread each, all on this machine, over loopback TCP. One after the other: ' +
    'the median time from a call to its answer. Many at once: the time of all, divided by their number.',
]

async function measure(
  counter: Actor<Counter>,
  elsewhere: Actor<Counter>,
  { quick, say }: BenchmarkOptions,
): Promise<Measurement[]> {
  const n = quick ? 300 : 3000
  const milliseconds = async (times: number, call: () => Promise<unknown>): Promise<number> => {
    for (let i = 0; i < times / 5; i++) await call()
    const each: number[] = []
    for (let i = 0; i < times; i++) {
      const started = performance.now()
      await call()
      each.push(performance.now() - started)
    }
    return median(each)
  }
  const measurements: Measurement[] = []
  const line = (what: string, unit: string, ours: number, more: Partial<Measurement> = {}): void => {
    say(`${what}: ${ours.toPrecision(3)} ${unit}`)
    measurements.push({ what, unit, ours, ...more })
  }
  line('a method, one call after the other', 'ms', await milliseconds(n, () => counter.add(1)), { goal: 0.5 })
  line('a property, one after the other', 'ms', await milliseconds(n, () => counter.n), { goal: 0.5 })
  await counter.ask(elsewhere, n / 5)
  line('from an actor to one on another worker', 'ms', await counter.ask(elsewhere, n), { goal: 0.5 })
  const started = performance.now()
  await Promise.all(Array.from({ length: n * 3 }, () => counter.add(1)))
  line('many calls at once', 'µs/call', ((performance.now() - started) * 1000) / (n * 3))
  const block = new Uint8Array(16 * MEGABYTE)
  const perBlock = (time: number): number => block.length / MEGABYTE / (time / 1000)
  line('an argument of 16 MiB', 'MiB/s', perBlock(await milliseconds(quick ? 5 : 30, () => counter.size(block))), {
    moreIsBetter: true,
  })
  line('a result of 16 MiB', 'MiB/s', perBlock(await milliseconds(quick ? 5 : 30, () => counter.bytes(block.length))), {
    moreIsBetter: true,
  })
  return measurements
}
