import { setTimeout as delay } from 'node:timers/promises'
import { compute, delayed } from 'heddle'
import { Client, type Future } from '../../src/client/index.js'
import { LocalCluster } from '../../src/deploy/index.js'
import { type Reply, type Request, serve } from '../contestant.js'
import { median } from '../statistics.js'
import { Members, type Memory } from './cluster-members.js'

// A remote client of a scheduler process and worker processes of one thread; how many workers, its argument says. It needs
// `node --expose-gc`.

const workers = Number(process.argv[2])
const members = await Members.start(workers)
const { scheduler } = members
const client = await Client.open({ address: members.address, credentials: members.credentials })
await client.waitForWorkers(workers)

const increment = (x: number): number => x + 1
const add = (a: number, b: number): number => a + b

/** Runs something, and tells how long it took in seconds, and what it cost the scheduler in microseconds of its processor. */
async function timed<T>(run: () => T | Promise<T>): Promise<{ value: T; seconds: number; cpu: number }> {
  const before = await scheduler.ask<number>('cpu')
  const started = performance.now()
  const value = await run()
  const seconds = (performance.now() - started) / 1000
  return { value, seconds, cpu: (await scheduler.ask<number>('cpu')) - before }
}

function rates({ value, seconds, cpu }: { value: number; seconds: number; cpu: number }, tasks: number): Reply {
  return { figures: { rate: tasks / seconds, seconds, cpu: cpu / tasks }, check: value }
}

const measures: Record<string, (request: Request) => Promise<Reply>> = {
  async map({ tasks }) {
    const n = tasks as number
    const items = Array.from({ length: n }, (_, i) => i)
    const run = async (): Promise<number> => (await client.gather(client.map(increment, items))).reduce(add, 0)
    return rates(await timed(run), n)
  },

  async tree({ tasks, variant }) {
    const n = tasks as number
    return rates(await timed(() => trees[variant as keyof typeof trees](n / 2)), n)
  },

  /** Separate calls in one go, then all of their values; and what a future of a finished call takes in the client. */
  async submits({ tasks }) {
    const n = tasks as number
    const before = await ownBytes()
    const futures = new Array<Future<number>>(n)
    const started = performance.now()
    for (let i = 0; i < n; i++) futures[i] = client.submit(increment, i)
    const called = performance.now()
    const total = (await client.gather(futures)).reduce(add, 0)
    const ended = performance.now()
    const bytes = (await ownBytes()) - before
    for (const future of futures) future.release()
    return {
      figures: { callRate: (n / (called - started)) * 1000, rate: (n / (ended - started)) * 1000, bytes: bytes / n },
      check: total,
    }
  },

  /** Very many tasks while a second client asks the scheduler; then all but one of their futures are released. */
  async million({ tasks }) {
    const n = tasks as number
    const watcher = await members.startWatcher()
    const before = await scheduler.ask<Memory>('memory')
    const cpu = await scheduler.ask<number>('cpu')
    await scheduler.ask('watch')
    await watcher.ask('start')
    const started = performance.now()
    const futures = client.map(
      increment,
      Array.from({ length: n }, (_, i) => i),
    )
    await settled(futures)
    const seconds = (performance.now() - started) / 1000
    const { gap, late } = await watcher.ask<{ gap: number; late: number }>('stop')
    const cost = (await scheduler.ask<number>('cpu')) - cpu
    const peak = await scheduler.ask<number>('peak')
    const held = await scheduler.ask<Memory>('memory')
    await watcher.ask('start')
    const kept = futures.splice(n >>> 1, 1)[0]!
    for (const future of futures) future.release()
    futures.length = 0
    // Its answer comes after the releases have arrived.
    await client.workers()
    let released = await scheduler.ask<Memory>('memory')
    // What is left of a large graph is put away when nothing has happened to it for a while.
    for (let i = 0; i < 16 && released.inUse - before.inUse > 1e6; i++) {
      await delay(250)
      released = await scheduler.ask<Memory>('memory')
    }
    const { gap: releaseGap } = await watcher.ask<{ gap: number; late: number }>('stop')
    watcher.kill()
    const value = await kept
    kept.release()
    return {
      figures: {
        seconds,
        rate: n / seconds,
        cpu: cost / n,
        gap,
        late,
        releaseGap,
        growth: (peak - before.resident) / n,
        state: (held.inUse - before.inUse) / n,
        kept: (released.inUse - before.inUse) / 1e6,
      },
      check: value,
    }
  },

  async chain({ tasks }) {
    const n = tasks as number
    const started = performance.now()
    let last = client.submit(increment, 0)
    for (let i = 1; i < n; i++) last = client.submit(increment, last)
    const value = await last
    return { figures: { hop: (performance.now() - started) / n }, check: value }
  },

  async one({ calls }) {
    const times: number[] = []
    let total = 0
    for (let i = 0; i < (calls as number); i++) {
      const started = performance.now()
      total += await client.submit(increment, i)
      times.push(performance.now() - started)
    }
    return { figures: { milliseconds: median(times) }, check: total }
  },

  /** Large values, made on one worker and used on the other, all of them at once. */
  async transfer({ values, bytes }) {
    const [from, to] = members.workers
    const size = bytes as number
    const maker = client.with({ workers: [from!] })
    const user = client.with({ workers: [to!] })
    const made = Array.from({ length: values as number }, (_, i) =>
      maker.submit((n: number, x: number) => new Uint8Array(n).fill(x), size, i + 1),
    )
    await settled(made)
    const started = performance.now()
    const used = made.map((future) => user.submit((array: Uint8Array) => array.length + array[0]! + array.at(-1)!, future))
    const total = (await client.gather(used)).reduce(add, 0)
    const seconds = (performance.now() - started) / 1000
    for (const future of [...made, ...used]) future.release()
    return { figures: { rate: (size * made.length) / 1e9 / seconds }, check: total }
  },

  async start() {
    const started = performance.now()
    const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
    const seconds = (performance.now() - started) / 1000
    await cluster.close()
    return { figures: { seconds } }
  },

  /** A tree of tasks that take a while without the processor, undisturbed or with a worker killed after so many seconds. */
  async kill({ tasks, milliseconds, after }) {
    const started = performance.now()
    const timer = after === undefined ? undefined : setTimeout(() => members.killWorker(), (after as number) * 1000)
    const value = await slowTree((tasks as number) / 2, milliseconds as number)
    const seconds = (performance.now() - started) / 1000
    if (timer) {
      clearTimeout(timer)
      if (members.workers.length === workers) throw new Error('the tree was done before a worker was killed')
      await members.addWorker()
      await client.waitForWorkers(workers)
    }
    return { figures: { seconds }, check: value }
  },
}

