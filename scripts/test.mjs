// Runs the compiled tests: all of them, or those whose path contains one of the words given.
//   npm test                       everything
//   npm test -- transfer scheduler what lies below test/transfer and test/scheduler
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const words = process.argv.slice(2).filter((a) => !a.startsWith('-'))
const flags = process.argv.slice(2).filter((a) => a.startsWith('-'))
const files = readdirSync(join(root, 'dist', 'test'), { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile() && e.name.endsWith('.test.js'))
  .map((e) => relative(root, join(e.parentPath ?? e.path, e.name)))
  .filter((f) => words.length === 0 || words.some((w) => f.includes(w)))
  .sort()
if (files.length === 0) {
  console.error(`No test file matches ${words.join(', ')}.`)
  process.exit(1)
}
// What tests run is no history of this user's.
process.env.HEDDLE_HISTORY__RECORD ??= 'false'
// What hangs is ended, and fails: no file takes so long, on a busy machine either.
const args = ['--test', '--test-reporter=spec', '--test-concurrency=2', '--test-timeout=900000', ...flags, ...files]
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
process.exitCode = status ?? 1
