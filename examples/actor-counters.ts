// An actor that counts for everybody: tasks on all workers tell it what they have seen, and the program reads it meanwhile.
import { type Actor, Client, LocalCluster } from 'heddle'

class Counters {
  #counts = new Map<string, number>()

  add(name: string, by: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, n) => sum + n, 0)
  }

  most(n: number): [name: string, count: number][] {
    return [...this.#counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, n)
  }
}

const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
const client = await Client.connect(cluster)
const counters = await client.actor(Counters)

/** Throws two dice so many times, and has every sum counted. */
async function roll(counters: Actor<Counters>, seed: number, times: number): Promise<number> {
  const sums = new Map<number, number>()
  let state = seed
  const die = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return 1 + Math.floor((state / 2 ** 32) * 6)
  }
  for (let i = 0; i < times; i++) {
    const sum = die() + die()
    sums.set(sum, (sums.get(sum) ?? 0) + 1)
  }
  await Promise.all(Array.from(sums, ([sum, count]) => counters.add(`a sum of ${sum}`, count)))
  return times
}

const rolls = Array.from({ length: 20 }, (_, seed) => client.submit(roll, counters, seed + 1, 5000))
console.log(`so far, ${await counters.total} throws were counted`)
await client.gather(rolls)
console.log(`in the end, ${await counters.total}; most often`)
for (const [name, count] of await counters.most(3)) console.log(`  ${name}: ${count} times`)

await client.close()
await cluster.close()
