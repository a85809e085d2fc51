import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What the child processes of this one have used, theirs included. */
export interface ChildUsage {
  readonly processes: number
  /** seconds of processor time since they began */
  readonly cpu: ReadonlyMap<number, number>
  /** bytes of memory in use (resident) */
  readonly rss: number
}

/** The unit of processor times in /proc (USER_HZ): the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** Reads what the descendants of a process use, from Linux's /proc; nothing where there is none. */
export function childUsage(pid: number = process.pid, proc = '/proc'): ChildUsage {
  const cpu = new Map<number, number>()
  let rss = 0
  const parents = [pid]
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const child of childrenOf(parent, proc)) {
      const stat = readIfThere(join(proc, String(child), 'stat'))
      const status = readIfThere(join(proc, String(child), 'status'))
      // It may have ended since it was listed.
      if (stat === undefined || status === undefined) continue
      // The name of the program, in parentheses, may hold anything; user and system time stand 12 and 13 places after it.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      cpu.set(child, (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND)
      rss += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
      parents.push(child)
    }
  }
  return { processes: cpu.size, cpu, rss }
}

/** Each thread of a process lists the children that it started. */
function childrenOf(parent: number, proc: string): number[] {
  const threads = join(proc, String(parent), 'task')
  const lists = (unlessGone(() => readdirSync(threads)) ?? []).map(
    (thread) => readIfThere(join(threads, thread, 'children')) ?? '',
  )
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

/** The text of a file, undefined when there is none. */
function readIfThere(path: string): string | undefined {
  return unlessGone(() => readFileSync(path, 'utf8'))
}

/** Processes end while one reads of them, and some are not for us to see. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
