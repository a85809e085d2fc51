import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { WebSocket } from 'ws'
import { reportOf } from '../src/dashboard/report.js'
import { EventKind, EventLog } from '../src/events/index.js'
import { Client, LocalCluster } from '../src/index.js'
import { type Digest, Digester, encodeDigest } from '../src/model/index.js'
import { launch, noBrowser } from '../test/dashboard/chromium.js'
import { get } from '../test/dashboard/visitor.js'
import type { Benchmark, Measurement } from './benchmark.js'
import { foldCosts } from './diagnostics-folds.js'
import { median } from './statistics.js'

/** Milliseconds that the shortest tasks take that the scheduler takes to be worth a message of their own. */
const SHORT = 0.1

export const benchmark: Benchmark = {
  name: 'diagnostics',
  title: 'what it costs to look on, and to be looked at',
  async run({ quick, say }) {
    const measurements: Measurement[] = []
    const skipped: string[] = []
    const rounds = quick ? 3 : 15
    const empty = await cpuOfACluster(quick ? 20_000 : 100_000, 0, rounds, say)
    const short = await cpuOfACluster(quick ? 2000 : 10_000, SHORT, rounds, say)
    const folds = await foldCosts(quick ? 200_000 : 1_000_000, quick ? 3 : 7)
    const always = folds.always + folds.trail
    say(
      `accounts and history ${folds.always.toFixed(0)} ns a task, what workers remember ${folds.trail.toFixed(0)} ns, a page ${folds.page.toFixed(0)} ns`,
    )
    const millions = folds.tasks / 1e6
    measurements.push(
      { what: 'accounts and history, on the scheduler', unit: 'ns/task', ours: folds.always },
      { what: 'what workers remember of tasks', unit: 'ns/task', ours: folds.trail },
      { what: 'digests for a page', unit: 'ns/task', ours: folds.page },
      { what: 'tasks of 0.1 ms: CPU of scheduler and workers', unit: 'µs/task', ours: short.idle },
      { what: 'tasks of 0.1 ms: of that diagnostics, nobody looking', unit: '%', ours: always / 10 / short.idle, goal: 2 },
      { what: 'tasks of 0.1 ms: with a page open', unit: '×', ours: short.open, goal: 1.05 },
      { what: 'tasks that do nothing: CPU of scheduler and workers', unit: 'µs/task', ours: empty.idle },
      { what: 'tasks that do nothing: of that diagnostics, nobody looking', unit: '%', ours: always / 10 / empty.idle, goal: 2 },
      { what: 'tasks that do nothing: with a page open', unit: '×', ours: empty.open, goal: 1.05 },
      { what: `the history file of ${millions} M tasks`, unit: 'MB', ours: folds.fileBytes / 1e6, goal: 20 * millions },
    )
    if (noBrowser) skipped.push(`what happens in the browser: ${noBrowser}`)
    else measurements.push(...(await inTheBrowser(quick ? 200_000 : 1_000_000, say)))
    return {
      measurements,
      skipped,
      notes: [
        `CPU time is the least of ${rounds} rounds, of all processes of the cluster: what else a machine does only adds to it. With a`,
        'page open: the median of as many pairs of rounds, one after the other. What diagnostics cost a task does not depend on what',
        'it computes, so a share says little without the task that it is a share of: those of 0.1 ms are the shortest that the',
        'scheduler takes to be worth a message of their own; tasks that do nothing at all are the strictest measure. Accounts,',
        'history, digests and the memory of workers are measured alone, the least of rounds too: what they cost is less than what',
        'two runs of a cluster differ by.',
        'First paint: from when the address is asked for. A frame: all that the main thread of the page does, in its own processor',
        'time, over the frames that it draws.',
      ],
    }
  },
}

/** Rounds after which engines have compiled what there is to compile. */
const WARM_UP = 10

/**
 * `idle`: microseconds of processor time a task that computes for so many milliseconds, when nobody looks. `open`: how many times
 * as much it is when somebody does.
 */
async function cpuOfACluster(
  tasks: number,
  milliseconds: number,
  rounds: number,
  say: (line: string) => void,
): Promise<{ readonly idle: number; readonly open: number }> {
  const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
  const client = await Client.connect(cluster)
  const used = async (): Promise<number> => {
    const own = (): number => {
      const { user, system } = process.cpuUsage()
      return user + system
    }
    const workers = await client.run(own)
    return (await client.runOnScheduler(own)) + [...workers.values()].reduce((sum, n) => sum + n, 0)
  }
  const inputs = Array.from({ length: tasks }, (_, i) => i)
  const spins = Math.round(milliseconds * spinsAMillisecond())
  const round = async (): Promise<number> => {
    const before = await used()
    const futures = client.map((x: number) => {
      let sum = x
      for (let i = 0; i < spins; i++) sum = (sum * 69_069 + 1) % 2 ** 31
      return sum
    }, inputs)
    await client.gather(futures)
    for (const future of futures) future.release()
    return ((await used()) - before) / tasks
  }
  for (let r = 0; r < WARM_UP; r++) await round()
  const idle: number[] = []
  const open: number[] = []
  for (let r = 0; r < rounds; r++) {
    // What one leaves behind for the collector is not always the other's to pay.
    for (const looks of r % 2 === 0 ? [false, true] : [true, false]) {
      const close = looks ? await look(client.dashboardLink!) : () => undefined
      // What there is has been told: that is paid once.
      await delay(1000)
      ;(looks ? open : idle).push(await round())
      close()
    }
    say(`round ${r + 1}: ${idle.at(-1)!.toFixed(2)} µs a task, with a page open ${open.at(-1)!.toFixed(2)}`)
  }
  await client.close()
  await cluster.close()
  return { idle: Math.min(...idle), open: median(open.map((used, r) => used / idle[r]!)) }
}

