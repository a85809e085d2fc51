import type { PathAccount } from './account.js'
import type { Accounts } from './accounting.js'

/** Accounts of several executors, or schedulers, as those of one that has the threads of all. */
export function mergeAccounts(parts: readonly Accounts[]): Accounts {
  const sum = (of: (accounts: Accounts) => number): number => parts.reduce((all, part) => all + of(part), 0)
  const path = (of: (paths: PathAccount) => number): number => sum(({ paths }) => of(paths))
  const known = (times: readonly number[]): number[] => times.filter((time) => !Number.isNaN(time))
  return {
    from: Math.min(...known(parts.map(({ from }) => from))),
    to: Math.max(...known(parts.map(({ to }) => to))),
    groups: parts.flatMap(({ groups }) => groups),
    spans: parts.flatMap(({ spans }) => spans),
    workers: parts.flatMap(({ workers }) => workers),
    clients: parts.flatMap(({ clients }) => clients),
    paths: {
      graphs: path(({ graphs }) => graphs),
      elapsed: path(({ elapsed }) => elapsed),
      running: path(({ running }) => running),
      tasks: path(({ tasks }) => tasks),
    },
    available: sum(({ available }) => available),
    threads: sum(({ threads }) => threads),
  }
}
