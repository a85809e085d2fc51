import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { type ProcessVersions, versionsHere } from '../protocol/index.js'
import { PackageMismatch } from './errors.js'

/** The versions of everybody who takes part in a cluster. */
export interface ClusterVersions {
  readonly client: ProcessVersions
  readonly scheduler: ProcessVersions
  /** by name */
  readonly workers: ReadonlyMap<string, ProcessVersions>
}

export interface VersionsOptions {
  /** throw when versions differ that have to be the same; false unless told */
  readonly check?: boolean
  /** the packages; the dependencies in the package.json of this program unless told */
  readonly packages?: readonly string[]
}

/** What the versions need of their client. */
interface Asking {
  ask(name: string, args?: unknown): Promise<unknown>
}

export async function clusterVersions(from: Asking, { check = false, packages }: VersionsOptions): Promise<ClusterVersions> {
  const names = packages ?? dependenciesOf(process.cwd())
  const client = versionsHere(hostname(), names)
  const answer = (await from.ask('versions', { packages: names })) as Omit<ClusterVersions, 'client'>
  const versions: ClusterVersions = { client, ...answer }
  const report = check ? mismatchReport(versions) : undefined
  if (report !== undefined) throw new PackageMismatch(report)
  return versions
}

/** The packages that the nearest package.json says a program needs. */
function dependenciesOf(folder: string): string[] {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json')
    if (existsSync(file)) {
      const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Record<
        string,
        object | undefined
      >
      return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).sort()
    }
    if (at === dirname(at)) return []
  }
}

/**
 * What differs, as a table; undefined: nothing that matters. Of Node it is the major version that counts; a scheduler runs
 * no tasks, so it need not have packages, but what it has must be the same.
 */
export function mismatchReport({ client, scheduler, workers }: ClusterVersions): string | undefined {
  const rows: [what: string, client: string, scheduler: string, workers: string][] = []
  const compare = (
    what: string,
    of: (one: ProcessVersions) => string | undefined,
    matters: (version: string) => string,
  ): void => {
    const own = of(client)
    if (own === undefined) return
    const same = (other: string | undefined): boolean => other !== undefined && matters(other) === matters(own)
    const theirs = of(scheduler)
    const others = [...workers].filter(([, one]) => !same(of(one)))
    if ((theirs === undefined || same(theirs)) && others.length === 0) return
    rows.push([what, own, theirs ?? '-', others.length === 0 ? 'none' : byVersion(others, of)])
  }
  compare(
    'heddle',
    ({ heddle }) => heddle,
    (version) => version,
  )
  compare(
    'node',
    ({ node }) => node,
    (version) => version.split('.')[0]!,
  )
  for (const name of Object.keys(client.packages))
    compare(
      name,
      ({ packages }) => packages[name],
      (version) => version,
    )
  if (rows.length === 0) return undefined
  const head: (typeof rows)[0] = ['', 'client', 'scheduler', 'workers that differ']
  const table = [head, ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)))
  const lines = table.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
  return `not everybody in the cluster has the same versions:\n${lines.join('\n')}\nInstall what the client has where it differs.`
}

/** '4.17.20 (w1, w2 on node7); not installed (w3 on node8)' */
function byVersion(
  workers: readonly (readonly [string, ProcessVersions])[],
  of: (one: ProcessVersions) => string | undefined,
): string {
  const groups = new Map<string, Map<string, string[]>>()
  for (const [name, one] of workers) {
    const version = of(one) ?? 'not installed'
    const hosts = groups.get(version) ?? new Map<string, string[]>()
    groups.set(version, hosts)
    hosts.set(one.host, [...(hosts.get(one.host) ?? []), name])
  }
  const texts = Array.from(groups, ([version, hosts]) => {
    const places = Array.from(hosts, ([host, names]) => `${few(names)} on ${host}`)
    return `${version} (${places.join('; ')})`
  })
  return texts.join('; ')
}

/** Names that an error shows. */
const SHOWN = 5

function few(names: readonly string[]): string {
  const more = names.length - SHOWN
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ')
}
