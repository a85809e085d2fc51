// Makes `npm start` and `npm test` one command each on a fresh clone: installs when the lock file is newer than
// what is installed, then builds (incrementally, under a second when nothing changed).
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Heddle needs Node 20.19 or newer; this is Node ${process.versions.node}.`)
  process.exit(1)
}

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) console.error(`Could not run ${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

const installed = join(root, 'node_modules', '.package-lock.json')
const lock = join(root, 'package-lock.json')
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  // npm gives its own script to the scripts it runs: use exactly that npm; there may be no other on the PATH.
  const npm = process.env.npm_execpath
  // Not `npm ci`: it refuses a lock file that lacks the packages of some other platform, and not every registry has them
  // all. `--no-save` takes the locked versions all the same, and leaves the lock file alone.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  if (npm) run(process.execPath, [npm, ...args])
  else run('npm', args, { shell: process.platform === 'win32' })
}
run(process.execPath, [join(root, 'scripts', 'build.mjs')])
