// Brings engines up by their scripts, one after the other, and stops them.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Seconds that one may take, packages included, and that all of them may. */
const LONGEST = 300
const LONGEST_OF_ALL = 900
/** What install.sh exits with, and with it each script, where no source of packages answers. */
const NO_SOURCE = 69

/** What one leaves to its tests: its networks are in the way of nobody else's then. */
const ownedByTests = new Set(['slurm-hosts-up.sh'])
const down = {
  'slurm-up.sh': ['slurm-down.sh'],
  'slurm-hosts-up.sh': ['slurm-hosts-down.sh'],
  'slurm-full-up.sh': ['slurm-full-down.sh'],
  'slurm-accounts-up.sh': ['slurm-accounts-down.sh'],
  'sge-up.sh': ['sge-down.sh'],
  'oar-up.sh': ['oar-down.sh', '--pg'],
  'ssh-up.sh': ['ssh-down.sh'],
}

/**
 * For each script how long it took, or the reason why its engine is not there; `impossible`: no engine could be here, as this
 * is no Debian, or not root's, or has no source of packages. Says both as it goes.
 *
 * @param {string} folder where the scripts are
 * @param {readonly string[]} scripts
 * @returns {Promise<{ script: string, seconds?: number, reason?: string, impossible?: boolean }[]>}
 */
export async function bringUpAll(folder, scripts) {
  const begin = performance.now()
  const engines = []
  for (const script of scripts) {
    const start = performance.now()
    const left = LONGEST_OF_ALL - Math.round((start - begin) / 1000)
    const no = cannot()
    const { reason, impossible } = no === undefined ? await bringUp(folder, script, left) : { reason: no, impossible: true }
    const seconds = Math.round((performance.now() - start) / 100) / 10
    if (reason === undefined && ownedByTests.has(script)) await stop(folder, script)
    engines.push(reason === undefined ? { script, seconds } : { script, reason, impossible })
    console.log(reason === undefined ? `${script}: up in ${seconds} s` : `${script} has not brought its engine up: ${reason}`)
  }
  return engines
}

/** Stops those that are up. */
export async function stopAll(folder, engines) {
  for (const { script, reason } of engines) if (reason === undefined) await stop(folder, script)
}

/** Why nothing can be brought up here; undefined: it can. */
function cannot() {
  if (process.getuid?.() !== 0) return 'only root can'
  if (!existsSync('/etc/debian_version')) return 'this is not Debian'
  return undefined
}

/** Why it is not there; no reason: it is. What fails is tried once more: scripts go on where they ended. */
async function bringUp(folder, script, left, again = false) {
  if (left <= 0) return { reason: `the others took ${LONGEST_OF_ALL} s, which is all that there is` }
  const begin = performance.now()
  const seconds = Math.min(LONGEST, left)
  // Its packages are what it waits for while others install theirs.
  const { status, said } = await run(['timeout', '--kill-after=10', String(seconds), 'bash', join(folder, script)])
  if (status === 0) return {}
  const why = status === 124 || status === 137 ? `it was not done after ${seconds} s` : `exit code ${status}`
  const reason = `${why}: ${said.trim().split('\n').slice(-12).join('\n    ')}`
  if (status === NO_SOURCE) return { reason, impossible: true }
  if (again) return { reason }
  console.log(`${script} is tried once more: ${reason}`)
  return bringUp(folder, script, left - Math.round((performance.now() - begin) / 1000), true)
}

async function stop(folder, script) {
  const [name, ...args] = down[script] ?? []
  if (name !== undefined) await run(['timeout', '--kill-after=10', '60', 'bash', join(folder, name), ...args])
}

/** A command's end, and what it wrote: to a file, as daemons that it leaves would hold a pipe open. */
async function run([command, ...args]) {
  const place = mkdtempSync(join(tmpdir(), 'heddle-up-'))
  const log = openSync(join(place, 'log'), 'w+')
  try {
    const status = await new Promise((resolve) => {
      const child = spawn(command, args, { stdio: ['ignore', log, log] })
      child.once('error', ({ message }) => resolve(message))
      child.once('exit', (code, signal) => resolve(code ?? signal))
    })
    return { status, said: readFileSync(join(place, 'log'), 'utf8') }
  } finally {
    closeSync(log)
    rmSync(place, { recursive: true, force: true })
  }
}
