import { constants } from 'node:fs'
import { lstat, open, readFile, readdir, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { codeOf } from './errors.js'

/** What folders are called while a process uses them, and once they only wait to be removed. */
export const USED = 'heddle-spill-'
const DEAD = 'heddle-dead-'
const OWNER_FILE = 'owner.json'

/** A process, told apart from every other one that ever had its number. */
interface Owner {
  readonly host: string
  /** of the host's start */
  readonly boot: string
  /** numbers mean something within a namespace only */
  readonly namespace: string
  readonly pid: number
  /** when it started, in the kernel's ticks since the host's start */
  readonly started: string
}

/** What was found of processes that ended without tidying up. */
export interface Leftovers {
  /** paths of folders that were removed */
  readonly removed: readonly string[]
  /** why others could not be */
  readonly problems: readonly Error[]
}

/** Writes into the folder which process uses it: this one. */
export async function signFolder(folder: string): Promise<void> {
  const owner = await ownerNow(process.pid)
  await writeFile(join(folder, OWNER_FILE), JSON.stringify(owner), { flag: 'wx', mode: 0o600 })
}

/** Removes a folder, in such a way that who comes next goes on with it if this process is killed meanwhile. */
export async function removeUsed(folder: string): Promise<void> {
  const dead = folder.replace(USED, DEAD)
  await rename(folder, dead)
  await rm(dead, { recursive: true, force: true, maxRetries: 3 })
}

/** Removes the folders below `parent` that belong to this user and whose processes, on this host, are no more. */
export async function removeLeftovers(parent: string): Promise<Leftovers> {
  const removed: string[] = []
  const problems: Error[] = []
  for (const name of await readdir(parent)) {
    if (!name.startsWith(USED) && !name.startsWith(DEAD)) continue
    const path = join(parent, name)
    try {
      const stat = await lstat(path)
      if (!stat.isDirectory() || stat.uid !== process.getuid?.()) continue
      if (name.startsWith(DEAD)) await rm(path, { recursive: true, force: true, maxRetries: 3 })
      else if (await isAbandoned(path)) await removeUsed(path)
      else continue
      removed.push(path)
    } catch (error) {
      // Another process that starts now removes the same.
      if (codeOf(error) === 'ENOENT') continue
      if (codeOf(error) === undefined) throw error
      problems.push(error as Error)
    }
  }
  return { removed, problems }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const owner = await ownerOf(folder)
  // Without an owner it is just being made.
  if (!owner || owner.host !== hostname()) return false
  const now = await ownerNow(owner.pid)
  if (owner.boot !== now.boot) return true
  if (owner.namespace !== now.namespace) return false
  return !exists(owner.pid) || owner.started !== now.started
}

async function ownerOf(folder: string): Promise<Owner | undefined> {
  try {
    const file = await open(join(folder, OWNER_FILE), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      return JSON.parse(await file.readFile('utf8')) as Owner
    } finally {
      await file.close()
    }
  } catch (error) {
    // Not there yet, or not written yet.
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

async function ownerNow(pid: number): Promise<Owner> {
  const [boot, namespace, stat] = await Promise.all([
    ifKnown(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    ifKnown(readlink('/proc/self/ns/pid')),
    ifKnown(readFile(`/proc/${pid}/stat`, 'utf8')),
  ])
  // The name of the program, in parentheses, may hold anything; the 22nd field of all is the 20th after it.
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return { host: hostname(), boot: boot.trim(), namespace, pid, started }
}

/** What a system without /proc does not tell is told by nothing, and equal to nothing said before. */
async function ifKnown(text: Promise<string>): Promise<string> {
  try {
    return await text
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return ''
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}
