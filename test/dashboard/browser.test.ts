// The page in a real browser, over a cluster that works. Screenshots go to out/screens, with TEST_SCREENSHOTS=1 of every page
// at three sizes in light and dark; TEST_README_SCREENSHOT=1 makes the picture of the README anew.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Client, LocalCluster, config, span } from '../../src/index.js'
import { type Watched, keep, launch, noBrowser, watch, until as untilOf } from './chromium.js'

const PAGES = ['status', 'workers', 'tasks', 'graph', 'profile', 'spans', 'shuffle', 'errors', 'logs', 'jobs', 'history']
const SIZES = { phone: { width: 320, height: 640 }, laptop: { width: 1280, height: 800 }, wall: { width: 2560, height: 1440 } }
const options = { skip: noBrowser, timeout: 240_000 }

let history: string
let cluster: LocalCluster
let client: Client
let browser: Browser
let page: Page
let watched: Watched
let working = true
let work: Promise<void>

/** Works until it is told to stop: three steps, of which one fails now and then. */
async function program(): Promise<void> {
  const busy = (milliseconds: number): Float64Array => {
    const end = performance.now() + milliseconds
    while (performance.now() < end);
    return new Float64Array(500)
  }
  for (let round = 0; working; round++) {
    const numbers = [...Array(40).keys()]
    const read = span('load', () =>
      client.with({ label: 'read' }).map((i) => {
        if (i === 0) console.log(`reading in round ${round}`)
        return busy(2 + (i % 5))
      }, numbers),
    )
    const clean = span('clean', () =>
      client.with({ label: 'clean' }).map(
        (rows: Float64Array, i: number) => {
          if (round % 4 === 1 && i === 7) throw new TypeError(`row 7 has no column 'delay'`)
          busy(1 + (i % 3))
          return rows
        },
        read,
        numbers,
      ),
    )
    const sums = span('sum', () =>
      span('partial', () => client.with({ label: 'partial sum' }).map((x: Float64Array) => busy(2) && x[0]!, clean)),
    )
    await Promise.allSettled(sums.map((future) => future.result()))
    // So that there is something left of the machine for the browser.
    await pause(300)
  }
}

before(async () => {
  if (noBrowser) return
  history = await mkdtemp(join(tmpdir(), 'heddle-browser-test-'))
  cluster = await config.with({ history: { record: true, folder: history } }, () =>
    LocalCluster.start({ workers: 2, threadsPerWorker: 1, memoryLimit: '1 GiB' }),
  )
  // A run of the past.
  const earlier = await Client.connect(cluster, { setAsDefault: false, name: 'a-program-whose-name-is-not-short' })
  await earlier.gather(earlier.map((x: number) => x + 1, [1, 2, 3]))
  await earlier.close()
  client = await Client.connect(cluster)
  work = program()
  browser = await launch()
  page = await browser.newPage({ viewport: SIZES.laptop, colorScheme: 'light' })
  watched = watch(page)
}, options)

after(async () => {
  if (noBrowser) return
  working = false
  await browser.close()
  await work
  await client.close()
  await cluster.close()
  await rm(history, { recursive: true, force: true })
}, options)

const open = async (name: string): Promise<void> => {
  await page.click(`nav[aria-label=Pages] a[href="#/${name}"]`)
  await page.waitForSelector(`nav a[href="#/${name}"][aria-current=page]`)
}

/** How many pixels of a canvas are of no shade of grey, and how many are drawn at all. */
const drawn = (selector: string): Promise<{ colored: number; any: number }> =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const canvas = element as unknown as {
        width: number
        height: number
        getContext(kind: string): { getImageData(...at: number[]): { data: Uint8ClampedArray } }
      }
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      let colored = 0
      let any = 0
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 0) continue
        any++
        if (Math.max(data[i]!, data[i + 1]!, data[i + 2]!) - Math.min(data[i]!, data[i + 1]!, data[i + 2]!) > 60) colored++
      }
      return { colored, any }
    })

const attribute = async (selector: string, name: string): Promise<string> =>
  (await page.locator(selector).first().getAttribute(name)) ?? ''
const rangeShown = async (): Promise<number> =>
  Number(await attribute('.stream canvas', 'data-to')) - Number(await attribute('.stream canvas', 'data-from'))

