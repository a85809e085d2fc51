import { fileURLToPath } from 'node:url'
import type { SSHHost } from './options.js'

/** This package's folder, as it is here: hosts that share a file system have it there too. */
const here = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
const PROGRAM = 'dist/src/cli/main.js'

/** How a host without Node, or without Heddle, says so. */
export const NOT_FOUND = 127

/** A word that sh, csh and fish take exactly as it is. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * The command for ssh that runs `heddle ARGUMENTS` on a host. It finds Node and Heddle there, whatever shell the user has. It
 * is seen by everybody on the host, and holds no secrets.
 */
export function remoteCommand(host: SSHHost, args: readonly string[]): string {
  const { directory, environment = {}, prologue = [] } = host
  const script = [
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`),
    ...(directory === undefined ? [] : [`cd ${quote(directory)} || exit 1`]),
    ...(typeof prologue === 'string' ? [prologue] : prologue),
    findNode(host.node),
    findHeddle(host.heddle),
    `exec "$node" "$heddle" ${args.map(quote).join(' ')}`,
  ]
  return `exec /bin/sh -c ${quote(script.join('; '))}`
}

function findNode(given: string | undefined): string {
  const candidates = given === undefined ? ['node', process.execPath] : [given]
  const where = given === undefined ? 'in the PATH, in that of a login shell, or where it is here' : `at ${given}`
  return [
    `node=; for n in ${candidates.map(quote).join(' ')}; do if command -v "$n" >/dev/null 2>&1; then node=$n; break; fi; done`,
    // Version managers set the PATH in files that only login shells read.
    ...(given === undefined
      ? [`[ -n "$node" ] || node=$("\${SHELL:-/bin/sh}" -lc "command -v node" 2>/dev/null </dev/null | tail -n 1)`]
      : []),
    complain('node', `no Node was found ${where}: install it, or say where it is (node)`),
  ].join('; ')
}

function findHeddle(given: string | undefined): string {
  if (given !== undefined) {
    const program = quote(`${given.replace(/\/$/, '')}/${PROGRAM}`)
    return `heddle=${program}; [ -f "$heddle" ] || heddle=; ${complain('heddle', `there is no Heddle in ${given} (heddle)`)}`
  }
  const resolve = 'console.log(path.dirname(require.resolve("heddle/package.json")))'
  return [
    `heddle=${quote(`${here}/${PROGRAM}`)}`,
    `[ -f "$heddle" ] || { heddle=$("$node" -e ${quote(resolve)} 2>/dev/null </dev/null) && heddle=$heddle/${PROGRAM}; } || heddle=$(command -v heddle)`,
    complain(
      'heddle',
      'no Heddle was found where it is here, from the working folder, or in the PATH: npm install heddle there, or say where it is (heddle)',
    ),
  ].join('; ')
}

function complain(what: string, message: string): string {
  return `[ -n "$${what}" ] || { echo ${quote(message)} >&2; exit ${NOT_FOUND}; }`
}
