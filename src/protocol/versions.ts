import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { heddleVersion } from '../comm/index.js'

/** What a process runs with. */
export interface ProcessVersions {
  readonly host: string
  readonly heddle: string
  readonly node: string
  /** by name; undefined: it is not installed where the process was started */
  readonly packages: Readonly<Record<string, string | undefined>>
}

/** The versions of this process, and of packages as they are installed for programs that are started in a folder. */
export function versionsHere(host: string, packages: readonly string[], folder: string = process.cwd()): ProcessVersions {
  const found: Record<string, string | undefined> = {}
  for (const name of packages) found[name] = packageVersion(name, folder)
  return { host, heddle: heddleVersion(), node: process.version.slice(1), packages: found }
}

/** The version of a package, as Node would find it from a folder. */
function packageVersion(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'node_modules', name, 'package.json')
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version
    if (at === dirname(at)) return undefined
  }
}