/** Waits, frame by frame, until an expression holds in the page; its policy lets nothing else evaluate one. */
const until = (expression: string): Promise<unknown> => untilOf(page, expression)

/** Tables that have to be moved sideways. */
const hiddenColumns = (): Promise<unknown> =>
  page.evaluate(
    `[...document.querySelectorAll('.table-scroll')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.ariaLabel)`,
  )

/** Pictures beside which there is no table that says the same, by the name of what they stand in. */
const withoutTable = (): Promise<unknown> =>
  page.evaluate(`[...document.querySelectorAll('main :is(canvas, svg:not([aria-hidden=true]))')]
    .map((picture) => picture.closest('section'))
    .filter((section) => !section?.querySelector('details.as-table'))
    .map((section) => section?.ariaLabel ?? 'in no section')`)

let axe: string
async function accessible(where: string): Promise<void> {
  axe ??= await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[]
  }
  const said = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`)
  assert.deepEqual(said, [], where)
}

test('it comes up, drawn, and asks nobody else', options, async () => {
  await page.goto(client.dashboardLink!)
  await page.waitForSelector('.tiles')
  // The key is not left in the address.
  assert.ok(!page.url().includes('key='), page.url())
  await until(`document.querySelector('.tile dd').textContent.replace(/\\D/g, '') > 100`)
  await until(`Number(document.querySelector('.stream canvas').dataset.seen) > 50`)
  const { colored } = await drawn('.stream canvas')
  assert.ok(colored > 500, `${colored} pixels are coloured`)
  assert.deepEqual([...watched.origins], [new URL(client.dashboardLink!).origin])
})

test('every page shows what it should, and to everybody', options, async () => {
  for (const name of PAGES) {
    await open(name)
    await page.waitForSelector('main .panel h2')
    if (name === 'history') {
      await page.waitForSelector('main tbody tr')
      // Of a long path whole folders are left out.
      assert.match((await page.locator('main td[data-column=program]').textContent())!, /^(…\/|[^…])/)
    }
    await keep(page, `${name}-laptop-light`)
    await accessible(`${name}, light`)
    assert.deepEqual(await hiddenColumns(), [], `${name}: of tables columns are out of sight`)
    assert.deepEqual(await withoutTable(), [], `${name}: what is drawn is not there as a table`)
  }
  await open('workers')
  assert.equal(await page.locator('main tbody tr').count(), 2)
  await open('graph')
  await page.waitForSelector('svg .node')
  assert.deepEqual((await page.locator('svg .node .name').allTextContents()).sort(), ['clean', 'partial sum', 'read'])
  await open('spans')
  await page.waitForSelector('.tall-bar')
  // What took some time is not said to be nothing.
  for (const part of await page.locator('section[aria-label="Where the time went"] li').allTextContents())
    assert.doesNotMatch(part, / 0 % (?!0 s)/)
  assert.deepEqual(await page.locator('section[aria-label=Spans] tbody td:first-child').allTextContents(), [
    'clean',
    'load',
    'sum',
    'partial',
  ])
  await open('shuffle')
  await until(`document.querySelector('.empty')?.textContent.includes('Nothing is being shuffled')`)
})

test('tasks: zoom, pan, filters, one task', options, async () => {
  await open('tasks')
  await page.click('text=All')
  const whole = await rangeShown()
  await page.click('[aria-label="Zoom in"]')
  await until(`(({ from, to }) => to - from < ${whole * 0.6})(document.querySelector('.stream canvas').dataset)`)
  const zoomedIn = await rangeShown()
  assert.ok(Math.abs(zoomedIn / whole - 0.5) < 0.1, `${whole} s, then ${zoomedIn} s`)
  const from = Number(await attribute('.stream canvas', 'data-from'))
  await page.focus('.stream canvas')
  await page.keyboard.press('ArrowLeft')
  await until(`Number(document.querySelector('.stream canvas').dataset.from) < ${from}`)
  const canvas = (await page.locator('.stream canvas').boundingBox())!
  await page.mouse.move(canvas.x + canvas.width / 2, canvas.y + 40)
  await page.mouse.wheel(0, -300)
  await until(`(({ from, to }) => to - from < ${zoomedIn * 0.95})(document.querySelector('.stream canvas').dataset)`)
  const before = Number(await attribute('.stream canvas', 'data-from'))
  await page.mouse.down()
  await page.mouse.move(canvas.x + canvas.width / 2 + 120, canvas.y + 40, { steps: 4 })
  await page.mouse.up()
  await until(`Number(document.querySelector('.stream canvas').dataset.from) < ${before}`)
  await page.keyboard.press('Home')
  await until(`(({ from, to }) => to - from > ${whole * 0.9})(document.querySelector('.stream canvas').dataset)`)

  // Filters: by name, by the legend, by outcome.
  await page.fill('input[name=find]', 'partial')
  await until(`document.querySelectorAll('.legend li').length === 1`)
  await page.click('summary:has-text("As a table")')
  await until(`[...document.querySelectorAll('.as-table tbody td:first-child')].every((td) => td.textContent === 'partial sum')`)
  await page.fill('input[name=find]', '')
  await page.check('input[name=failed]')
  await until(`[...document.querySelectorAll('.as-table tbody td:last-child')].every((td) => td.textContent === 'failed')`)
  await page.uncheck('input[name=failed]')
  await page.click('.legend button:has-text("read")')
  assert.equal(await attribute('.legend button:has-text("read")', 'aria-pressed'), 'false')
  await until(`![...document.querySelectorAll('.as-table tbody td:first-child')].some((td) => td.textContent === 'read')`)
  await page.click('.legend button:has-text("read")')

  // A task that a person points at, and presses.
  await page.click('text=Live')
  // What moves on is hard to hit.
  await page.click('[aria-label="Zoom in"]')
  const box = (await page.locator('.stream canvas').boundingBox())!
  for (let x = 0.97; x > 0.3 && (await page.locator('.tip').count()) === 0; x -= 0.003)
    await page.mouse.move(box.x + box.width * x, box.y + 30)
  assert.match((await page.locator('.tip').textContent())!, /read|clean|partial sum/)
  await page.mouse.down()
  await page.mouse.up()
  await page.waitForSelector('section .facts')
  await page.click('text=Close')
})

test('workers are put in order, and each has a page', options, async () => {
  await open('workers')
  await page.click('th button:has-text("finished")')
  assert.equal(await page.locator('th[aria-sort=descending]').textContent(), 'finished ▼')
  const column = async (): Promise<number[]> => {
    const texts = await page.locator('main tbody tr td:nth-last-child(3)').allTextContents()
    return texts.map((text) => Number(text.replaceAll(',', '')))
  }
  const [most, least] = await column()
  assert.ok(most! >= least!)
  await page.fill('input[type=search]', 'no such worker')
  await page.waitForSelector('text=No worker is like that.')
  await page.fill('input[type=search]', '')
  await page.click('main tbody a >> nth=0')
  await page.waitForSelector('h2:has-text("Worker ")')
  await page.waitForSelector('.stream canvas')
  await until(`Number(document.querySelector('.stream canvas').dataset.seen) > 10`)
  await page.waitForSelector('.lines canvas')
  await accessible('a worker')
  assert.deepEqual(await withoutTable(), [])
  await keep(page, 'worker-laptop-light')
})

test('errors say where they come from; logs are searched', options, async () => {
  await open('errors')
  await page.waitForSelector('.failure summary')
  assert.match((await page.locator('.failure summary').first().textContent())!, /TypeError: row 7 has no column 'delay' in clean/)
  await page.click('.failure summary')
  await page.waitForSelector('.failure pre.stack')
  assert.match((await page.locator('.failure pre.stack').first().textContent())!, /browser\.test/)
  assert.match((await page.locator('.failure .facts').textContent())!, /read-/)
  await accessible('an error')
  await keep(page, 'error-laptop-light')
  await open('logs')
  await page.selectOption('select[name=level]', 'error')
  await until(`[...document.querySelectorAll('td .level')].every((level) => level.textContent === 'error')`)
  await page.selectOption('select[name=level]', 'debug')
  // What workers print, as they print it.
  await page.fill('input[name=find]', 'reading in round')
  await until(`document.querySelectorAll('main tbody tr').length > 1`)
  const printed = await page.locator('main tbody tr').count()
  await until(`document.querySelectorAll('main tbody tr').length > ${printed}`)
  await accessible('logs')
  // What the scheduler says. Its oldest lines, that workers joined, may have given way to newer ones by now.
  await page.fill('input[name=find]', 'NO COLUMN')
  await until(`document.querySelectorAll('main tbody tr').length > 0`)
  await until(`[...document.querySelectorAll('main tbody tr')].every((row) => row.textContent.includes('row 7 has no column'))`)
})

test('a profile is recorded, of workers and of the scheduler', options, async () => {
  await open('profile')
  await page.click('text=Record')
  await until(`Number(document.querySelector('.flame canvas')?.dataset.boxes) > 5`)
  await page.click('summary:has-text("As a table")')
  // A few samples may have met none of the tasks.
  await until(
    `[...document.querySelectorAll('.as-table tbody td:first-child')].some((td) => ['now', 'busy'].includes(td.textContent))`,
  )
  await page.click('text=Stop')
  assert.deepEqual(await withoutTable(), [])
  const { colored } = await drawn('.flame canvas')
  assert.ok(colored > 2000)
  await page.focus('.flame canvas')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.crumbs button >> nth=1')
  await keep(page, 'profile-laptop-light')
  await page.click('text=Scheduler')
  await page.click('text=Record')
  await until(`Number(document.querySelector('.flame canvas')?.dataset.boxes) > 2`)
  await page.click('text=Stop')
})

test('all of it is reached by keys alone, and one sees where one is', options, async () => {
  await page.goto(new URL('/', page.url()).href)
  await page.waitForSelector('.tiles')
  const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent.trim()')
  const press = async (key: string, times = 1): Promise<void> => {
    for (let i = 0; i < times; i++) await page.keyboard.press(key)
  }
  // What has been focused, and of that what does not show it.
  await page.evaluate(`
    window.reached = new WeakSet()
    window.unseen = []
    document.addEventListener('focusin', ({ target }) => {
      reached.add(target)
      const { outlineStyle, outlineWidth } = getComputedStyle(target)
      if (outlineStyle === 'none' || outlineWidth === '0px') unseen.push(target.outerHTML.slice(0, 100))
    })`)
  await press('Tab')
  assert.equal(await focused(), 'To the content')
  await press('Enter')
  assert.equal(await page.evaluate('document.activeElement.id'), 'content')
  // That shows nothing where a person has just said to go; everything else has to.
  await page.evaluate('unseen.length = 0')
  // What moves may be replaced while it is gone through.
  await page.evaluate('document.activeElement.blur()')
  while ((await focused()) !== 'Hold still') await press('Tab')
  await press('Space')
  for (const name of PAGES) {
    while ((await page.evaluate('document.activeElement.hash')) !== `#/${name}`) await press('Tab')
    await press('Enter')
    await page.waitForSelector(`nav a[href="#/${name}"][aria-current=page]`)
    await page.waitForSelector('main .panel h2')
    await until(`!document.querySelector('.empty')?.textContent.startsWith('One moment')`)
    const wanted = (await page.evaluate(`
      window.wanted = [...document.querySelectorAll('main :is(a[href], button, input, select, summary, [tabindex="0"])')].filter(
        (element) => !element.disabled && element.checkVisibility({ visibilityProperty: true }))
      wanted.length`)) as number
    // To the end of the page, where the browser's own begins, and to its beginning again.
    for (let presses = 0; (await page.evaluate('document.activeElement !== document.body')) && presses < wanted + 40; presses++) {
      await press('Tab')
      if ((await focused()) === 'To the content') break
    }
    const missed = await page.evaluate(
      'wanted.filter((one) => one.isConnected && !reached.has(one)).map((one) => one.outerHTML.slice(0, 100))',
    )
    assert.deepEqual(missed, [], `${name}: keys do not come here`)
    assert.deepEqual(await page.evaluate('unseen'), [], `${name}: one does not see that one is here`)
  }
  // What is only drawn has keys of its own; a table is put in order by them.
  const at = async (selector: string): Promise<void> => {
    for (let presses = 0; !(await page.evaluate(`document.activeElement.matches('${selector}')`)); presses++) {
      assert.ok(presses < 200, `${selector} is not reached`)
      await press('Tab')
    }
  }
  await at('nav a[href="#/tasks"]')
  await press('Enter')
  await page.waitForSelector('.stream canvas[data-seen]')
  await at('.stream canvas')
  await press('Home')
  await until(`Number(document.querySelector('.stream canvas').dataset.to) > 0`)
  const whole = await rangeShown()
  await press('+', 2)
  await until(`(({ from, to }) => to - from < ${whole * 0.6})(document.querySelector('.stream canvas').dataset)`)
  const from = Number(await attribute('.stream canvas', 'data-from'))
  await press('ArrowLeft')
  await until(`Number(document.querySelector('.stream canvas').dataset.from) < ${from}`)
  await at('nav a[href="#/workers"]')
  await press('Enter')
  await at('th button')
  await press('Enter')
  await page.waitForSelector('th[aria-sort=ascending], th[aria-sort=descending]')
  await at('main tbody a')
  await press('Enter')
  await page.waitForSelector('h2:has-text("Worker ")')
  while ((await page.evaluate('document.activeElement.ariaPressed')) !== 'true') await press('Tab')
  await press('Space')
})

