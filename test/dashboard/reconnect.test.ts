// A page in a real browser, whose connection breaks, and whose scheduler ends and is started again.
import assert from 'node:assert/strict'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { Client, Scheduler, Worker, config } from '../../src/index.js'
import { launch, noBrowser, until } from './chromium.js'

/** Passes on what a browser and a server say, as `ssh -L` does, until it is cut. */
class Relay {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false

  private constructor(server: Server) {
    this.#server = server
  }

  static async to(port: number): Promise<Relay> {
    const server = createServer()
    const relay = new Relay(server)
    server.on('connection', (near) => {
      if (relay.#isCut) {
        near.destroy()
        return
      }
      const far = connect(port, '127.0.0.1')
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        relay.#sockets.add(one)
        one.pipe(other)
        // Either may be cut off at any time: that is what this is for.
        one.on('error', () => other.destroy())
        one.on('close', () => {
          relay.#sockets.delete(one)
          other.destroy()
        })
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return relay
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** Runs so many tasks on a scheduler; the first takes so many seconds. */
async function compute(scheduler: Scheduler, tasks: number, seconds = 0): Promise<string> {
  const worker = await Worker.start(scheduler, { threads: 1 })
  const client = await Client.connect(scheduler, { setAsDefault: false })
  const inc = async (x: number): Promise<number> => {
    if (x === 0) await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    return x + 1
  }
  await client.gather(client.with({ label: 'inc' }).map(inc, [...Array(tasks).keys()]))
  const link = client.dashboardLink!
  await client.close()
  await worker.close()
  return link
}

test('a page comes back when its connection broke, and follows a scheduler that is started again', {
  skip: noBrowser,
  timeout: 120_000,
}, async (t) => {
  await config.with({ dashboard: { port: 0 } }, async () => {
    const browser = await launch()
    let scheduler = await Scheduler.start()
    // Also when what is waited for never comes.
    t.after(async () => {
      await browser.close()
      await scheduler.close()
    })
    const link = new URL(await compute(scheduler, 300, 2))
    const port = Number(link.port)
    const relay = await Relay.to(port)
    t.after(() => relay.close())
    link.port = String(relay.port)
    const page = await browser.newPage()
    const mistakes: string[] = []
    page.on('pageerror', (error) => mistakes.push(error.stack ?? error.message))
    const shows = (done: number): Promise<unknown> =>
      until(page, `parseInt(document.querySelector('.tile dd')?.textContent.replaceAll(',', '')) === ${done}`)
    await page.goto(link.href)
    await shows(300)

    relay.cut()
    await page.waitForSelector('.connection.broken')
    await compute(scheduler, 100)
    // What was seen stays.
    await shows(300)
    relay.mend()
    // All of it, and nothing twice.
    await shows(400)
    assert.equal(await page.locator('.connection.broken').count(), 0)

    const { credentials } = scheduler
    await scheduler.close()
    await page.waitForSelector('.connection.broken')
    relay.cut()
    scheduler = await config.with({ dashboard: { port } }, () => Scheduler.start({ security: credentials }))
    // When the page comes back, there are plots to draw: of fewer moments than those of the scheduler before.
    await compute(scheduler, 50, 0.6)
    relay.mend()
    await shows(50)
    assert.equal(await page.locator('.connection.broken').count(), 0)
    assert.deepEqual(mistakes, [])
  })
})
