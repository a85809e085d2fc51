import { existsSync, readFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { heddleVersion } from '../comm/index.js'
import { config } from '../config/index.js'
import type { ClientDetail } from '../events/index.js'

let found: Omit<ClientDetail, 'name' | 'project'> | undefined

/** Whose program this is, and which: what the history of a cluster has of it. */
export function aboutProgram(): Omit<ClientDetail, 'name'> {
  const program = process.argv[1] === undefined ? undefined : resolve(process.argv[1])
  found ??= {
    user: userName(),
    host: hostname(),
    program,
    version: versionOf(program === undefined ? process.cwd() : dirname(program)),
    heddle: heddleVersion(),
    node: process.version,
  }
  const project = config.get('history.project')
  return project === 'none' ? found : { ...found, project }
}

function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    // In a container the number of the user may have no name.
    return process.env.USER
  }
}

/** The version of the package that a folder belongs to, and the commit that is checked out there: '1.2.0 (3f2a91c)'. */
export function versionOf(folder: string): string | undefined {
  const commit = commitOf(above(folder, '.git'))?.slice(0, 12)
  const file = above(folder, 'package.json')
  let version: string | undefined
  try {
    version = file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version
  } catch {
    // What is not JSON says nothing of the version.
  }
  if (commit === undefined) return version
  return version === undefined ? commit : `${version} (${commit})`
}

/** The nearest thing of that name in a folder or above it. */
function above(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, name))) return join(at, name)
    if (dirname(at) === at) return undefined
  }
}

/** The commit that is checked out, read as Git itself keeps it. */
function commitOf(git: string | undefined): string | undefined {
  if (git === undefined) return undefined
  try {
    const own = folderOf(git)
    const head = readFileSync(join(own, 'HEAD'), 'utf8').trim()
    if (!head.startsWith('ref: ')) return head
    const name = head.slice(5)
    const shared = join(own, 'commondir')
    const common = existsSync(shared) ? resolve(own, readFileSync(shared, 'utf8').trim()) : own
    const loose = [own, common].map((at) => join(at, name)).find((path) => existsSync(path))
    if (loose !== undefined) return readFileSync(loose, 'utf8').trim()
    const packed = readFileSync(join(common, 'packed-refs'), 'utf8')
    return packed
      .split('\n')
      .find((line) => line.endsWith(` ${name}`))
      ?.slice(0, 40)
  } catch {
    // Half a repository, or one that others may not read.
    return undefined
  }
}

/** Of a work tree beside the repository, `.git` is a file that says where its own folder is. */
function folderOf(git: string): string {
  try {
    const said = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8'))?.[1]
    return said === undefined ? git : resolve(dirname(git), said)
  } catch {
    return git
  }
}
