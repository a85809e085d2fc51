import { type Actor, Client, LocalCluster } from 'heddle'
import type { Benchmark, Measurement } from './benchmark.js'
import { Session, pythonContestant } from './contest.js'
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
    const calls = quick ? 300 : 3000
    const blocks = quick ? 5 : 30
    // One after the other: each has the machine for itself.
    const dask = await peer({ calls, blocks })
    const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
    const client = await Client.connect(cluster)
    try {
      const [a, b] = (await client.workers()).map(({ name }) => name)
      const counter = await client.with({ workers: [a!] }).actor(Counter)
      const elsewhere = await client.with({ workers: [b!] }).actor(Counter)
      const ours = await measure(counter, elsewhere, { calls, blocks })
      for (const [what, figure] of Object.entries(ours)) say(`${what}: ${figure.toPrecision(3)}`)
      return { measurements: table(ours, dask), notes, ...(dask.missing === undefined ? {} : { skipped: [dask.missing] }) }
    } finally {
      await client.close()
      await cluster.close()
    }
  },
}

const notes = [
  'A program, a scheduler and two workers of one thread each, all on this machine, over loopback TCP. One after the other: ' +
    'the median time from a call to its answer. Many at once: the time of all, divided by their number. Dask is used by its ' +
    'asynchronous client, and runs before, alone.',
]

/** How long and how much: milliseconds, microseconds a call for `many`, MiB/s for arguments and results. */
type Figures = Record<'method' | 'between' | 'many' | 'argument' | 'result', number>

interface Load {
  /** one after the other; three times as many at once */
  readonly calls: number
  /** calls with a large argument, and with a large result */
  readonly blocks: number
}

async function measure(counter: Actor<Counter>, elsewhere: Actor<Counter>, { calls, blocks }: Load): Promise<Figures> {
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
  const method = await milliseconds(calls, () => counter.add(1))
  await counter.ask(elsewhere, calls / 5)
  const between = await counter.ask(elsewhere, calls)
  const started = performance.now()
  await Promise.all(Array.from({ length: calls * 3 }, () => counter.add(1)))
  const many = ((performance.now() - started) * 1000) / (calls * 3)
  const block = new Uint8Array(16 * MEGABYTE)
  const argument = 16_000 / (await milliseconds(blocks, () => counter.size(block)))
  const result = 16_000 / (await milliseconds(blocks, () => counter.bytes(block.length)))
  return { method, between, many, argument, result }
}

/** The same on Dask, if it is here. */
async function peer(load: Load): Promise<{ name: string; figures: Partial<Figures>; missing: string | undefined }> {
  const contestant = pythonContestant('actors-dask', 'Dask')
  if (contestant.missing !== undefined) return { name: 'Dask', figures: {}, missing: contestant.missing }
  const session = await Session.start(contestant, 300)
  try {
    const { figures } = await session.ask({ ...load })
    return { name: session.name, figures, missing: undefined }
  } finally {
    session.stop()
  }
}

const lines: readonly (Pick<Measurement, 'what' | 'unit' | 'moreIsBetter' | 'goal'> & { readonly key: keyof Figures })[] = [
  { key: 'method', what: 'a method, one call after the other', unit: 'ms', goal: 0.5 },
  { key: 'between', what: 'from an actor to one on another worker', unit: 'ms', goal: 0.5 },
  { key: 'many', what: 'many calls at once', unit: 'µs/call' },
  { key: 'argument', what: 'an argument of 16 MiB', unit: 'MiB/s', moreIsBetter: true },
  { key: 'result', what: 'a result of 16 MiB', unit: 'MiB/s', moreIsBetter: true },
]

function table(ours: Figures, { name, figures }: { name: string; figures: Partial<Figures> }): Measurement[] {
  return lines.map(({ key, ...line }) => {
    const figure = figures[key]
    return { ...line, ours: ours[key], ...(figure === undefined ? {} : { peers: [{ name, figure }] }) }
  })
}
