import { Client, Event, LocalCluster, Lock, Queue, Variable } from 'heddle'
import type { Benchmark, Measurement } from './benchmark.js'
import { median } from './statistics.js'

/** What is timed, and what must be true after it. */
interface Step {
  readonly what: string
  readonly goal?: number
  run(i: number): Promise<void>
}

export const benchmark: Benchmark = {
  name: 'coordination',
  title: 'locks, queues, events and variables: a scheduler process and a client, over loopback',
  async run({ quick, say }) {
    const rounds = quick ? 300 : 3000
    const cluster = await LocalCluster.start({ workers: 1, threadsPerWorker: 1 })
    const client = await Client.connect(cluster)
    const other = await Client.connect(cluster, { setAsDefault: false })
    try {
      const lock = new Lock('bench', { client })
      const queue = new Queue<number>('bench', { client })
      const theirs = new Queue<number>('bench', { client: other })
      const variable = new Variable<number>('bench', { client })
      const event = new Event('bench', { client })
      const there = new Queue<number>('there', { client })
      const back = new Queue<number>('back', { client })
      const theirThere = new Queue<number>('there', { client: other })
      const theirBack = new Queue<number>('back', { client: other })
      const expect = (got: number, wanted: number): void => {
        if (got !== wanted) throw new Error(`${got} came out, ${wanted} was put in`)
      }
      const steps: Step[] = [
        { what: 'a lock: acquire', goal: 1, run: async () => void (await lock.acquire()) },
        {
          what: 'a lock: acquire and release',
          run: async () => {
            await (await lock.acquire()).release()
          },
        },
        { what: 'a queue: put', goal: 1, run: (i) => queue.put(i) },
        { what: 'a queue: get', goal: 1, run: async (i) => expect(await theirs.get(), i) },
        {
          what: 'a queue: there to another client that waits, and back',
          run: async (i) => {
            const echo = theirThere.get().then((x) => theirBack.put(x))
            await there.put(i)
            expect(await back.get(), i)
            await echo
          },
        },
        { what: 'a variable: set', run: (i) => variable.set(i) },
        { what: 'a variable: get', run: async () => expect(await variable.get(), rounds - 1) },
        { what: 'an event: is it set', run: async () => expect(Number(await event.isSet()), 0) },
      ]
      const measurements: Measurement[] = []
      for (const { what, goal, run } of steps) {
        const times: number[] = []
        for (let i = 0; i < rounds; i++) {
          const start = performance.now()
          await run(i)
          times.push(performance.now() - start)
          // Each time a lock that is free.
          if (what === 'a lock: acquire') await lock.release()
        }
        say(`${what}: ${median(times).toFixed(3)} ms`)
        measurements.push({ what, unit: 'ms', ours: median(times), ...(goal === undefined ? {} : { goal }) })
      }
      const batch = Array.from({ length: quick ? 10_000 : 100_000 }, (_, i) => i)
      const start = performance.now()
      for (let at = 0; at < batch.length; at += 1000) await queue.putBatch(batch.slice(at, at + 1000))
      let got = 0
      while (got < batch.length) got += (await theirs.getBatch(1000)).length
      const rate = batch.length / (performance.now() - start)
      measurements.push({ what: 'a queue: in and out, 1000 items at a time', unit: 'k items/s', moreIsBetter: true, ours: rate })
      return { measurements, notes: ['Medians, one after the other; each is one question to the scheduler unless it says more.'] }
    } finally {
      await other.close()
      await client.close()
      await cluster.close()
    }
  },
}
