import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type Page, chromium } from 'playwright-core'

/** The system's own browser: the tests install none. */
const PATHS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
export const browserPath = PATHS.find((path) => path !== undefined && existsSync(path))

/** Why tests that need a browser are skipped; false: they are not. */
export const noBrowser = browserPath === undefined ? 'there is no Chromium here (set CHROMIUM to its path)' : false

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox', '--disable-gpu'] })
}

/** Waits, frame by frame, until an expression is true in a page. */
export function until(page: Page, expression: string): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => {
    const look = () => (${expression}) ? resolve(true) : requestAnimationFrame(look)
    look()
  })`)
}

/** For screenshots; not in the repository. */
export const screens = fileURLToPath(new URL('../../../out/screens/', import.meta.url))

export async function keep(page: Page, name: string, fullPage = true): Promise<void> {
  mkdirSync(screens, { recursive: true })
  await page.screenshot({ path: join(screens, `${name}.png`), fullPage })
}

/** What goes wrong in a page, and where it asks for anything. */
export interface Watched {
  readonly problems: string[]
  readonly origins: Set<string>
}

export function watch(page: Page): Watched {
  const watched: Watched = { problems: [], origins: new Set() }
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') watched.problems.push(message.text())
  })
  page.on('pageerror', (error) => watched.problems.push(error.stack ?? error.message))
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url())
    if (protocol !== 'data:') watched.origins.add(`${protocol}//${host}`)
  })
  return watched
}
