import { ArgumentError, followTasks } from '../base/index.js'
import type { WorkerContext } from '../protocol/index.js'
import { Client } from './client.js'
import { openClients } from './open-clients.js'
import { coreOfExecutor } from './owners.js'
import { workerContext } from './worker-context.js'

// What a task submits, also after it waited, belongs to its spans.
followTasks()

/** The worker that a task runs on, for the task. */
export interface TaskWorker {
  readonly name: string
  /** where others reach it */
  readonly address: string
  /** the address of its scheduler */
  readonly scheduler: string
  /** tasks that it runs at once */
  readonly threads: number
  /** a folder on a local disk */
  readonly localDirectory: string
}

/**
 * The worker that the calling task runs on.
 *
 * @throws ArgumentError outside of a worker of a cluster.
 * @example
 * client.submit(() => getWorker().name)
 */
export function getWorker(): TaskWorker {
  const { name, address, scheduler, threads, localDirectory } = contextHere('getWorker')
  return { name, address, scheduler, threads, localDirectory }
}

/** What this thread's client is, while somebody uses it. */
let here: { readonly client: Promise<Client>; users: number } | undefined

/**
 * In a task: a client of the cluster that the task runs on, which all tasks of this thread share and which stays open. In
 * other programs: the client that was connected last.
 *
 * @throws ArgumentError when there is none.
 * @example
 * client.submit(async () => { const c = await getClient(); return c.gather(c.map(f, [1, 2, 3])) })
 */
export async function getClient(): Promise<Client> {
  if (workerContext()) return enter().client
  const client = openClients.at(-1)
  if (!client)
    throw new ArgumentError('getClient: there is no client: this is no task of a cluster, and Client.connect was not called')
  return client
}

/**
 * In a task: runs a function with a client of the cluster that the task runs on. While the task waits for futures it
 * occupies no thread, so that what it submits can run where it runs.
 *
 * @throws ArgumentError outside of a worker of a cluster.
 * @example
 * client.submit((n: number) => workerClient(async (c) => {
 *   const parts = await c.gather(c.map(square, range(n)))
 *   return parts.reduce((a, b) => a + b, 0)
 * }), 100)
 */
export async function workerClient<R>(fn: (client: Client) => R): Promise<Awaited<R>> {
  contextHere('workerClient')
  const mine = enter()
  try {
    return await fn(await mine.client)
  } finally {
    if (--mine.users === 0 && here === mine) {
      here = undefined
      await (await mine.client).close()
    }
  }
}

/** This thread's client, with one more user. */
function enter(): { readonly client: Promise<Client>; users: number } {
  if (!here) {
    const { scheduler, credentials, name } = contextHere('getClient')
    const opening = {
      client: Client.connect({ address: scheduler, credentials }, { name: `task-on-${name}`, setAsDefault: false }),
      users: 0,
    }
    here = opening
    const over = (): void => {
      if (here === opening) here = undefined
    }
    // The next task gets another one when this one could not connect, or has lost its scheduler.
    opening.client.then((client) => coreOfExecutor(client)?.onEnd(over), over)
  }
  here.users++
  return here
}

function contextHere(what: string): WorkerContext {
  const context = workerContext()
  if (!context) throw new ArgumentError(`${what} can be called in tasks only, on a worker of a cluster`)
  return context
}
