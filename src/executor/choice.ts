import { ArgumentError, describe, loadNow } from '../base/index.js'
import { availableCores, config } from '../config/index.js'
import { startFirstThread } from '../lanes/first-thread.js'
import type { Executor } from './executor.js'
import type { InlineExecutor } from './inline.js'
import type { PoolExecutor } from './pool.js'

/** An executor, or the name of one of this machine's. */
export type ExecutorChoice = 'inline' | 'threads' | 'processes' | Executor

const names = ['inline', 'threads', 'processes'] as const
const pools = new Map<string, PoolExecutor>()
let inline: InlineExecutor | undefined
const defaults: Executor[] = []

/** The executor that a choice means: this one, else the newest that `useByDefault` was told of, else the setting `executor`. */
export function chooseExecutor(choice?: ExecutorChoice): Executor {
  const chosen = choice ?? defaults.at(-1) ?? config.get('executor')
  if (typeof chosen === 'object' && chosen !== null && typeof chosen.run === 'function') return chosen
  switch (chosen) {
    case 'inline':
      if (!inline) {
        const { InlineExecutor } = loadNow(import.meta.url, './inline.js') as typeof import('./inline.js')
        inline = new InlineExecutor()
      }
      return inline
    case 'threads':
      return pool('threads', config.get('threads'))
    case 'processes':
      return pool('processes', config.get('processes'))
    default:
      throw new ArgumentError(`executor: ${describe(chosen)} is neither an executor nor one of ${names.join(', ')}`)
  }
}

/** The executor that a choice means, if its tasks run in other processes; undefined where they run in this one. */
export function executorElsewhere(choice?: ExecutorChoice): Executor | undefined {
  const chosen = choice ?? defaults.at(-1) ?? config.get('executor')
  if (chosen === 'threads' || chosen === 'inline') return undefined
  const executor = chooseExecutor(chosen)
  return executor.name === 'threads' || !executor.isolated ? undefined : executor
}

/** Makes an executor the one that collections take when nobody says which. Gives a function that ends that. */
export function useByDefault(executor: Executor): () => void {
  defaults.push(executor)
  return () => {
    const i = defaults.lastIndexOf(executor)
    if (i >= 0) defaults.splice(i, 1)
  }
}

/** One pool for each kind and size, started on first use and kept. */
function pool(name: 'threads' | 'processes', setting: number | 'auto'): PoolExecutor {
  const size = setting === 'auto' ? availableCores() : setting
  const key = `${name}-${size}`
  let executor = pools.get(key)
  if (!executor) {
    if (name === 'threads') startFirstThread()
    const { PoolExecutor } = loadNow(import.meta.url, './pool.js') as typeof import('./pool.js')
    executor = new PoolExecutor(name, size)
    pools.set(key, executor)
  }
  return executor
}
