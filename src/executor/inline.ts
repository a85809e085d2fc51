import { types } from 'node:util'
import { ArgumentError, describe, makeFolder, runAsTask, systemClock } from '../base/index.js'
import { config } from '../config/index.js'
import { EventKind, EventLog } from '../events/index.js'
import { type Graph, type TaskContext, checkWanted, order, runsOf, spansOf } from '../graph/index.js'
import { taskError } from './errors.js'
import type { Executor, RunOptions } from './executor.js'
import { HeldValue, type Holder } from './held-value.js'
import { announceRun } from './observers.js'
import { OpenShuffles } from './open-shuffles.js'
import { loadCode } from '../transfer/index.js'
import { MAIN_CALL, answerMainCall, removeScratch, scratchFolder } from '../lanes/index.js'

/**
 * Runs graphs in this thread, one task after the other, in the order a scheduler would take: for debugging. Breakpoints
 * work, stacks are the user's own, and values are passed as they are, frozen all the way down (the setting
 * `inline.freeze`), so that a task that changes its input is found here and not on a cluster.
 */
export class InlineExecutor implements Executor {
  readonly name = 'inline'
  readonly concurrency = 1
  readonly isolated = false
  readonly log = new EventLog()
  readonly #values = new Map<number, Map<number, Promise<unknown>>>()
  readonly #shuffles = new OpenShuffles('inline')
  #graphs = 0
  readonly #holder: Holder = {
    executor: this,
    value: (graph, task) => this.#values.get(graph)?.get(task) ?? Promise.reject(new ArgumentError('the value was released')),
    release: (graph, task) => {
      const values = this.#values.get(graph)
      values?.delete(task)
      if (values?.size === 0) this.#values.delete(graph)
    },
  }

  async run(graph: Graph, wanted: Int32Array, options: RunOptions = {}): Promise<unknown[]> {
    options.signal?.throwIfAborted()
    const ended = announceRun(graph, this)
    try {
      const values = await this.#evaluate(graph, wanted, ++this.#graphs, options)
      ended()
      return Array.from(wanted, (task) => values.get(task))
    } catch (error) {
      ended(error)
      throw error
    }
  }

  persist(graph: Graph, wanted: Int32Array, options: RunOptions = {}): HeldValue[] {
    const id = ++this.#graphs
    const ended = announceRun(graph, this)
    const all = this.#evaluate(graph, wanted, id, options)
    all.then(() => ended(), ended)
    const values = new Map<number, Promise<unknown>>()
    this.#values.set(id, values)
    const handles = new Map<number, HeldValue>()
    for (const task of wanted) {
      if (handles.has(task)) continue
      const value = all.then((results) => results.get(task))
      // Whoever asks for the value gets the error; nobody asking is no unhandled rejection.
      value.catch(() => undefined)
      values.set(task, value)
      handles.set(task, new HeldValue(this.#holder, id, task, graph.layer(task).name, graph.indexOf[task]!))
    }
    return Array.from(wanted, (task) => handles.get(task)!)
  }

  async close(): Promise<void> {
    this.#values.clear()
    await this.#shuffles.close()
  }

  async #evaluate(graph: Graph, wanted: Int32Array, id: number, { signal }: RunOptions): Promise<Map<number, unknown>> {
    checkWanted(graph, wanted)
    for (const layer of graph.layers) for (const run of runsOf(layer)) await loadCode(run)
    const freeze = config.get('inline.freeze')
    const ranks = order(graph, wanted)
    const sequence = new Int32Array(graph.size)
    for (let t = 0; t < graph.size; t++) sequence[ranks[t]!] = t
    const dependents = graph.dependents.start
    const uses = Int32Array.from({ length: graph.size }, (_, t) => dependents[t + 1]! - dependents[t]!)
    for (const t of wanted) uses[t]!++
    const values = new Map<number, unknown>()
    let scratch: string | undefined
    const makeScratch = (): string => {
      scratch ??= scratchFolder(`inline-${id}`)
      makeFolder(scratch, 0o700)
      return scratch
    }
    const now = (): number => systemClock.now()
    const record = (kind: number, t: number, value: number): void =>
      this.log.record(kind, now(), id, t, graph.layerOf[t]!, 0, value)
    const sizes = graph.layers.map(() => 0)
    for (const l of graph.layerOf) sizes[l]!++
    this.log.recordDetail(EventKind.graphSubmitted, now(), id, -1, graph.size, {
      labels: graph.layers.map((l) => l.label),
      sizes,
      ...spansOf(graph.layers),
    })
    // A task may wait for something that does not keep the process alive; a computation that is pending does.
    const alive = setInterval(() => undefined, 2 ** 30)
    try {
      for (const t of sequence) {
        signal?.throwIfAborted()
        const started = now()
        record(EventKind.taskSent, t, 0)
        let value: unknown
        try {
          value = await abortable(this.#evaluateTask(id, graph, t, values, makeScratch), signal)
        } catch (error) {
          signal?.throwIfAborted()
          record(EventKind.taskErred, t, 0)
          throw taskError(graph, t, error, 'the main thread')
        }
        if (freeze) deepFreeze(value)
        values.set(t, value)
        this.#shuffles.known?.done(id, t)
        record(EventKind.taskFinished, t, now() - started)
        record(EventKind.taskStored, t, 0)
        for (const d of graph.dependenciesOf(t)) if (--uses[d]! === 0) values.delete(d)
        this.log.flush()
      }
      return values
    } finally {
      clearInterval(alive)
      this.log.record(EventKind.graphForgotten, now(), id, -1, -1, -1, 0)
      this.log.flush()
      this.#shuffles.known?.forget(id)
      if (scratch) removeScratch(scratch)
    }
  }

  async #evaluateTask(
    id: number,
    graph: Graph,
    t: number,
    values: Map<number, unknown>,
    makeScratch: () => string,
  ): Promise<unknown> {
    const layer = graph.layer(t)
    const own = graph.own(t)
    if (layer.run === undefined) {
      if (!(own instanceof HeldValue)) throw new ArgumentError(`task ${graph.keyOf(t)} runs nothing and holds ${describe(own)}`)
      return own.value()
    }
    const inputs = Array.from(graph.dependenciesOf(t), (d) => values.get(d))
    // Captured values were found where the function was made; here the function still sees the variables themselves.
    if (layer.captures) inputs.length -= layer.captures
    const ask = async (name: string, args: unknown): Promise<unknown> => {
      if (name === MAIN_CALL) return answerMainCall(args)
      const shuffles = await this.#shuffles.get()
      if (shuffles.knows(name)) return shuffles.answer(name, args, id, t, graph)
      throw new ArgumentError(`${graph.keyOf(t)} asks for ${name}, which there is only on a cluster`)
    }
    const context: TaskContext = { key: graph.keyOf(t), index: graph.indexOf[t]!, scratch: makeScratch, ask }
    const task = { key: context.key, label: layer.label, annotations: layer.annotations }
    const retries = layer.annotations?.retries ?? 0
    for (let attempt = 0; ; attempt++) {
      try {
        return await runAsTask(task, layer.run, inputs, own as never, layer.shared as never, context)
      } catch (error) {
        if (attempt >= retries) throw error
      }
    }
  }
}

/** The promise, or the rejection of the signal if that comes first. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  let aborted!: () => void
  const abortion = new Promise<never>((_, reject) => {
    aborted = () => reject(signal.reason as Error)
    signal.addEventListener('abort', aborted, { once: true })
  })
  try {
    return await Promise.race([promise, abortion])
  } finally {
    signal.removeEventListener('abort', aborted)
  }
}

/** Freezes a value and what it holds. Typed arrays cannot be frozen; maps and sets are, but for their entries. */
function deepFreeze(root: unknown): void {
  const list = [root]
  while (list.length > 0) {
    const value = list.pop()
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) continue
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value) || types.isProxy(value)) continue
    Object.freeze(value)
    if (types.isMap(value)) for (const [k, v] of value) list.push(k, v)
    else if (types.isSet(value)) for (const v of value) list.push(v)
    else
      for (const key of Reflect.ownKeys(value)) {
        const property = Object.getOwnPropertyDescriptor(value, key)
        if (property && 'value' in property) list.push(property.value)
      }
  }
}
