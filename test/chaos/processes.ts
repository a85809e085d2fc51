import { readFileSync, readdirSync } from 'node:fs'

/** A process of a cluster that this one has started. */
export interface ClusterProcess {
  readonly pid: number
  readonly kind: 'scheduler' | 'worker'
}

/** The scheduler and worker processes below a process, from /proc. */
export function clusterProcesses(of = process.pid): ClusterProcess[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      // The name of the program, in parentheses, may contain anything.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state !== 'Z') parents.set(Number(name), Number(parent))
    } catch {
      // It has ended.
    }
  }
  const found: ClusterProcess[] = []
  for (const pid of parents.keys()) {
    let ancestor = parents.get(pid)
    while (ancestor !== undefined && ancestor !== of) ancestor = parents.get(ancestor)
    if (ancestor !== of) continue
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (command.includes('scheduler-entry')) found.push({ pid, kind: 'scheduler' })
      else if (command.includes('worker-entry')) found.push({ pid, kind: 'worker' })
    } catch {
      // It has ended.
    }
  }
  return found
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Resolves when a process has ended. Nobody tells of processes that are not one's children: it is asked for. */
export async function ended(pid: number, seconds = 20): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (isAlive(pid) && clusterProcesses().some((p) => p.pid === pid)) {
    if (performance.now() > end) throw new Error(`the process ${pid} has not ended within ${seconds} s`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
