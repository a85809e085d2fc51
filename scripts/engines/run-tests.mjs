// Runs files of tests with node's runner, which shows how they go, and tells which of them have failed.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const reporter = join(dirname(fileURLToPath(import.meta.url)), 'failed-files.mjs')

/**
 * @param {{ root: string, env: NodeJS.ProcessEnv, files: readonly string[], minutes: number }} what `minutes`: then they hang
 * @returns {Promise<string[]>} the names of the files with a test that has failed
 */
export async function runTests({ root, env, files, minutes }) {
  const place = mkdtempSync(join(tmpdir(), 'heddle-tests-'))
  const list = join(place, 'failed')
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout']
  const own = [`--test-reporter=${reporter}`, `--test-reporter-destination=${list}`]
  try {
    const status = await new Promise((resolve) => {
      const args = ['--test', '--test-concurrency=2', ...reporters, ...own, ...files]
      const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env })
      const late = setTimeout(() => {
        console.log(`The tests have not ended after ${minutes} minutes: they are stopped.`)
        child.kill('SIGTERM')
      }, minutes * 60_000)
      child.once('exit', (code) => {
        clearTimeout(late)
        resolve(code)
      })
    })
    const failed = new Set(
      readFileSync(list, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((file) => basename(file)),
    )
    if (status === 0) return []
    // One that says not which: all of them.
    return failed.size > 0 ? [...failed] : files.map((file) => basename(file))
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
