// Runs the tests against real engines, which it brings up on this machine: as root, on Debian.
//   npm run test:engines             all of them
//   npm run test:engines -- slurm    those in the files whose path contains the word
// An engine that cannot be brought up is said with its reason, and its tests are left out; a test that fails, fails. With CI in
// the environment an engine that is not up fails, too, unless none could be here: no root, no Debian, no source of packages.
// Then files with a test that failed are run once more, alone, unless they are many, and the engines are stopped at the end.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bringUpAll, stopAll } from './engines/bring-up.mjs'
import { runTests } from './engines/run-tests.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const compiled = join(root, 'dist', 'test', 'engines')
const words = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const files = readdirSync(compiled)
  .filter((file) => file.endsWith('.test.js') && (words.length === 0 || words.some((word) => file.includes(word))))
  .sort()
if (files.length === 0) {
  console.error(`No test of engines matches ${words.join(', ')}.`)
  process.exit(1)
}

/** What a file of tests brings up, it names. */
const scripts = [...new Set(files.flatMap((file) => readFileSync(join(compiled, file), 'utf8').match(/[\w-]+-up\.sh/g) ?? []))]
const engines = await bringUpAll(join(root, 'test', 'engines'), scripts)
const env = { ...process.env, TEST_ENGINES: '1', HEDDLE_HISTORY__RECORD: 'false', TEST_ENGINES_SEEN: JSON.stringify(engines) }
const run = (some, minutes) => runTests({ root, env, files: some.map((file) => join('dist', 'test', 'engines', file)), minutes })
// More than all of them take on a busy machine.
let failed = await run(files, 30)
if (failed.length > 0 && failed.length <= 5 && process.env.CI) {
  console.log(`\nOnce more, alone: ${failed.join(', ')}`)
  const again = []
  for (const file of failed) again.push(...(await run([file], 8)))
  const passed = failed.filter((file) => !again.includes(file))
  if (passed.length > 0) console.log(`\nFAILED THE FIRST TIME, AND PASSED ALONE: ${passed.join(', ')}`)
  failed = again
}
if (process.env.CI) await stopAll(join(root, 'test', 'engines'), engines)
console.log('')
for (const { script, reason, seconds } of engines) {
  console.log(reason === undefined ? `${script}: up in ${seconds} s` : `NOT TESTED, ${script} has not brought it up: ${reason}`)
}
if (failed.length > 0) console.log(`FAILED: ${failed.join(', ')}`)
const owed = process.env.CI ? engines.filter(({ reason, impossible }) => reason !== undefined && !impossible) : []
if (owed.length > 0) console.log(`FAILED TO START: ${owed.map(({ script }) => script).join(', ')}`)
process.exitCode = failed.length === 0 && owed.length === 0 ? 0 : 1
