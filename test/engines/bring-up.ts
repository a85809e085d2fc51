import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'node:test'

const folder = fileURLToPath(new URL('../../../test/engines/', import.meta.url))
// Files of tests run side by side, and the scripts know nothing of each other.
const lock = join(tmpdir(), 'heddle-engines.lock')
const up = new Map<string, string | Error>()

/** What `npm run test:engines` has seen: each script, and why it has not brought its engine up, if so. */
const seen = JSON.parse(process.env.TEST_ENGINES_SEEN ?? '[]') as readonly { readonly script: string; readonly reason?: string }[]

/**
 * Brings an engine up on this machine, once in a process, by its script in test/engines. Gives what the script printed;
 * undefined: the test is skipped, and knows why.
 *
 * @throws what the script says, where it has brought it up before the tests began
 */
export function bringUp(t: TestContext, script: string): string | undefined {
  if (!process.env.TEST_ENGINES) {
    t.skip('real engines are for npm run test:engines')
    return undefined
  }
  const known = seen.find((one) => one.script === script)
  const before = up.get(script) ?? (known?.reason === undefined ? start(script) : new Error(`${script}: ${known.reason}`))
  up.set(script, before)
  if (typeof before === 'string') return before
  if (known && known.reason === undefined) throw before
  // All of it has been said.
  t.skip(before.message.split('\n')[0])
  return undefined
}

/** A file next to the scripts. */
export const engineFile = (name: string): string => join(folder, name)

function start(script: string): string | Error {
  if (process.getuid?.() !== 0) return new Error(`${script} cannot start its engine: only root can`)
  if (!existsSync('/etc/debian_version')) return new Error(`${script} cannot start its engine: this is not Debian`)
  const { status, stdout, stderr } = spawnSync('flock', ['--close', lock, 'bash', engineFile(script)], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  return status === 0 ? stdout : new Error(`${script} failed (exit code ${status}): ${stderr.trim()}`)
}

const folders: string[] = []

/** A folder of a test's own that everybody can read. It goes with the process: what tests begin may write there until they have ended. */
export function scratch(_test?: TestContext): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-engine-')))
  if (folders.push(path) === 1) {
    process.once('exit', () => {
      for (const one of folders) rmSync(one, { recursive: true, force: true, maxRetries: 15 })
    })
  }
  return path
}