test('dark, small and large', options, async () => {
  const groundOf = (): Promise<string> => page.evaluate(`getComputedStyle(document.documentElement).backgroundColor`)
  const light = await groundOf()
  await page.selectOption('.theme select', 'dark')
  assert.notEqual(await groundOf(), light)
  for (const name of ['status', 'spans']) {
    await open(name)
    await page.waitForSelector('main .panel h2')
    await accessible(`${name}, dark`)
  }
  // Plots are made anew, with what they say, also when nothing moves.
  await open('status')
  await page.waitForSelector('.lines canvas')
  await page.click('text=Hold still')
  const colour = (): Promise<string> =>
    page.evaluate(`getComputedStyle(document.querySelector('.lines .u-series:nth-child(2) .u-marker')).borderTopColor`)
  await page.selectOption('.theme select', 'light')
  await until(`document.querySelectorAll('.lines canvas').length > 3`)
  const inLight = await colour()
  await page.selectOption('.theme select', 'dark')
  await until(
    `getComputedStyle(document.querySelector('.lines .u-series:nth-child(2) .u-marker')).borderTopColor !== '${inLight}'`,
  )
  const said = await page.locator('.lines .u-series:nth-child(2) .u-value').allTextContents()
  assert.ok(said.length > 2 && said.every((text) => text !== ''), `plots say ${said.join(', ')}`)
  await page.click('text=Go on')
  const all = process.env.TEST_SCREENSHOTS !== undefined
  for (const theme of all ? ['light', 'dark'] : ['dark']) {
    await page.selectOption('.theme select', theme)
    for (const [size, viewport] of Object.entries(SIZES)) {
      if (!all && size !== 'phone') continue
      await page.setViewportSize(viewport)
      for (const name of PAGES) {
        await open(name)
        await page.waitForSelector('main .panel h2')
        if (size === 'phone') {
          // Nothing sticks out: only what is meant to be moved sideways is.
          const wide = (await page.evaluate('document.documentElement.scrollWidth')) as number
          assert.ok(wide <= viewport.width, `${name} is ${wide} pixels wide`)
          assert.deepEqual(await hiddenColumns(), [], `${name}, small: of tables columns are out of sight`)
          await accessible(`${name}, small and ${theme}`)
        }
        await until(`!document.querySelector('.empty')?.textContent.startsWith('One moment')`)
        if (all) await keep(page, `${name}-${size}-${theme}`, size !== 'wall')
      }
    }
  }
  await page.setViewportSize(SIZES.laptop)
  await page.selectOption('.theme select', 'auto')
  if (process.env.TEST_README_SCREENSHOT !== undefined) {
    await open('status')
    await page.setViewportSize({ width: 1280, height: 940 })
    await until(`document.querySelectorAll('.lines canvas').length > 3`)
    await page.screenshot({ path: join(fileURLToPath(new URL('../../../', import.meta.url)), 'docs', 'images', 'dashboard.png') })
  }
})

test('nothing went wrong meanwhile; when the cluster ends, what was seen stays', options, async () => {
  assert.deepEqual(watched.problems, [])
  await open('status')
  working = false
  await work
  await client.close()
  await cluster.close()
  await page.waitForSelector('.connection.broken')
  const done = await page.locator('.tile dd').first().textContent()
  assert.ok(Number(done!.replace(/\D/g, '')) > 100)
  assert.ok((await drawn('.stream canvas')).any > 100)
})
