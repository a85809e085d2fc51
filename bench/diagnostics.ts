import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { reportOf } from '../src/dashboard/report.js'
import { EventKind, EventLog } from '../src/events/index.js'
import { LocalCluster } from '../src/index.js'
import { type Digest, Digester, encodeDigest } from '../src/model/index.js'
import { launch, noBrowser } from '../test/dashboard/chromium.js'
import type { Benchmark, Measurement } from './benchmark.js'
import { type ClusterCosts, costsOfACluster } from './diagnostics-cluster.js'
import { type FoldCosts, foldCosts, historyBytes } from './diagnostics-folds.js'
import { type Spread, median } from './statistics.js'

/** Milliseconds that the shortest tasks take that the scheduler takes to be worth a message of their own. */
const SHORT = 0.1
/** Milliseconds of tasks that are too short to be worth one: most of what they cost is that they are tasks. */
const TINY = 0.01

export const benchmark: Benchmark = {
  name: 'diagnostics',
  title: 'what it costs to look on, and to be looked at',
  async run({ quick, say }) {
    const measurements: Measurement[] = []
    const skipped: string[] = []
    const pairs = quick ? 2 : 20
    const empty = await costsOfACluster(quick ? 10_000 : 40_000, 0, pairs, say)
    const spins = spinsAMillisecond()
    const tiny = await costsOfACluster(quick ? 5000 : 20_000, Math.round(TINY * spins), pairs, say)
    const short = await costsOfACluster(quick ? 1000 : 4000, Math.round(SHORT * spins), pairs, say)
    const folds = await foldCosts(quick ? 5 : 40)
    say(
      `alone: accounts and history ${told(folds.always)} ns a task, of that writing ${told(folds.writes)}; a page ${told(folds.page)}`,
    )
    const tasks = quick ? 200_000 : 1_000_000
    measurements.push(
      { what: 'accounts and history, alone', unit: 'ns/task', ours: folds.always.median },
      { what: 'of that writing journals', unit: 'ns/task', ours: folds.writes.median },
      { what: 'digests for a page, alone', unit: 'ns/task', ours: folds.page.median },
      ...rowsOf('tasks of 0.1 ms', short, folds),
      ...rowsOf('tasks of 0.01 ms', tiny, folds),
      ...rowsOf('tasks that do nothing', empty, folds),
      {
        what: `the history file of ${tasks / 1e6} M tasks`,
        unit: 'MB',
        ours: (await historyBytes(tasks)) / 1e6,
        goal: (20 * tasks) / 1e6,
      },
    )
    if (noBrowser) skipped.push(`what happens in the browser: ${noBrowser}`)
    else measurements.push(...(await inTheBrowser(quick ? 200_000 : 1_000_000, say)))
    return {
      measurements,
      skipped,
      notes: [
        `CPU is processor time of all processes of the cluster, the median of ${pairs} pairs of rows of rounds, with and without a page; what`,
        `everything rises by is the median of what pairs differ by (${empty.pairs}, ${tiny.pairs} and ${short.pairs} of them), told with where it lies 19 times`,
        'of 20. Every share is of the same round. What the scheduler spends on accounts, history and pages is counted where it listens',
        'to events and sends digests, while tasks run; what workers spend on remembering their tasks is measured in them, between',
        'rounds, and what writing journals costs beside that alone. Tasks of 0.1 ms are the shortest that the scheduler takes to be',
        'worth a message of their own; those that do nothing at all are the strictest measure. Between these lies the middle half of all',
        `pairs, of tasks that do nothing: diagnostics ${told(sharesOf(empty, folds))} %, a page ${told(empty.page)} % where it is made,`,
        `${told(empty.open)} × of everything; of tasks of 0.01 ms: ${told(sharesOf(tiny, folds))} %, ${told(tiny.page)} %, ${told(tiny.open)} ×;`,
        `of tasks of 0.1 ms: ${told(sharesOf(short, folds))} %, ${told(short.page)} %, ${told(short.open)} ×.`,
        'First paint: from when the address is asked for. A frame: all that the main thread of the page does, in its own processor',
        'time, over the frames that it draws.',
      ],
    }
  },
}

/** Hundredths of all processor time that diagnostics take when nobody looks. */
function sharesOf({ idle, accounts, trails }: ClusterCosts, { writes }: FoldCosts): Spread {
  const share = (which: keyof Spread): number => accounts[which] + trails[which] + writes[which] / idle.median / 10
  return { median: share('median'), low: share('low'), high: share('high') }
}

function rowsOf(what: string, costs: ClusterCosts, folds: FoldCosts): Measurement[] {
  return [
    { what: `${what}: CPU of scheduler and workers`, unit: 'µs/task', ours: costs.idle.median },
    { what: `${what}: of that diagnostics, nobody looking`, unit: '%', ours: sharesOf(costs, folds).median, goal: 2 },
    { what: `${what}: a page, where it is made`, unit: '%', ours: costs.page.median, goal: 5 },
    { what: `${what}: with a page open, by everything`, unit: '×', ours: costs.open.median, goal: 1.05 },
  ]
}

function told({ median: middle, low, high }: Spread): string {
  const digits = (figure: number): string => figure.toPrecision(3)
  return `${digits(middle)} (${digits(low)} to ${digits(high)})`
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
