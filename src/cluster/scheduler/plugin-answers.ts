import { ArgumentError } from '../../base/index.js'
import { EventKind, type EventLog, type WorkerDetail } from '../../events/index.js'
import {
  PluginError,
  type PluginKind,
  type PluginPayload,
  type PluginScheduler,
  type SchedulerTransition,
} from '../../plugins/index.js'
import { type Answers, type ControlChannel, RemoteError } from '../../protocol/index.js'
import type { WorkerPlugins } from '../plugins/worker-plugins.js'
import { PluginSet } from '../plugins/plugin-set.js'
import type { ClusterState } from './state.js'

/** A plugin, as clients send it. */
interface Registration {
  readonly kind: PluginKind
  readonly name: string
  readonly bytes: Uint8Array
}

/** The plugins that clients have registered: those of the scheduler run here, the others on the workers that have asked. */
export class ClusterPlugins {
  readonly own: PluginSet<PluginScheduler, SchedulerTransition>
  readonly #state: ClusterState
  readonly #registered = new Map<string, PluginPayload & { readonly kind: PluginKind }>()
  /** the workers that know what is registered, and are told of what changes, with their names */
  readonly #workers = new Map<ControlChannel, string>()
  /** by number of the worker */
  readonly #names = new Map<number, string>()
  #stopListening: (() => void) | undefined
  #lastId = 0
  #queue: Promise<unknown> = Promise.resolve()

  constructor(state: ClusterState, addresses: () => readonly string[]) {
    this.#state = state
    this.own = new PluginSet({
      place: 'the scheduler',
      host: schedulerOf(state, addresses),
      changed: () => this.#listen(),
    })
  }

  readonly answers: Answers = {
    registerPlugin: (registration: Registration) => this.#after(() => this.#register(registration)),
    unregisterPlugin: ({ name }: { name: string }) => this.#after(() => this.#unregister(name)),
    listPlugins: () => Array.from(this.#registered.values(), ({ name, kind }) => ({ name, kind })),
  }

  /** A worker is joining: gives what it must have, and tells it of what comes. */
  join(control: ControlChannel, name: string): WorkerPlugins {
    this.#workers.set(control, name)
    return this.#forWorkers()
  }

  leave(control: ControlChannel): void {
    this.#workers.delete(control)
  }

  close(): Promise<void> {
    return this.own.close()
  }

  async #register({ kind, name, bytes }: Registration): Promise<void> {
    this.#registered.delete(name)
    this.#registered.set(name, { kind, name, bytes, id: ++this.#lastId })
    try {
      await this.#spread()
    } catch (error) {
      // All or nothing: workers that have it let it go again.
      this.#registered.delete(name)
      await this.#spread().catch((thrown: unknown) => console.error(thrown))
      throw error
    }
  }

  async #unregister(name: string): Promise<void> {
    if (!this.#registered.delete(name)) {
      const names = [...this.#registered.keys()].join(', ')
      throw new ArgumentError(`there is no plugin ${name}; there ${names ? `are ${names}` : 'is none'}`)
    }
    await this.#spread()
  }

  /** Sees to it that everybody has what is registered. */
  async #spread(): Promise<void> {
    await this.own.sync(this.#of('scheduler'))
    const workers = [...this.#workers]
    const plugins = this.#forWorkers()
    const outcomes = await Promise.allSettled(workers.map(([control]) => control.ask('plugins', plugins)))
    // Who has left meanwhile needs it no more.
    const failed = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' && outcome.reason instanceof RemoteError
        ? [{ name: workers[i]![1], error: outcome.reason }]
        : [],
    )
    const [first] = failed
    if (!first) return
    const others =
      failed.length === 1
        ? ''
        : ` (and so on ${failed.length - 1} more: ${failed
            .slice(1, 10)
            .map(({ name }) => name)
            .join(', ')})`
    const error = new PluginError(`${first.error.message}${others}`, { cause: first.error })
    const { cause } = first.error
    if (cause instanceof Error && cause.stack !== undefined) error.stack = cause.stack.replace(first.error.message, error.message)
    throw error
  }

  #forWorkers(): WorkerPlugins {
    return { worker: this.#of('worker'), nanny: this.#of('nanny') }
  }

  #of(kind: PluginKind): PluginPayload[] {
    const own = [...this.#registered.values()].filter((one) => one.kind === kind)
    return own.map(({ name, id, bytes }) => ({ name, id, bytes }))
  }

  /** Hears of events while a plugin wants to. */
  #listen(): void {
    if (!this.own.isListening) {
      this.#stopListening?.()
      this.#stopListening = undefined
      return
    }
    if (this.#stopListening) return
    this.#names.clear()
    for (const { index, info } of this.#state.workers.values()) this.#names.set(index, info.name)
    this.#stopListening = this.#state.log.listen((log, from, to) => {
      for (let n = from; n < to; n++) this.own.tell(this.#describe(log, n))
    })
  }

  #describe(log: EventLog, n: number): SchedulerTransition {
    const event = log.at(n)
    const i = n & log.mask
    if (log.kind[i] === EventKind.workerJoined) this.#names.set(event.worker, (event.detail as WorkerDetail).name)
    const held = event.task < 0 ? undefined : this.#state.graphs.get(event.graph)
    const place = held?.placeOf(event.task)
    const workerName = event.worker < 0 ? undefined : this.#names.get(event.worker)
    return {
      ...event,
      ...(held && place !== undefined ? { key: held.graph.keyOf(place), label: held.graph.layer(place).label } : {}),
      ...(workerName === undefined ? {} : { workerName }),
    }
  }

  #after<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(action)
    // Whoever asked hears of it.
    this.#queue = done.catch(() => undefined)
    return done
  }
}

function schedulerOf(state: ClusterState, addresses: () => readonly string[]): PluginScheduler {
  return {
    id: state.id,
    get addresses() {
      return addresses()
    },
    workers: () =>
      new Map(
        Array.from(state.workers.values(), ({ info: { name, address, host, threads, resources } }) => [
          name,
          { address, host, threads, resources },
        ]),
      ),
    clients: () => Array.from(state.clients.values(), ({ name }) => name),
  }
}
