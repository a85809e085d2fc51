import { ArgumentError, describe } from '../base/index.js'
import { NannyPlugin, PluginError, type PluginKind, SchedulerPlugin, WorkerPlugin } from '../plugins/index.js'
import { RemoteError } from '../protocol/index.js'
import { encode } from '../transfer/index.js'

/** How a plugin is registered. */
export interface PluginOptions {
  /** what it is unregistered by; one of the same name is replaced. The plugin's own name, or that of its class, unless told */
  readonly name?: string
  /** what it is a plugin of, when it is not an instance of `SchedulerPlugin`, `WorkerPlugin` or `NannyPlugin` */
  readonly on?: PluginKind
}

/** What plugins need of their client. */
interface Asking {
  ask(name: string, args?: unknown): Promise<unknown>
}

/** Gives the name that it is registered by. */
export async function registerPlugin(
  to: Asking,
  plugin: SchedulerPlugin | WorkerPlugin | NannyPlugin,
  { name: given, on }: PluginOptions,
): Promise<string> {
  const kind = on ?? kindOf(plugin)
  const name = given ?? plugin.name ?? className(plugin)
  if (typeof name !== 'string' || name === '')
    throw new ArgumentError('registerPlugin: the plugin has no name: give it one ({ name })')
  const bytes = encode(plugin, { subject: `the plugin ${name}` })
  await told(to.ask('registerPlugin', { kind, name, bytes }))
  return name
}

export async function unregisterPlugin(to: Asking, name: string): Promise<void> {
  await told(to.ask('unregisterPlugin', { name }))
}

function kindOf(plugin: unknown): PluginKind {
  if (plugin instanceof WorkerPlugin) return 'worker'
  if (plugin instanceof SchedulerPlugin) return 'scheduler'
  if (plugin instanceof NannyPlugin) return 'nanny'
  throw new ArgumentError(
    `registerPlugin: what is ${describe(plugin)} a plugin of? Say so ({ on: 'worker' }), or extend WorkerPlugin, SchedulerPlugin or NannyPlugin`,
  )
}

/** The name of its class; undefined for a plain object. */
function className(plugin: object): string | undefined {
  const { constructor } = Object.getPrototypeOf(plugin) as { constructor?: { name?: string } }
  return constructor === Object ? undefined : constructor?.name
}

/** What a plugin threw is an error of its own kind. */
async function told(answer: Promise<unknown>): Promise<void> {
  try {
    await answer
  } catch (error) {
    if (!(error instanceof RemoteError && error.name === 'PluginError')) throw error
    // Its stack is that of the plugin.
    throw new PluginError(error.message, { cause: error.cause })
  }
}
