import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { Client, LocalCluster } from '../src/index.js'
import { get } from '../test/dashboard/visitor.js'
import { type Spread, median, medianInterval, spreadOf } from './statistics.js'

/** What a cluster spends on tasks, and of that on being looked at. */
export interface ClusterCosts {
  /** microseconds of processor time a task, of scheduler and workers, when nobody looks */
  readonly idle: Spread
  /** of that, in hundredths, what the scheduler spends on accounts and history, as it runs */
  readonly accounts: Spread
  /** of that, in hundredths, what workers spend on remembering their tasks: told to another memory of theirs, between rounds */
  readonly trails: Spread
  /** how many times as much it is with a page open: of what pairs of rows differ by, with and without; `low` to `high`: 19 times of 20 */
  readonly open: Spread
  /** how many pairs that took */
  readonly pairs: number
  /** of `idle`, in hundredths, what the scheduler spends on a page that is open, as it runs */
  readonly page: Spread
}

/** Rounds after which engines have compiled what there is to compile. */
const WARM_UP = 12
/** Rounds in a row in which a page is open, or is not; of each row the first is not counted. */
const ROW = 3
/** How wide the interval of what a page costs may be, to either side; there are more pairs until it is, for so many seconds. */
const NARROW = 0.02
const LONGEST = 240

/** What the scheduler says that it has spent, in microseconds. */
interface Spent {
  readonly listeners: number
  readonly digests: number
}

const events = new URL('../src/events/index.js', import.meta.url).href
const model = new URL('../src/model/index.js', import.meta.url).href
const trail = new URL('diagnostics-trail.js', import.meta.url).href

/**
 * Runs rounds of so many tasks, that compute for so many turns of a loop, with and without a page open. What counts is processor
 * time, and every figure is a ratio of what was measured within a second or two: a machine that is slow for a while, or does
 * something else, changes both sides of it.
 */
export async function costsOfACluster(
  tasks: number,
  spins: number,
  pairs: number,
  say: (line: string) => void,
): Promise<ClusterCosts> {
  const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
  const client = await Client.connect(cluster)
  await client.runOnScheduler(watchListeners, events, model)
  const inputs = Array.from({ length: tasks }, (_, i) => i)
  const round = async (): Promise<{ all: number; listeners: number; digests: number }> => {
    const [before, said] = [await used(client), await spent(client)]
    const futures = client.map((x: number) => {
      let sum = x
      for (let i = 0; i < spins; i++) sum = (sum * 69_069 + 1) % 2 ** 31
      return sum
    }, inputs)
    await client.gather(futures)
    for (const future of futures) future.release()
    const [after, now] = [await used(client), await spent(client)]
    const each = (to: number, from: number): number => (to - from) / tasks
    return {
      all: each(after, before),
      listeners: each(now.listeners, said.listeners),
      digests: each(now.digests, said.digests),
    }
  }
  for (let r = 0; r < WARM_UP; r++) await round()
  const idle: number[] = []
  const accounts: number[] = []
  const trails: number[] = []
  const page: number[] = []
  const differences: number[] = []
  const began = performance.now()
  /** Of all pairs so far. */
  const ratio = (): Spread => {
    const { median: middle, low, high } = medianInterval(differences)
    const without = median(idle)
    return { median: 1 + middle / without, low: 1 + low / without, high: 1 + high / without }
  }
  const isDecided = (): boolean => {
    const { low, high } = ratio()
    return high - low <= 2 * NARROW || (performance.now() - began) / 1000 > LONGEST
  }
  for (let p = 0; p < pairs || !isDecided(); p++) {
    const rows: { all: number; listeners: number; digests: number }[] = []
    // What one leaves behind for the collector is not always the other's to pay.
    for (const looks of p % 2 === 0 ? [false, true] : [true, false]) {
      const close = looks ? await look(client.dashboardLink!) : () => undefined
      // What there is has been told: that is paid once. Without a page there is the same pause: what it changes is no page's.
      await delay(700)
      const row: Awaited<ReturnType<typeof round>>[] = []
      for (let r = 0; r < ROW; r++) row.push(await round())
      row.shift()
      const middle = (of: keyof (typeof row)[0]): number => spreadOf(row.map((one) => one[of])).median
      rows[looks ? 1 : 0] = { all: middle('all'), listeners: middle('listeners'), digests: middle('digests') }
      close()
    }
    const [without, withPage] = rows as [(typeof rows)[0], (typeof rows)[0]]
    differences.push(withPage.all - without.all)
    idle.push(without.all)
    // What follows is measured well enough by fewer.
    if (p >= pairs) continue
    const remembering = [...(await client.run(askCostOfTrail, trail)).values()]
    accounts.push((without.listeners / without.all) * 100)
    trails.push((spreadOf(remembering).median / without.all) * 100)
    // Of a listener's turn the rest is what it is without a page, whatever the machine does at the moment.
    page.push((withPage.listeners + withPage.digests) * (1 / withPage.all) * 100 - accounts.at(-1)!)
    say(
      `${without.all.toFixed(2)} µs a task: accounts ${accounts.at(-1)!.toFixed(2)} %, trails ${trails.at(-1)!.toFixed(2)} %; with a page ${withPage.all.toFixed(2)} µs, page ${page.at(-1)!.toFixed(2)} %`,
    )
  }
  const open = ratio()
  say(
    `with a page open ${open.median.toFixed(3)} × (${open.low.toFixed(3)} to ${open.high.toFixed(3)}), of ${differences.length} pairs`,
  )
  await client.close()
  await cluster.close()
  return {
    idle: spreadOf(idle),
    accounts: spreadOf(accounts),
    trails: spreadOf(trails),
    open,
    pairs: differences.length,
    page: spreadOf(page),
  }
}

