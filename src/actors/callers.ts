import { ArgumentError } from '../base/index.js'
import type { Credentials } from '../comm/index.js'
import { workerContext } from '../protocol/index.js'
import type { ActorPlace } from './reference.js'

/** By whom this thread may call actors: a client of their cluster, or the worker whose thread it is. */
export interface Caller {
  /** the address of the scheduler that it is connected to */
  readonly scheduler: string
  readonly credentials: Credentials
  /** The arguments with the values of futures and collections in their place; only clients can do that. */
  resolve?(args: readonly unknown[]): Promise<readonly unknown[]>
}

const callers: Caller[] = []
/** by scheduler, what ends with the last caller of its cluster */
const ends = new Map<string, Set<() => void>>()

/** Lets this thread call actors by that client. Gives a function that ends it, and what was opened if it was the last one. */
export function addCaller(caller: Caller): () => void {
  callers.push(caller)
  return () => {
    callers.splice(callers.indexOf(caller), 1)
    if (callers.some(({ scheduler }) => scheduler === caller.scheduler)) return
    const ending = ends.get(caller.scheduler) ?? []
    ends.delete(caller.scheduler)
    for (const end of ending) end()
  }
}

/**
 * Calls back when nobody here is connected any more to the cluster that the caller is connected to. Gives a function that
 * stops it.
 */
export function whenEnded({ scheduler }: Caller, end: () => void): () => void {
  let ending = ends.get(scheduler)
  if (!ending) ends.set(scheduler, (ending = new Set()))
  ending.add(end)
  return () => ending.delete(end)
}

/** @throws ArgumentError when nothing here is connected to a cluster */
export function callerFor({ scheduler, type, worker }: ActorPlace): Caller {
  const found = callers.find((caller) => caller.scheduler === scheduler) ?? callers.at(-1) ?? workerCaller()
  if (found) return found
  throw new ArgumentError(
    `the actor ${type} lives on the worker ${worker} of a cluster, to which nothing here is connected: Client.connect first ` +
      '(actors can be called in clients and in tasks of clusters, not on threads of the executor `threads`)',
  )
}

let ofWorker: Caller | undefined

/** The worker whose thread this is, if it is one's. */
function workerCaller(): Caller | undefined {
  const context = workerContext()
  return (ofWorker ??= context && { scheduler: context.scheduler, credentials: context.credentials })
}
