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

  constructor(key: string, annotations: Annotations) {
    this.key = key
    this.workers = annotations.workers && annotations.workers.length > 0 ? new Set(annotations.workers) : undefined
    this.allowOtherWorkers = annotations.allowOtherWorkers ?? false
    this.resources = Object.entries(annotations.resources ?? {})
    for (const [name, amount] of this.resources) {
      if (!(amount >= 0))
        throw new ArgumentError(`a task asks for ${amount} of the resource ${name}; it must be a number, not below 0`)
    }
  }

  /** Whether the worker could ever run tasks of this class, however busy it is now. */
  fits(worker: WorkerState, namedWorkerThere: boolean): boolean {
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
export function requirementKey(annotations: Annotations | undefined): string | undefined {
  if (!annotations) return undefined
  const { workers, resources, allowOtherWorkers } = annotations
  const hasWorkers = workers !== undefined && workers.length > 0
  const hasResources = resources !== undefined && Object.keys(resources).length > 0
  if (!hasWorkers && !hasResources) return undefined
  const sorted = Object.entries(resources ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([hasWorkers ? [...workers].sort() : null, allowOtherWorkers ?? false, sorted])
}
