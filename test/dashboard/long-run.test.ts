// A page that is left open: when there are more moments than are drawn, two become one, and there are fewer than before.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { generateToken, linkWithKey } from '../../src/comm/index.js'
import { DashboardServer } from '../../src/dashboard/server/dashboard-server.js'
import type { DashboardSource } from '../../src/dashboard/server/source.js'
import { EventKind, EventLog } from '../../src/events/index.js'
import { type Digest, Digester } from '../../src/model/index.js'
import { launch, noBrowser, until, watch } from './chromium.js'

/** A scheduler whose clock the test turns: ten tasks end each second. */
class Run implements DashboardSource {
  readonly id = randomUUID()
  readonly title = 'a long run'
  readonly wallOffset = 0
  readonly #log = new EventLog()
  readonly #digester = new Digester({ emit: (digest) => this.#emit?.(digest) })
  #emit: ((digest: Digest) => void) | undefined
  #begin!: () => void
  /** until a page follows there is nobody to be told anything */
  readonly followed = new Promise<void>((resolve) => (this.#begin = resolve))
  seconds = 0

  constructor() {
    this.#log.listen(this.#digester.listener)
  }

  follow(emit: (digest: Digest) => void): () => void {
    this.#emit = emit
    this.#log.recordDetail(EventKind.workerJoined, 0, -1, 0, 0, { name: 'w', host: 'h', threads: 1 })
    this.#log.recordDetail(EventKind.graphSubmitted, 0, 0, -1, 10_000, { labels: ['f'], sizes: [10_000], spans: [[]] })
    this.#begin()
    return () => {
      this.#emit = undefined
    }
  }

  ask(question: string): Promise<unknown> {
    return Promise.reject(new Error(`nobody answers ${question}`))
  }

  /** Time goes on. */
  until(seconds: number): void {
    for (; this.seconds < seconds; this.seconds++)
      for (let i = 0; i < 10; i++) {
        const task = this.seconds * 10 + i
        this.#log.record(EventKind.taskStored, this.seconds + i / 10, 0, task, 0, 0, 8)
        this.#log.record(EventKind.taskFinished, this.seconds + i / 10, 0, task, 0, 0, 0.01)
      }
    this.#log.flush()
    this.#digester.flush(seconds)
  }
}

test('plots go on when two moments become one', { skip: noBrowser, timeout: 120_000 }, async (t) => {
  const run = new Run()
  const credentials = { token: generateToken() }
  const server = await DashboardServer.start({ source: run, credentials, port: 0 })
  const browser = await launch()
  t.after(async () => {
    await browser.close()
    await server.close()
  })
  const page = await browser.newPage()
  const { problems } = watch(page)
  await page.goto(linkWithKey(server.address, credentials))
  await run.followed
  const shows = async (done: number): Promise<void> => {
    await until(page, `document.querySelector('.tile dd')?.textContent === ${JSON.stringify(done.toLocaleString('en'))}`)
    // What is drawn is drawn within the next frame.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
  }
  // Points of 0.25 s, of which 160 are drawn at most: 152, then 84, then 156, then 84 again.
  for (const seconds of [38, 42, 78, 84]) {
    run.until(seconds)
    await shows(seconds * 10)
  }
  assert.deepEqual(problems, [])
})