/** Microseconds of processor time that scheduler and workers have had. */
async function used(client: Client): Promise<number> {
  const own = (): number => {
    const { user, system } = process.cpuUsage()
    return user + system
  }
  const workers = await client.run(own)
  return (await client.runOnScheduler(own)) + [...workers.values()].reduce((sum, n) => sum + n, 0)
}

function spent(client: Client): Promise<Spent> {
  return client.runOnScheduler(() => (globalThis as unknown as { spent: Spent }).spent)
}

/** In the scheduler: counts the processor time of all who listen to its events, and of sending digests. */
async function watchListeners(eventsUrl: string, modelUrl: string): Promise<void> {
  const { EventLog } = (await import(eventsUrl)) as { EventLog: { prototype: { readonly length: number; flush(): void } } }
  const { Digester } = (await import(modelUrl)) as { Digester: { prototype: { flush(now: number): void } } }
  const sums = { listeners: 0, digests: 0 }
  ;(globalThis as unknown as { spent: typeof sums }).spent = sums
  let listening = false
  const now = (): number => {
    const { user, system } = process.cpuUsage()
    return user + system
  }
  // What looking at the clock costs is nobody's but the measurement's: some microseconds, at each of some hundred turns a round.
  // It is as much as it usually was so far, where it is done: with all that has been going on before, and nothing of it at hand.
  let looking = 0
  const looks: number[] = []
  const lookTwice = (): number => {
    const first = now()
    const second = now()
    if (looks.length < 1000 && looks.push(second - first) % 100 === 0) {
      looking = [...looks].sort((a, b) => a - b)[looks.length >>> 1]!
    }
    return second
  }
  const { flush } = EventLog.prototype
  let flushed = 0
  EventLog.prototype.flush = function (): void {
    // Ticks without events cost nothing but what the clock costs that would measure them.
    if (this.length === flushed) return flush.call(this)
    flushed = this.length
    const before = lookTwice()
    listening = true
    flush.call(this)
    listening = false
    sums.listeners += now() - before - looking
  }
  const send = Digester.prototype.flush
  Digester.prototype.flush = function (time: number): void {
    const before = lookTwice()
    send.call(this, time)
    // A digest may be full while it listens.
    if (!listening) sums.digests += now() - before - looking
  }
}

/** In a worker. The function is that of a module, so that it is the same each time, and compiled. */
async function askCostOfTrail(url: string): Promise<number> {
  const module = (await import(url)) as { costOfTrail(): Promise<number> }
  return await module.costOfTrail()
}

/** Follows, as a page does. */
async function look(link: string): Promise<() => void> {
  const { origin, host } = new URL(link)
  const cookie = String((await get(link)).headers['set-cookie']).split(';')[0]!
  const socket = new WebSocket(`ws://${host}/feed`, { headers: { cookie, origin } })
  await new Promise((resolve, reject) => {
    socket.on('message', resolve)
    socket.on('error', reject)
  })
  return () => socket.terminate()
}
