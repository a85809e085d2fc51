// Runs the tests that really kill processes, again and again, and stops at the first run that fails.
//   npm run chaos                  once
//   npm run chaos -- --repeat 50
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { values } = parseArgs({ options: { repeat: { type: 'string', default: '1' } } })
const repeat = Number(values.repeat)
for (let run = 1; run <= repeat; run++) {
  const started = performance.now()
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'scripts', 'test.mjs'), 'chaos'], {
    cwd: root,
    env: { ...process.env, TEST_CHAOS: 'whole' },
    stdio: repeat === 1 ? 'inherit' : ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`run ${run} of ${repeat}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
  if (status === 0) continue
  if (stdout) console.log(stdout)
  process.exit(1)
}
