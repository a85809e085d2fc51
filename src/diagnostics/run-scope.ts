import { AsyncLocalStorage } from 'node:async_hooks'
import { type RunObserver, observeRuns } from '../executor/index.js'

const scopes = new AsyncLocalStorage<readonly RunObserver[]>()
let open = 0
let stopObserving: (() => void) | undefined

/**
 * Has the observer told of the runs that `fn` starts, in whatever it calls and awaits, and of no others. Scopes nest: a run
 * in an inner one is told to the observers of all around it too.
 */
export async function withRunObserver<R>(observer: RunObserver, fn: () => R | PromiseLike<R>): Promise<R> {
  if (open++ === 0) stopObserving = observeRuns(tellScope)
  try {
    return await scopes.run([...(scopes.getStore() ?? []), observer], fn)
  } finally {
    if (--open === 0) stopObserving?.()
  }
}

const tellScope: RunObserver = (run) => {
  const ends = (scopes.getStore() ?? []).map((observer) => observer(run)).filter((end) => end !== undefined)
  return (error) => {
    for (const end of ends) end(error)
  }
}
