import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Gives the text of a file, or undefined when there is none. */
export type ReadFile = (path: string) => string | undefined

/**
 * The folders of this process's control group and of all groups around it, in which the files of a controller ('cpu',
 * 'memory') lie: those of version 2, and those of version 1. Inside a container the group itself may not be visible, but the
 * root, which then holds the limit, is.
 */
export function controlGroups(read: ReadFile, controller: string): { readonly v1: string[]; readonly v2: string[] } {
  const v1: string[] = []
  const v2: string[] = []
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (path === undefined) continue
    if (controllers === '') v2.push(...around(path).map((group) => join('/sys/fs/cgroup', group)))
    else if (controllers!.split(',').includes(controller))
      v1.push(...around(path).map((group) => join('/sys/fs/cgroup', controller, group)))
  }
  return { v1, v2 }
}

/** A group and its ancestors. */
function around(path: string): string[] {
  const groups = [path]
  while (path !== '/') groups.push((path = dirname(path)))
  return groups
}

/** The text of a file of the system; undefined when it is absent, or hidden from this process: either way it names no limit. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
