// Makes bench/peers/.venv, a Python virtual environment with the peers that `npm run bench` compares with, and
// bench/peers/node_modules with those that ask for a newer Node, and that Node. Everything else of Heddle works without them.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(root, 'bench', 'peers', '.venv')
const requirements = join(root, 'bench', 'peers', 'requirements.txt')
const windows = process.platform === 'win32'
const python = windows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')

const OLDEST = [3, 11]

/** The first command that runs a Python which is new enough: its words. */
function findPython() {
  const found = []
  const candidates = process.env.PYTHON ? [[process.env.PYTHON]] : [['python3'], ['python'], ...(windows ? [['py', '-3']] : [])]
  for (const words of candidates) {
    const { status, stdout } = spawnSync(words[0], [...words.slice(1), '-c', 'import sys; print(*sys.version_info[:2])'], {
      encoding: 'utf8',
    })
    if (status !== 0) continue
    const [major, minor] = stdout.trim().split(' ').map(Number)
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return words
    found.push(`${words.join(' ')} is ${major}.${minor}`)
  }
  const what = found.length > 0 ? `it is too old (${found.join(', ')})` : 'there is none on the PATH'
  console.error(`The peers need Python ${OLDEST.join('.')} or newer, and ${what}.`)
  console.error(
    'Install one from your package manager or python.org, or say which to use: PYTHON=/path/to/python3 npm run bench:peers',
  )
  console.error('Without it `npm run bench` works too: it compares with what npm has, and skips the rest.')
  process.exit(1)
}

/** Runs a command to its end; says what to do and ends when it fails. */
function run(words, advice) {
  const { status, error } = spawnSync(words[0], words.slice(1), { cwd: root, stdio: 'inherit' })
  if (status === 0) return
  console.error(error ? `Could not run ${words[0]}: ${error.message}` : `${words.join(' ')} failed.`)
  console.error(advice)
  process.exit(1)
}

if (!existsSync(python)) {
  rmSync(folder, { recursive: true, force: true })
  run(
    [...findPython(), '-m', 'venv', folder],
    'Python could not make a virtual environment. On Debian and Ubuntu the module is a package of its own: apt install python3-venv',
  )
}
run(
  [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements],
  `pip could not install what ${join('bench', 'peers', 'requirements.txt')} names: is the package index reachable?`,
)
const optional = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement']
if (spawnSync(python, [...optional, join(dirname(requirements), 'requirements-optional.txt')], { stdio: 'inherit' }).status !== 0)
  console.error('pip could not install the optional peers (see above); the benchmarks do without.')
run(
  [python, join(root, 'bench', 'peers', 'versions.py')],
  'The environment is damaged: remove bench/peers/.venv and run this again.',
)

// The packages of npm that have the program of Node, one for each kind of machine.
const node = `node-${windows ? 'win' : process.platform}-${process.arch}`
const newer = ['numpy-ts@1.7.0', `${node}@24.21.0`]
const npm = ['install', '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
if (spawnSync('npm', [...npm, '--prefix', dirname(requirements), ...newer], { stdio: 'inherit', shell: windows }).status !== 0)
  console.error(`npm could not install ${newer.join(' and ')} (see above); the benchmarks do without.`)
