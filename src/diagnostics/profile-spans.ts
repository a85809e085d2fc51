import { type Accounts, AccountingFold, type EventLog } from '../events/index.js'
import type { Executor } from '../executor/index.js'
import { followRun } from './run-events.js'
import { withRunObserver } from './run-scope.js'
import { SpanProfile } from './span-profile.js'

/** What is followed of one executor. */
interface Followed {
  readonly fold: AccountingFold
  readonly concurrency: number
}

/** See `profileSpans`. */
export async function measureSpans<R>(
  fn: () => R | PromiseLike<R>,
): Promise<{ readonly result: R; readonly profile: SpanProfile }> {
  const followed = new Map<Executor, Followed>()
  const began = performance.now()
  const result = await withRunObserver((run) => {
    const { executor } = run
    let own = followed.get(executor)
    if (!own) followed.set(executor, (own = { fold: new AccountingFold(), concurrency: executor.concurrency }))
    const { listener } = own.fold
    return followRun(run, (log: EventLog, n: number) => listener(log, n, n + 1))
  }, fn)
  const seconds = (performance.now() - began) / 1000
  return { result, profile: new SpanProfile(merged([...followed.values()], seconds)) }
}

/** Several executors count as one that has the threads of all. */
function merged(followed: readonly Followed[], seconds: number): Accounts {
  const parts = followed.map(({ fold }) => fold.accounts())
  const sum = (of: (accounts: Accounts) => number): number => parts.reduce((all, part) => all + of(part), 0)
  const threads = followed.reduce((all, { concurrency }) => all + concurrency, 0)
  return {
    from: Math.min(...parts.map(({ from }) => from)),
    to: Math.max(...parts.map(({ to }) => to)),
    groups: parts.flatMap(({ groups }) => groups),
    workers: [],
    clients: [],
    paths: {
      graphs: sum(({ paths }) => paths.graphs),
      elapsed: sum(({ paths }) => paths.elapsed),
      running: sum(({ paths }) => paths.running),
      tasks: sum(({ paths }) => paths.tasks),
    },
    available: threads * seconds,
    threads,
  }
}
