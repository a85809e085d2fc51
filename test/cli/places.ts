import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

export const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

/** Has this process find no settings of whoever runs the tests. To be called before the first is read. */
export function forgetSettings(): void {
  for (const name of Object.keys(process.env)) if (/^(HEDDLE|XDG)_/.test(name)) delete process.env[name]
  process.env.HOME = join(tmpdir(), 'heddle-nobody')
}

/** Runs `heddle` in a home and working folder that has only the given files. */
export function heddle(
  t: TestContext,
  args: readonly string[],
  { files = {}, env = {} }: { files?: Record<string, string>; env?: Record<string, string> } = {},
): SpawnSyncReturns<string> & { folder: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-cli-')))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HEDDLE|XDG|NODE)_/.test(name)))
  const places = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('FOLDER', folder)]))
  return {
    ...spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8', env: { ...own, HOME: folder, ...places } }),
    folder,
  }
}
