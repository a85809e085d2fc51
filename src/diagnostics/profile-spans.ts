import { type EventLog } from '../events/index.js'
import { type Accounts, AccountingFold, mergeAccounts } from '../model/index.js'
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
    if (!own)
      followed.set(executor, (own = { fold: new AccountingFold(executor.concurrency), concurrency: executor.concurrency }))
    const { listener } = own.fold
    return followRun(run, (log: EventLog, n: number) => listener(log, n, n + 1))
  }, fn)
  const seconds = (performance.now() - began) / 1000
  return { result, profile: new SpanProfile(merged([...followed.values()], seconds)) }
}

/** Several executors count as one that has the threads of all, for so many seconds. */
function merged(followed: readonly Followed[], seconds: number): Accounts {
  const threads = followed.reduce((all, { concurrency }) => all + concurrency, 0)
  return { ...mergeAccounts(followed.map(({ fold }) => fold.accounts())), available: threads * seconds }
}
