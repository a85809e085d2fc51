import { ArgumentError } from '../base/index.js'
import type { Annotations } from '../graph/index.js'
import { TaskQueue } from './task-queue.js'
import type { WorkerState } from './worker-state.js'

/**
 * A class of tasks that not every worker may run: they need resources, or name their workers. Such tasks wait in the
 * queue of their class, from which the workers that fit are fed; there are few classes, so nothing loops over workers.
 */
export class Requirement {
  readonly key: string
  /** the bytes that were not enough for its tasks: they need a worker with more; 0: any will do */
  readonly memoryAbove: number
  readonly workers: ReadonlySet<string> | undefined
  readonly allowOtherWorkers: boolean
  readonly resources: readonly (readonly [name: string, amount: number])[]
  readonly ready = new TaskQueue()
  /** the workers that may run its tasks */
  readonly eligible = new Set<WorkerState>()
  /** those of them that could take one now */
  readonly room = new Set<WorkerState>()
  /** it is in the list of classes with new ready tasks */
  stocked = false

  constructor(key: string, annotations: Annotations, memoryAbove: number) {
    this.key = key
    this.memoryAbove = memoryAbove
    this.workers = annotations.workers && annotations.workers.length > 0 ? new Set(annotations.workers) : undefined
    this.allowOtherWorkers = annotations.allowOtherWorkers ?? false
    this.resources = Object.entries(resourcesOf(annotations))
    for (const [name, amount] of this.resources) {
      if (!(amount >= 0))
        throw new ArgumentError(`a task asks for ${amount} of the resource ${name}; it must be a number, not below 0`)
    }
  }

  /** Whether the worker could ever run tasks of this class, however busy it is now. */
  fits(worker: WorkerState, namedWorkerThere: boolean): boolean {
    if (worker.keeper || worker.memory <= this.memoryAbove) return false
    for (const [name, amount] of this.resources) if ((worker.resources.get(name) ?? 0) < amount) return false
    if (!this.workers) return true
    return this.names(worker) || (this.allowOtherWorkers && !namedWorkerThere)
  }

  names(worker: WorkerState): boolean {
    return this.workers !== undefined && (this.workers.has(worker.name) || this.workers.has(worker.host))
  }

  /** Whether the worker has the resources free now. */
  isFree(worker: WorkerState): boolean {
    for (const [name, amount] of this.resources) if ((worker.free.get(name) ?? 0) < amount) return false
    return true
  }

  take(worker: WorkerState): void {
    for (const [name, amount] of this.resources) worker.free.set(name, worker.free.get(name)! - amount)
  }

  giveBack(worker: WorkerState): void {
    for (const [name, amount] of this.resources) worker.free.set(name, worker.free.get(name)! + amount)
  }
}

/** The key of the class that annotations ask for; undefined when any worker will do. */
export function requirementKey(annotations: Annotations = {}, memoryAbove = 0): string | undefined {
  const { workers, allowOtherWorkers } = annotations
  const hasWorkers = workers !== undefined && workers.length > 0
  const sorted = Object.entries(resourcesOf(annotations)).sort(([a], [b]) => (a < b ? -1 : 1))
  if (!hasWorkers && sorted.length === 0 && memoryAbove === 0) return undefined
  return JSON.stringify([hasWorkers ? [...workers].sort() : null, allowOtherWorkers ?? false, sorted, memoryAbove])
}

/** The workers of a pool have more of this than they have tasks. */
function resourcesOf({ resources = {}, pool }: Annotations): Readonly<Record<string, number>> {
  return pool === undefined ? resources : { ...resources, [`pool:${pool}`]: 1 }
}
