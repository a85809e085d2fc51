import type { NannyPlugin, PluginNanny, PluginPayload } from '../../plugins/index.js'
import { PluginSet } from '../plugins/plugin-set.js'

/** The plugins of a nanny. */
export class NannyPlugins {
  readonly #plugins: PluginSet<PluginNanny, never>

  constructor({
    name,
    environment,
    pid,
    logTail,
  }: Pick<PluginNanny, 'name' | 'environment' | 'logTail'> & { pid(): number | undefined }) {
    const host: PluginNanny = {
      name,
      environment,
      get pid() {
        return pid()
      },
      logTail,
    }
    this.#plugins = new PluginSet({ host, place: `the nanny of ${name}` })
  }

  /** See `PluginSet.sync`; gives whether the worker is to be started again. */
  async sync(payloads: readonly PluginPayload[]): Promise<boolean> {
    const added = await this.#plugins.sync(payloads)
    return added.some((plugin) => (plugin as NannyPlugin).restart === true)
  }

  /** Takes modules that were loaded first. */
  async adopt(modules: ReadonlyMap<string, object>): Promise<void> {
    for (const [name, module] of modules) await this.#plugins.adopt(name, module)
  }

  close(): Promise<void> {
    return this.#plugins.close()
  }
}
