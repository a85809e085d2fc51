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
import { median } from './statistics.js'

export const benchmark: Benchmark = {
  name: 'diagnostics',
  title: 'what it costs to look on, and to be looked at',
  async run({ quick, say }) {
    const measurements: Measurement[] = []
    const skipped: string[] = []
    const tasks = quick ? 20_000 : 100_000
    const rounds = quick ? 3 : 9
    const { idle, open } = await cpuOfACluster(tasks, rounds, say)
    measurements.push(
      { what: 'CPU of scheduler and workers, nobody looking', unit: 'µs/task', ours: idle },
      { what: 'CPU of scheduler and workers, a page open', unit: 'µs/task', ours: open },
      { what: 'the same, as a ratio', unit: '×', ours: open / idle, goal: 1.05 },
      { what: 'a digest, of one event', unit: 'ns', ours: digestCost() },
    )
    if (noBrowser) skipped.push(`what happens in the browser: ${noBrowser}`)
    else measurements.push(...(await inTheBrowser(quick ? 200_000 : 1_000_000, say)))
    return {
      measurements,
      skipped,
      notes: ['CPU time is the median over rounds that take turns, of all processes of the cluster.'],
    }
  },
}

/** Microseconds of processor time a task, by rounds in turn: nobody looks, and somebody does. */
async function cpuOfACluster(
  tasks: number,
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
  const round = async (): Promise<number> => {
    const before = await used()
    await client.gather(client.map((x: number) => x + 1, inputs))
    return ((await used()) - before) / tasks
  }
  await round()
  await round()
  const idle: number[] = []
  const open: number[] = []
  for (let r = 0; r < rounds; r++) {
    idle.push(await round())
    const close = await look(client.dashboardLink!)
    open.push(await round())
    close()
    say(`round ${r + 1}: ${idle.at(-1)!.toFixed(2)} µs a task, with a page open ${open.at(-1)!.toFixed(2)}`)
  }
  await client.close()
  await cluster.close()
  return { idle: median(idle), open: median(open) }
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
  // What there is has been told: that is paid once.
  await delay(600)
  return () => socket.terminate()
}

/** Nanoseconds that a digester takes for one event of a run of short tasks. */
function digestCost(): number {
  const log = new EventLog(1 << 20)
  const tasks = 200_000
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, tasks, { labels: ['f'], sizes: [tasks] })
  for (let t = 0; t < tasks; t++) play(log, t, t * 1e-5, t % 8, 1e-4)
  const costs: number[] = []
  for (let r = 0; r < 7; r++) {
    const digester = new Digester({ emit: () => undefined })
    const started = performance.now()
    digester.take(log, 0, log.length)
    costs.push(((performance.now() - started) * 1e6) / log.length)
  }
  return median(costs)
}

function play(log: EventLog, task: number, time: number, worker: number, seconds: number): void {
  log.record(EventKind.taskReady, time, 1, task, 0, -1, 0)
  log.record(EventKind.taskSent, time, 1, task, 0, worker, 0)
  log.record(EventKind.taskFinished, time, 1, task, 0, worker, seconds)
  log.record(EventKind.taskStored, time, 1, task, 0, worker, 8)
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
      // From when the address was asked for, with the page that takes the key and leads on.
      paints.push(painted - started)
      await context.close()
    }
    say(`first paint after ${median(paints).toFixed(0)} ms`)
    const file = join(folder, 'large.html')
    await largeReport(file, tasks)
    const page = await browser.newPage({ viewport: { width: 1366, height: 850 } })
    await timeFrames(page)
    await page.goto(`${pathToFileURL(file).href}#/tasks`)
    await page.waitForSelector('.stream canvas[data-seen]')
    const frames = await zoomAbout(page)
    const sorted = frames.sort((a, b) => a - b)
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
    say(`${frames.length} frames with ${tasks} tasks: median ${at(0.5).toFixed(2)} ms, 95th percentile ${at(0.95).toFixed(2)} ms`)
    return [
      { what: 'first paint on loopback', unit: 'ms', ours: median(paints), goal: 1000 },
      { what: `main thread a frame, ${tasks / 1000} k tasks loaded, zooming: median`, unit: 'ms', ours: at(0.5), goal: 8 },
      { what: 'the same: 95th percentile', unit: 'ms', ours: at(0.95) },
    ]
  } finally {
    await browser.close()
    await cluster.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Adds up what the callbacks of each frame take. */
async function timeFrames(page: Page): Promise<void> {
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

async function zoomAbout(page: Page): Promise<number[]> {
  const picture = (): Promise<unknown> =>
    page.evaluate('new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 60))')
  await picture()
  await page.evaluate('window.heddleFrames.length = 0')
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
  return (await page.evaluate('window.heddleFrames')) as number[]
}