/** How often the loop of the tasks goes round in a millisecond, on this machine. */
function spinsAMillisecond(): number {
  const times = Array.from({ length: 10 }, () => {
    const started = performance.now()
    let sum = 1
    for (let i = 0; i < 100_000; i++) sum = (sum * 69_069 + 1) % 2 ** 31
    // Nothing is left out whose result is asked for.
    return sum < 0 ? Number.NaN : performance.now() - started
  })
  return 100_000 / Math.min(...times)
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

/** A report of so many tasks, all told one by one. */
async function largeReport(path: string, tasks: number): Promise<void> {
  const digests: Digest[] = []
  const log = new EventLog(1 << 16)
  const digester = new Digester({ interval: 1, mostRuns: tasks, emit: (digest) => digests.push(digest) })
  log.listen(digester.listener)
  for (let w = 0; w < 32; w++)
    log.recordDetail(EventKind.workerJoined, 0, -1, w, 0, { name: `worker-${w}`, host: 'node', threads: 4 })
  const labels = ['load', 'clean', 'join', 'sum', 'store']
  const size = Math.ceil(tasks / labels.length)
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, tasks, { labels, sizes: labels.map(() => size) })
  for (let t = 0; t < tasks; t++) {
    const time = (t * 600) / tasks
    const layer = t % labels.length
    log.record(EventKind.taskFinished, time, 1, t, layer, t % 32, 0.02 + ((t * 7919) % 50) / 1000)
    log.record(EventKind.taskStored, time, 1, t, layer, t % 32, 1000)
  }
  log.flush()
  digester.flush(600)
  const bytes = digests.map(encodeDigest)
  const greeting = { id: 'bench', title: `${tasks} tasks`, wallOffset: Date.now() / 1000 - 600, heddle: '' }
  const lengths = bytes.map(({ length }) => length)
  writeFileSync(path, await reportOf({ greeting, answers: {}, lengths, digests: Buffer.concat(bytes).toString('base64') }))
}

async function inTheBrowser(tasks: number, say: (line: string) => void): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
  const browser = await launch()
  const cluster = await LocalCluster.start({ workers: 1, threadsPerWorker: 1 })
  try {
    const paints: number[] = []
    for (let r = 0; r < 5; r++) {
      const context = await browser.newContext()
      const page = await context.newPage()
      const started = Date.now()
      await page.goto(cluster.dashboardLink!)
      await page.waitForSelector('.tiles')
      const painted = (await page.evaluate(
        `performance.timeOrigin + performance.getEntriesByName('first-contentful-paint')[0].startTime`,
      )) as number
      // From when the address was asked for.
      paints.push(painted - started)
      await context.close()
    }
    say(`first paint after ${median(paints).toFixed(0)} ms`)
    const file = join(folder, 'large.html')
    await largeReport(file, tasks)
    const page = await browser.newPage({ viewport: { width: 1366, height: 850 } })
    await countFrames(page)
    await page.goto(`${pathToFileURL(file).href}#/tasks`)
    await page.waitForSelector('.stream canvas[data-seen]')
    const { mean, longest } = await zoomAbout(page)
    say(
      `with ${tasks} tasks a frame takes ${mean.toFixed(2)} ms of the main thread, of its callbacks at most ${longest.toFixed(2)} ms`,
    )
    return [
      { what: 'first paint on loopback', unit: 'ms', ours: median(paints), goal: 1000 },
      { what: `main thread a frame, ${tasks / 1000} k tasks loaded, zooming`, unit: 'ms', ours: mean, goal: 8 },
      { what: 'the longest that its callbacks took in one', unit: 'ms', ours: longest },
    ]
  } finally {
    await browser.close()
    await cluster.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Notes of each frame what its callbacks take. */
async function countFrames(page: Page): Promise<void> {
  await page.addInitScript(`
    const real = window.requestAnimationFrame.bind(window)
    let frame = 0
    window.heddleFrames = []
    window.requestAnimationFrame = (callback) => real((time) => {
      const started = performance.now()
      callback(time)
      const took = performance.now() - started
      if (time === frame) window.heddleFrames[window.heddleFrames.length - 1] += took
      else window.heddleFrames.push(took)
      frame = time
    })
  `)
}

/** Milliseconds of the main thread a frame, while somebody zooms and moves about. */
async function zoomAbout(page: Page): Promise<{ readonly mean: number; readonly longest: number }> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const worked = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000
  }
  const picture = (): Promise<unknown> =>
    page.evaluate('new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 60))')
  await picture()
  await page.evaluate('window.heddleFrames.length = 0')
  const before = await worked()
  await page.focus('.stream canvas')
  for (const key of [
    'Home',
    '+',
    '+',
    'ArrowLeft',
    'ArrowLeft',
    '+',
    '+',
    'ArrowRight',
    '-',
    '-',
    '-',
    'Home',
    '+',
    '-',
    'Home',
  ]) {
    await page.keyboard.press(key)
    await picture()
  }
  const took = (await worked()) - before
  const frames = (await page.evaluate('window.heddleFrames')) as number[]
  return { mean: took / frames.length, longest: Math.max(...frames) }
}
