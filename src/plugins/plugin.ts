import { HeddleError } from '../base/index.js'
import type { HeddleEvent } from '../events/index.js'

/** What a plugin of the scheduler is given. */
export interface PluginScheduler {
  /** what tells it from any other */
  readonly id: string
  /** where it listens */
  readonly addresses: readonly string[]
  /** the workers that there are, by name */
  workers(): ReadonlyMap<string, PluginPeer>
  /** the names of the clients that there are */
  clients(): readonly string[]
}

/** A worker, as the scheduler knows it. */
export interface PluginPeer {
  readonly address: string
  readonly host: string
  readonly threads: number
  readonly resources: Readonly<Record<string, number>>
}

/** Something that happened on the scheduler: the numbers of the event log, and what they stand for. */
export interface SchedulerTransition extends HeddleEvent {
  /** of an event of a task */
  readonly key?: string
  readonly label?: string
  /** of an event of a worker */
  readonly workerName?: string
}

/** What a plugin of a worker is given. */
export interface PluginWorker {
  readonly name: string
  /** where others reach it */
  readonly address: string
  /** the address of its scheduler */
  readonly scheduler: string
  /** tasks that it runs at once */
  readonly threads: number
  /** a folder on a local disk */
  readonly localDirectory: string
  /** the folder of what clients have uploaded */
  readonly uploads: string
}

/** How far a task is on a worker. */
export type TaskPhase =
  /** it has come, and waits for its inputs or for a thread */
  | 'waiting'
  | 'executing'
  /** its result is here */
  | 'memory'
  | 'error'
  /** what ran it died, or an input was not to be had */
  | 'interrupted'
  /** nobody needs its result any more */
  | 'released'

/** A task of a worker has gone on. */
export interface TaskTransition {
  readonly key: string
  readonly label: string
  /** undefined: it has just come */
  readonly from: TaskPhase | undefined
  readonly to: TaskPhase
}

/** What a plugin of a nanny is given. */
export interface PluginNanny {
  /** what messages call its worker */
  readonly name: string
  /** the process of the worker; undefined while there is none */
  readonly pid: number | undefined
  /** the environment variables that the next process is started with: change them, and have it started with `restart` */
  readonly environment: NodeJS.ProcessEnv
  /** The end of what the worker has written. */
  logTail(): string
}

/**
 * Something that runs inside the scheduler's process. What it throws in `setup` is the error of `registerPlugin`.
 *
 * @example
 * class Lost extends SchedulerPlugin {
 *   transition(event: SchedulerTransition) {
 *     if (event.kind === 'workerLost') console.error(`lost ${event.workerName}`)
 *   }
 * }
 * await client.registerPlugin(new Lost())
 */
export abstract class SchedulerPlugin {
  /** what it is registered as, unless told; the name of its class unless given */
  declare readonly name?: string
  /** Called once, when it is registered. */
  setup?(scheduler: PluginScheduler): Promise<void> | void
  /** Called when it is unregistered, and when the scheduler ends. */
  teardown?(scheduler: PluginScheduler): Promise<void> | void
  /** Called with everything that happens from then on, in order, at the end of every tick: it should be quick. */
  transition?(event: SchedulerTransition): void
}

/**
 * Something that runs on every worker, also on those that come later: there before their first task. A worker whose plugin
 * throws in `setup` or `setupThread` does not start.
 *
 * @example
 * class Scratch extends WorkerPlugin {
 *   async setup(worker: PluginWorker) {
 *     await mkdir(join(worker.localDirectory, 'scratch'), { recursive: true })
 *   }
 * }
 * await client.registerPlugin(new Scratch())
 */
export abstract class WorkerPlugin {
  /** what it is registered as, unless told; the name of its class unless given */
  declare readonly name?: string
  /** Called once, in the main thread of the worker's process. */
  setup?(worker: PluginWorker): Promise<void> | void
  /** Called once in every thread that runs tasks, after `setup`, each with a copy of the plugin. */
  setupThread?(worker: PluginWorker): Promise<void> | void
  /** Called when it is unregistered, and when the worker ends in order. */
  teardown?(worker: PluginWorker): Promise<void> | void
  /** Called, in the main thread, when a task that has come since then goes on: it should be quick. */
  transition?(event: TaskTransition): void
}

/**
 * Something that runs beside the nanny of every worker, in the process that started it, also of those that come later.
 * Workers without a nanny have none.
 *
 * @example
 * class MoreHeap extends NannyPlugin {
 *   readonly restart = true
 *   setup(nanny: PluginNanny) {
 *     nanny.environment.NODE_OPTIONS = '--max-old-space-size=8000'
 *   }
 * }
 * await client.registerPlugin(new MoreHeap())
 */
export abstract class NannyPlugin {
  /** what it is registered as, unless told; the name of its class unless given */
  declare readonly name?: string
  /** whether the worker's process is started anew after `setup`, with the environment that it has made */
  declare readonly restart?: boolean
  setup?(nanny: PluginNanny): Promise<void> | void
  /** Called when it is unregistered, and when the nanny ends. */
  teardown?(nanny: PluginNanny): Promise<void> | void
}

/** What plugins can be of. */
export type PluginKind = 'scheduler' | 'worker' | 'nanny'

/** What plugins of all kinds may have. */
export interface AnyPlugin<Host, Event> {
  readonly name?: string
  readonly restart?: boolean
  setup?(host: Host): Promise<void> | void
  teardown?(host: Host): Promise<void> | void
  transition?(event: Event): void
}

/** A plugin as it travels. */
export interface PluginPayload {
  readonly name: string
  /** tells one registration from another of the same name */
  readonly id: number
  readonly bytes: Uint8Array
}

/** A plugin could not be set up, or taken down. The message says which, where and why; the stack is the plugin's. */
export class PluginError extends HeddleError {
  static {
    PluginError.prototype.name = 'PluginError'
  }
}
