// Runs the tests against real engines, which they bring up on this machine: as root, on Debian.
//   npm run test:engines             all of them; one that cannot start is skipped, with the reason
//   npm run test:engines -- slurm    one of them
// With CI in the environment an engine that cannot start is a failure.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const words = process.argv.slice(2).map((word) => join('engines', word))
const test = join(dirname(fileURLToPath(import.meta.url)), 'test.mjs')
const env = { ...process.env, TEST_ENGINES: '1' }
const { status } = spawnSync(process.execPath, [test, ...(words.length > 0 ? words : ['engines/'])], { stdio: 'inherit', env })
process.exitCode = status ?? 1
