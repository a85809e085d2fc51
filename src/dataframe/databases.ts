import { isMainThread } from 'node:worker_threads'
import { availableCores, config, processLimit } from '../config/index.js'
import { Database, type DatabaseBudget } from '../duckdb/index.js'
import { isLane } from '../lanes/index.js'
import { availableMemory } from '../memory/index.js'
import { workerContext } from '../protocol/index.js'
import { macros } from './sql/macros.js'
import { macroFunctions } from './translate/js-part.js'

/** What a worker's database may take of the worker's memory, before its own share of that: the rest is for values. */
const workerShare = 0.7
/** What the database of a thread, which only runs JavaScript over rows, may take of what the process's may. */
const threadShare = 0.25

/**
 * What the database that copies results may take before its own share of that. Two threads that write a file in the order of
 * rows keep what they have read until it is written, up to the limit: of 2.5 GB, 500 MB with a limit of 60 % of 24 GB.
 */
const copyMemory = 2 ** 29

const opened = new Map<'process' | 'thread' | 'copies', Promise<Database>>()

/** The database of this process, in its main thread; it is opened when the first dataframe is computed. */
export function database(): Promise<Database> {
  return open('process', processBudget)
}

/**
 * The database of this thread, for statements that call functions of the program: they stand still while those run, and so
 * does whatever else their thread does. In the main thread it is that of the process.
 */
export function threadDatabase(): Promise<Database> {
  if (isMainThread) return database()
  return open('thread', () => {
    const { threads, memory, folder } = processBudget() ?? {
      threads: availableCores(),
      memory: availableMemory(),
      folder: undefined,
    }
    return { threads: 1, memory: (memory * threadShare) / threads, folder }
  })
}

/** A database of this process for large results that others have made: its memory does not grow with them. */
export function copyDatabase(): Promise<Database> {
  return open('copies', () => ({ threads: availableCores(), memory: Math.min(copyMemory, processLimit()) }))
}

function open(which: 'process' | 'thread' | 'copies', budget: () => DatabaseBudget | undefined): Promise<Database> {
  let known = opened.get(which)
  if (known === undefined) {
    known = Database.open(macros, macroFunctions, budget())
    opened.set(which, known)
    known.catch(() => opened.delete(which))
  }
  return known
}

/** Of what is one process among several on this machine; undefined: of none. */
function processBudget(): DatabaseBudget | undefined {
  const worker = workerContext()
  if (worker) {
    const memory = Math.min(worker.memoryLimit, availableMemory()) * workerShare
    return { threads: worker.threads, memory, folder: worker.localDirectory }
  }
  if (!isMainThread || !isLane()) return undefined
  const setting = config.get('processes')
  const processes = setting === 'auto' ? availableCores() : setting
  return { threads: Math.max(1, Math.floor(availableCores() / processes)), memory: availableMemory() / processes }
}
