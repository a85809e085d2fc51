// Every page in a real browser, while another scheduler takes the place of the one that it follows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { Client, Scheduler, Worker, config, span } from '../../src/index.js'
import { launch, noBrowser, until } from './chromium.js'

/** Points at places of the first canvas until there is something to be told of one, and presses there. */
async function pressATask(page: Page): Promise<void> {
  await page.waitForSelector('main canvas')
  const box = (await page.locator('main canvas').first().boundingBox())!
  for (let x = 0.1; x < 1 && (await page.locator('.tip').count()) === 0; x += 0.01)
    for (let y = 0.05; y < 1 && (await page.locator('.tip').count()) === 0; y += 0.15)
      await page.mouse.move(box.x + box.width * x, box.y + box.height * y)
  await page.mouse.down()
  await page.mouse.up()
  await page.waitForSelector('section .facts')
}

/** Tables beside the plots are open too. */
async function openTables(page: Page): Promise<void> {
  for (const summary of await page.locator('main summary').all()) await summary.click()
}

/** By page, what somebody has chosen there that belongs to one scheduler. */
const places: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  status: async (page) => {
    await page.waitForSelector('.lines .u-over')
    await openTables(page)
    const box = (await page.locator('.lines .u-over').first().boundingBox())!
    await page.mouse.move(box.x + box.width * 0.9, box.y + 20)
  },
  workers: (page) => page.click('main th button:has-text("finished")'),
  'workers/0': openTables,
  tasks: async (page) => {
    await page.click('text=All')
    // What moves on is hard to hit: a range that was chosen stands still.
    await page.click('[aria-label="Zoom in"]')
    await page.click('[aria-label="Zoom out"]')
    await page.click('.legend button:has-text("other")')
    await openTables(page)
    await pressATask(page)
  },
  graph: async (page) => {
    await page.click('main button:has-text("Tasks"):enabled')
    await openTables(page)
    await pressATask(page)
  },
  profile: async (page) => {
    await page.click('text=Record')
    await until(page, `Number(document.querySelector('.flame canvas')?.dataset.boxes) > 1`)
    await openTables(page)
    await page.focus('.flame canvas')
    await page.keyboard.press('Enter')
  },
  spans: openTables,
  shuffle: async () => undefined,
  errors: async (page) => {
    await page.click('.failure summary')
    await page.waitForSelector('section .facts')
  },
  logs: (page) => page.fill('main input[type=search]', 'empty'),
  jobs: async () => undefined,
  history: async () => undefined,
}

/** Has work done whose results are kept as long as the client is there: some of it fails, under a label of its own. */
async function work(client: Client, label: string, tasks: number): Promise<unknown> {
  const numbers = [...Array(tasks).keys()]
  return span(label, async () => {
    const first = client.with({ label }).map((x: number) => {
      for (const end = performance.now() + 20; performance.now() < end; );
      return x
    }, numbers)
    const second = client.with({ label: 'other' }).map((x: number) => {
      if (x % 10 === 3) throw new TypeError('an empty row')
      return x
    }, first)
    await Promise.allSettled(second.map((future) => future.result()))
    return [first, second]
  })
}

test('whatever page is open, and whatever is chosen there, another scheduler may take the place of the first', {
  skip: noBrowser,
  timeout: 240_000,
}, async (t) => {
  await config.with({ dashboard: { port: 0 } }, async () => {
    const browser = await launch()
    let scheduler = await Scheduler.start()
    t.after(async () => {
      await browser.close()
      await scheduler.close()
    })
    let worker = await Worker.start(scheduler, { threads: 2, name: 'first-worker' })
    let client = await Client.connect(scheduler, { setAsDefault: false })
    const kept = [await work(client, 'inc', 60)]
    const link = new URL(client.dashboardLink!)
    const context = await browser.newContext()
    const mistakes: string[] = []
    const pages = new Map<string, Page>()
    for (const [place, choose] of Object.entries(places)) {
      const page = await context.newPage()
      page.on('pageerror', (error) => mistakes.push(`${place}: ${error.stack ?? error.message}`))
      await page.goto(`${link.href}#/${place}`)
      await page.waitForSelector('main .panel')
      await until(page, `document.querySelector('.connection.open') !== null`)
      await choose(page)
      pages.set(place, page)
    }
    assert.deepEqual(mistakes, [])
    await client.close()
    await worker.close()
    const { credentials } = scheduler
    await scheduler.close()
    for (const page of pages.values()) await page.waitForSelector('.connection.broken')

    const again = { dashboard: { port: Number(link.port) } }
    scheduler = await config.with(again, () => Scheduler.start({ security: credentials }))
    // There is little to be seen at first, and then other things, and fewer of them.
    for (const page of pages.values()) await page.waitForSelector('.connection.open')
    worker = await Worker.start(scheduler, { threads: 1, name: 'second-worker' })
    client = await Client.connect(scheduler, { setAsDefault: false })
    kept.push(await work(client, 'dec', 20))
    for (const [place, page] of pages) {
      await until(page, `document.querySelector('.badge')?.textContent === '1'`)
      await page.mouse.move(640, 300)
      const said = (await page.evaluate(`document.querySelector('main').textContent`)) as string
      assert.doesNotMatch(said, /NaN|undefined|Invalid|first-worker|\binc\b/, place)
      // What was chosen of the first is not shown as if it were of the second.
      if (place === 'tasks' || place === 'graph') assert.equal(await page.locator('section .facts').count(), 0, place)
    }
    assert.equal(kept.length, 2)
    assert.deepEqual(mistakes, [])
    await client.close()
    await worker.close()
  })
})