/** The ways to sum up a tree of `leaves` leaves, and as many sums less one. */
const trees = {
  async delayed(leaves: number): Promise<number> {
    const leaf = delayed(increment)
    const sum = delayed(add)
    let level = Array.from({ length: leaves }, (_, i) => leaf(i))
    while (level.length > 1) level = pairs(level, (a, b) => sum(a, b))
    const [total] = await compute([level[0]!])
    return total!
  },

  async futures(leaves: number): Promise<number> {
    let level = client.map(
      increment,
      Array.from({ length: leaves }, (_, i) => i),
    )
    while (level.length > 1) level = pairs(level, (a, b) => client.submit(add, a, b))
    return level[0]!
  },
}

async function slowTree(leaves: number, milliseconds: number): Promise<number> {
  const leaf = delayed((x: number) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
    return x + 1
  })
  const sum = delayed((a: number, b: number) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
    return a + b
  })
  let level = Array.from({ length: leaves }, (_, i) => leaf(i))
  while (level.length > 1) level = pairs(level, (a, b) => sum(a, b))
  const [total] = await compute([level[0]!])
  return total!
}

function pairs<T>(level: readonly T[], join: (a: T, b: T) => T): T[] {
  const next: T[] = []
  for (let i = 0; i + 1 < level.length; i += 2) next.push(join(level[i]!, level[i + 1]!))
  if (level.length % 2 === 1) next.push(level.at(-1)!)
  return next
}

/** Resolves when all of them have come to their ends. */
function settled(futures: readonly Future<unknown>[]): Promise<void> {
  return new Promise((resolve) => {
    let left = futures.length
    for (const future of futures)
      future.addDoneCallback(() => {
        if (--left === 0) resolve()
      })
  })
}

/** Bytes that this process has in use when everything unreachable is gone. */
async function ownBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc!()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

await serve('heddle', [], (request) => measures[request.measure as string]!(request))
