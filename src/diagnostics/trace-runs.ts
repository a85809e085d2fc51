import type { Context, Span, Tracer } from '@opentelemetry/api'
import { asError } from '../base/index.js'
import { EventKind, type EventLog } from '../events/index.js'
import { type CallEnd, type CallStart, type RunStart, observeCalls, observeRuns } from '../executor/index.js'
import { followRun } from './run-events.js'
import { tracingApi } from './tracing-api.js'

export interface TraceOptions {
  /** whether each task is a span as well; else only computations and groups of tasks. False unless told */
  readonly tasks?: boolean
}

/** Tasks of one computation that become spans, at most. */
const MOST_TASKS = 10_000

/** What is known of a group of tasks of a run. Times are in milliseconds since 1970. */
interface Group {
  readonly label: string
  readonly spans: readonly string[]
  began: number
  ended: number
  done: number
  failed: number
  seconds: number
  bytes: number
}

/** See `traceRuns`. */
export function startTracing({ tasks = false }: TraceOptions): () => void {
  const { trace } = tracingApi()
  const tracer = trace.getTracer('heddle')
  const stopRuns = observeRuns((run) => new TracedRun(tracer, run, tasks).end)
  const stopCalls = observeCalls((call) => traceCall(tracer, call))
  return () => {
    stopRuns()
    stopCalls()
  }
}

/** A single call of a client: a span from when it is made until its result is there, or it has failed. */
function traceCall(tracer: Tracer, { label, executor }: CallStart): CallEnd {
  const { SpanStatusCode } = tracingApi()
  const span = tracer.startSpan(label, { attributes: { 'heddle.executor': executor.name } })
  return (key, error) => {
    if (key !== '') span.setAttribute('heddle.key', key)
    if (error !== undefined) {
      const reason = asError(error)
      span.recordException(reason)
      span.setStatus({ code: SpanStatusCode.ERROR, message: reason.message })
    }
    span.end()
  }
}

/** One computation: a span around it, and below that one for each span of the program and each group of tasks. */
class TracedRun {
  readonly #tracer: Tracer
  readonly #run: RunStart
  readonly #span: Span
  readonly #context: Context
  readonly #tasks: boolean
  readonly #groups = new Map<number, Group>()
  readonly #unfollow: () => void
  readonly #single: {
    readonly task: number
    readonly layer: number
    readonly end: number
    readonly seconds: number
    readonly error: boolean
  }[] = []

  constructor(tracer: Tracer, run: RunStart, tasks: boolean) {
    const { context, trace } = tracingApi()
    this.#tracer = tracer
    this.#run = run
    this.#tasks = tasks
    const { graph, executor } = run
    this.#span = tracer.startSpan('heddle compute', {
      attributes: { 'heddle.executor': executor.name, 'heddle.tasks': graph.size, 'heddle.threads': executor.concurrency },
    })
    this.#context = trace.setSpan(context.active(), this.#span)
    this.#unfollow = followRun(run, (log, n) => this.#take(log, n))
  }

  readonly end = (error?: unknown): void => {
    this.#unfollow()
    const { SpanStatusCode } = tracingApi()
    if (error !== undefined) {
      const reason = asError(error)
      this.#span.recordException(reason)
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: reason.message })
    }
    const ended = Date.now()
    const contexts = new Map<Group, Context>()
    this.#tellSpans(contexts, ended)
    for (const { task, layer, end, seconds, error: failed } of this.#single) {
      const group = this.#groups.get(layer)!
      const attributes = { 'heddle.key': this.#run.graph.keyOf(task) }
      const span = this.#tracer.startSpan(group.label, { startTime: end - seconds * 1000, attributes }, contexts.get(group))
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(end)
    }
    this.#span.end(ended)
  }

  #take(log: EventLog, n: number): void {
    const i = n & log.mask
    const layer = log.layer[i]!
    const kind = log.kind[i]
    if (layer < 0) return
    if (kind !== EventKind.taskFinished && kind !== EventKind.taskErred && kind !== EventKind.taskStored) return
    const group = this.#groupOf(layer)
    if (kind === EventKind.taskStored) {
      group.bytes += log.value[i]!
      return
    }
    const failed = kind === EventKind.taskErred
    const end = log.time[i]! * 1000
    const seconds = failed ? 0 : log.value[i]!
    group.began = Math.min(group.began, end - seconds * 1000)
    group.ended = Math.max(group.ended, end)
    group.seconds += seconds
    if (failed) group.failed++
    else group.done++
    if (this.#tasks && this.#single.length < MOST_TASKS)
      this.#single.push({ task: log.task[i]!, layer, end, seconds, error: failed })
  }

  #groupOf(layer: number): Group {
    let group = this.#groups.get(layer)
    if (!group) {
      const { label, annotations } = this.#run.graph.layers[layer]!
      const spans = annotations?.span ?? []
      group = { label, spans, began: Infinity, ended: -Infinity, done: 0, failed: 0, seconds: 0, bytes: 0 }
      this.#groups.set(layer, group)
    }
    return group
  }

  /** A span for each span of the program, as long as what is in it, and one for each group below its own. */
  #tellSpans(contexts: Map<Group, Context>, ended: number): void {
    const { SpanStatusCode, trace } = tracingApi()
    const open = new Map<string, { readonly span: Span; readonly context: Context; end: number }>()
    const groups = [...this.#groups.values()].filter(({ began }) => began < Infinity)
    for (const group of groups) {
      let context = this.#context
      group.spans.forEach((name, depth) => {
        const path = group.spans.slice(0, depth + 1).join('\r')
        const inside = groups.filter(({ spans }) => spans.slice(0, depth + 1).join('\r') === path)
        let outer = open.get(path)
        if (!outer) {
          const startTime = Math.min(...inside.map(({ began }) => began))
          const span = this.#tracer.startSpan(name, { startTime }, context)
          outer = { span, context: trace.setSpan(context, span), end: Math.max(...inside.map(({ ended: end }) => end)) }
          open.set(path, outer)
        }
        context = outer.context
      })
      const { label, began, done, failed, seconds, bytes } = group
      const attributes = {
        'heddle.tasks.done': done,
        'heddle.tasks.failed': failed,
        'heddle.seconds': seconds,
        'heddle.bytes': bytes,
      }
      const span = this.#tracer.startSpan(label, { startTime: began, attributes }, context)
      if (failed > 0) span.setStatus({ code: SpanStatusCode.ERROR, message: `${failed} tasks failed` })
      contexts.set(group, trace.setSpan(context, span))
      span.end(Math.min(group.ended, ended))
    }
    for (const { span, end } of open.values()) span.end(Math.min(end, ended))
  }
}
