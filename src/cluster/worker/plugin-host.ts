import { setEnvironmentData } from 'node:worker_threads'
import { type LaneSet, LaneGone, THREAD_PLUGINS, type ThreadPlugin, threadSetup } from '../../lanes/index.js'
import type { AnyPlugin, PluginPayload, PluginWorker, TaskTransition, WorkerPlugin } from '../../plugins/index.js'
import { PluginSet } from '../plugins/plugin-set.js'
import type { WorkerPlugins } from '../plugins/worker-plugins.js'
import { TaskWatch } from './task-watch.js'

export interface PluginHostOptions {
  readonly worker: PluginWorker
  readonly lanes: Pick<LaneSet, 'lanes' | 'ask'>
  /** Has the nanny of the worker have these; undefined: it has no nanny. */
  readonly nanny: ((plugins: readonly PluginPayload[]) => Promise<void>) | undefined
  /** `watch` is another one, or none. */
  changed(): void
}

/** The plugins of a worker. */
export class PluginHost {
  /** there while a plugin wants to hear of tasks */
  watch: TaskWatch | undefined
  readonly #options: PluginHostOptions
  readonly #plugins: PluginSet<PluginWorker, TaskTransition>
  /** what threads that start are to set up first */
  #inThreads: ThreadPlugin[] = []

  constructor(options: PluginHostOptions) {
    this.#options = options
    this.#plugins = new PluginSet({
      host: options.worker,
      place: `the worker ${options.worker.name}`,
      alsoSetUp: (payload, plugin) => this.#setUpThreads(payload, plugin),
      changed: () => this.#changed(),
    })
  }

  /**
   * Sees to it that the worker and its nanny have these plugins, and no others.
   *
   * @throws PluginError
   */
  async sync({ worker, nanny }: WorkerPlugins): Promise<void> {
    await this.#options.nanny?.(nanny)
    await this.#plugins.sync(worker)
  }

  /** Takes modules that were preloaded. */
  async adopt(modules: ReadonlyMap<string, object>): Promise<void> {
    for (const [name, module] of modules) await this.#plugins.adopt(name, module)
  }

  async close(): Promise<void> {
    await this.#plugins.close()
    this.#offerToThreads([])
  }

  #changed(): void {
    if (!this.#plugins.isListening) this.watch = undefined
    else this.watch ??= new TaskWatch((event) => this.#plugins.tell(event))
    this.#options.changed()
    const there = this.#inThreads.filter(({ name }) => this.#plugins.has(name))
    if (there.length < this.#inThreads.length) this.#offerToThreads(there)
  }

  async #setUpThreads({ name, bytes }: PluginPayload, plugin: AnyPlugin<PluginWorker, TaskTransition>): Promise<void> {
    if (typeof (plugin as WorkerPlugin).setupThread !== 'function') return
    const { lanes, worker } = this.#options
    const entry: ThreadPlugin = { name, bytes, worker: { ...worker } }
    // Threads that start from now on do it by themselves.
    const before = this.#inThreads
    this.#offerToThreads([...before, entry])
    try {
      const asked = lanes.lanes.map((lane) => lanes.ask(lane, threadSetup, [entry]))
      for (const outcome of await Promise.allSettled(asked)) {
        // One that has died is replaced by one that does it.
        if (outcome.status === 'rejected' && !(outcome.reason instanceof LaneGone)) throw outcome.reason
      }
    } catch (error) {
      this.#offerToThreads(before)
      throw error
    }
  }

  #offerToThreads(plugins: ThreadPlugin[]): void {
    this.#inThreads = plugins
    setEnvironmentData(THREAD_PLUGINS, plugins.length === 0 ? undefined : (plugins as never))
  }
}
