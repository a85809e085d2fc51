import type { PluginPayload } from '../../plugins/index.js'

/** What a worker is to have: its own plugins, and those of its nanny. */
export interface WorkerPlugins {
  readonly worker: readonly PluginPayload[]
  readonly nanny: readonly PluginPayload[]
}
