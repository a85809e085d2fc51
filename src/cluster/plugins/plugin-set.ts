import { asError } from '../../base/index.js'
import { type AnyPlugin, PluginError, type PluginPayload } from '../../plugins/index.js'
import { decode, prepare } from '../../transfer/index.js'

interface Member<Host, Event> {
  readonly name: string
  /** undefined: a module that was loaded before anything else, which stays */
  readonly id: number | undefined
  readonly plugin: AnyPlugin<Host, Event>
}

export interface PluginSetOptions<Host, Event> {
  readonly host: Host
  /** where that is, for messages: 'the worker w0' */
  readonly place: string
  /** What is done beside `setup`, for a plugin that has come. */
  readonly alsoSetUp?: (payload: PluginPayload, plugin: AnyPlugin<Host, Event>) => Promise<void>
  /** Those that want to hear of events are others now. */
  readonly changed?: () => void
}

/** The plugins of one process: sets them up, tells them what happens, and takes them down, one after the other. */
export class PluginSet<Host, Event> {
  readonly #options: PluginSetOptions<Host, Event>
  #members: Member<Host, Event>[] = []
  /** those of them that want to hear of events */
  #listeners: Member<Host, Event>[] = []
  #queue: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: PluginSetOptions<Host, Event>) {
    this.#options = options
  }

  /** Whether somebody wants to hear of events. */
  get isListening(): boolean {
    return this.#listeners.length > 0
  }

  has(name: string): boolean {
    return this.#members.some((member) => member.name === name)
  }

  /**
   * Sees to it that there are these plugins and no others, but for modules: takes down those that are not named, the last
   * one first, and sets up those that are new. Gives those that are new.
   *
   * @throws PluginError the first of what went wrong; all others are as they should be
   */
  sync(payloads: readonly PluginPayload[]): Promise<AnyPlugin<Host, Event>[]> {
    return this.#after(async () => {
      const errors: Error[] = []
      const wanted = new Set(payloads.map(({ id }) => id))
      for (const member of this.#members.toReversed())
        if (member.id !== undefined && !wanted.has(member.id)) await this.#takeDown(member).catch((e: Error) => errors.push(e))
      const known = new Set(this.#members.map(({ id }) => id))
      const added: AnyPlugin<Host, Event>[] = []
      for (const payload of payloads) {
        if (known.has(payload.id) || this.#closed) continue
        await this.#add(payload).then(
          (plugin) => added.push(plugin),
          (e: Error) => errors.push(e),
        )
      }
      if (errors.length > 0) throw errors[0]
      return added
    })
  }

  /** Takes a module that exports what a plugin has; one that does not has done its work by being loaded. */
  adopt(name: string, module: AnyPlugin<Host, Event>): Promise<void> {
    return this.#after(() => this.#setUp({ name, id: undefined, plugin: module }))
  }

  /** Tells those who want to hear of it. One that throws is not told any more. */
  tell(event: Event): void {
    for (const member of this.#listeners) {
      try {
        member.plugin.transition!(event)
      } catch (thrown) {
        this.#listeners = this.#listeners.filter((other) => other !== member)
        this.#options.changed?.()
        console.error(this.#error(member.name, 'is told of no further transitions, since it threw at one', thrown))
      }
    }
  }

  /**
   * Takes all of them down, the last one first, whatever is under way: it waits for no plugin that takes long to set up.
   * What goes wrong is written to the log: nobody waits for it.
   */
  async close(): Promise<void> {
    this.#closed = true
    for (const member of this.#members.toReversed()) {
      await this.#takeDown(member).catch((error: unknown) => console.error(error))
    }
  }

  async #add(payload: PluginPayload): Promise<AnyPlugin<Host, Event>> {
    const { name, id, bytes } = payload
    let plugin: AnyPlugin<Host, Event>
    try {
      await prepare(bytes)
      plugin = decode(bytes) as AnyPlugin<Host, Event>
    } catch (thrown) {
      throw this.#error(name, 'could not be read', thrown)
    }
    await this.#setUp({ name, id, plugin }, payload)
    return plugin
  }

  async #setUp(member: Member<Host, Event>, payload?: PluginPayload): Promise<void> {
    const { host, alsoSetUp } = this.#options
    try {
      await member.plugin.setup?.(host)
      if (payload) await alsoSetUp?.(payload, member.plugin)
    } catch (thrown) {
      throw this.#error(member.name, 'could not be set up', thrown)
    }
    this.#members.push(member)
    this.#listen()
    if (this.#closed) await this.#takeDown(member)
  }

  async #takeDown(member: Member<Host, Event>): Promise<void> {
    this.#members = this.#members.filter((other) => other !== member)
    this.#listen()
    try {
      await member.plugin.teardown?.(this.#options.host)
    } catch (thrown) {
      throw this.#error(member.name, 'could not be taken down', thrown)
    }
  }

  #listen(): void {
    this.#listeners = this.#members.filter(({ plugin }) => typeof plugin.transition === 'function')
    this.#options.changed?.()
  }

  /** An error whose stack is that of what the plugin threw. */
  #error(name: string, what: string, thrown: unknown): PluginError {
    const cause = asError(thrown)
    const error = new PluginError(`the plugin ${name} ${what} on ${this.#options.place}: ${cause.name}: ${cause.message}`, {
      cause,
    })
    const frames = cause.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
    error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n')
    return error
  }

  #after<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(action)
    // Whoever asked hears of it.
    this.#queue = done.catch(() => undefined)
    return done
  }
}
