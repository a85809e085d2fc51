import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { pythonContestant } from './contest.js'

/** The versions of Python and of its packages that are here, by name; undefined: `npm run bench:peers` was never run. */
export function pythonPackages(): Readonly<Record<string, string>> | undefined {
  const python = pythonContestant('versions', 'Dask')
  if (python.missing !== undefined) return undefined
  const [command, ...args] = python.command
  return JSON.parse(execFileSync(command, args).toString()) as Record<string, string>
}

/** The peers that are here, with their versions: 'piscina 5.3.2, Python 3.11.7 with dask 2026.8.0, numpy 2.4.6, …'. */
export function peerVersions(): string {
  // piscina exports no package.json, so it is found by its place.
  const manifest = new URL('../../node_modules/piscina/package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  const found = pythonPackages()
  if (!found) return `piscina ${version}`
  const { python, ...packages } = found
  const names = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  return `piscina ${version}, Python ${python} with ${names.join(', ')}`
}
