import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ArgumentError } from '../../base/index.js'
import type { ClusterDump } from '../../client/index.js'
import { EventKind, EventLog, type HeddleEvent } from '../../events/index.js'
import { type Accounts, AccountingFold } from '../../model/index.js'
import { type Digest, Digester, type LogLine, type WorkerFacts, type WorkerSample } from '../../model/index.js'
import type { DashboardSource } from './source.js'

/** Seconds of events in one digest. */
const INTERVAL = 0.25

/** What a dump of a cluster says, told again: at once, or so many times as fast as it happened. */
export class ReplaySource implements DashboardSource {
  readonly id = randomUUID()
  readonly title: string
  readonly wallOffset = 0
  readonly #dump: ClusterDump
  readonly #speed: number
  readonly #pages = new Set<AbortController>()

  /** `speed`: Infinity tells everything at once. */
  constructor(dump: ClusterDump, speed: number) {
    this.#dump = dump
    this.#speed = speed
    const address = dump.scheduler.address
    this.title = `replay of ${typeof address === 'string' ? address : 'a cluster'}`
  }

  follow(emit: (digest: Digest) => void): () => void {
    const page = new AbortController()
    this.#pages.add(page)
    void this.#tell(emit, page.signal)
    return () => {
      page.abort()
      this.#pages.delete(page)
    }
  }

  close(): void {
    for (const page of this.#pages) page.abort()
  }

  ask(question: string, args: unknown): Promise<unknown> {
    switch (question) {
      case 'accounts':
        return Promise.resolve(this.accounts())
      case 'graph':
        return Promise.resolve({ groups: this.#dump.groups.map(({ label }) => label), groupEdges: [], stride: 1, total: 0 })
      case 'task':
        return Promise.resolve(this.#task(args as { graph: number; task: number }))
      case 'shuffles':
        return Promise.resolve({ shuffles: [], workers: [] })
      case 'printed':
        // The feed has it.
        return Promise.resolve({ lines: [], seen: {}, turn: 0 })
      default:
        return Promise.reject(new ArgumentError(`a replay does not answer ${question}`))
    }
  }

  /** What everything cost, as far as the dump has it. */
  accounts(): Accounts {
    const fold = new AccountingFold()
    const log = new EventLog()
    log.listen(fold.listener)
    for (const event of this.#dump.events) recordAgain(log, event)
    log.flush()
    return fold.accounts()
  }

  async #tell(emit: (digest: Digest) => void, signal: AbortSignal): Promise<void> {
    const { events } = this.#dump
    const digester = new Digester({ interval: INTERVAL, emit })
    const log = new EventLog()
    log.listen(digester.listener)
    const first = events[0]?.time ?? 0
    const last = events.at(-1)?.time ?? first
    // Workers that joined before the oldest event are known by what the dump says of them.
    digester.say({ workers: this.#facts(), lines: this.#lines(first) })
    const began = performance.now()
    let at = 0
    while (at < events.length && !signal.aborted) {
      const until = this.#speed === Infinity ? Infinity : first + ((performance.now() - began) / 1000) * this.#speed
      while (at < events.length && events[at]!.time <= until) recordAgain(log, events[at++]!)
      log.flush()
      digester.flush(Math.min(until, last))
      if (at < events.length) await delay(INTERVAL * 1000, undefined, { signal, ref: false }).catch(() => undefined)
    }
    if (signal.aborted) return
    digester.say({ samples: this.#samples() })
    digester.flush(last)
  }

  #facts(): WorkerFacts[] {
    return this.#dump.workers.map((worker, i) => ({
      worker: indexOf(worker, i),
      name: worker.name,
      host: worker.host,
      threads: worker.threads,
      address: worker.address,
      pid: worker.pid,
      localDirectory: worker.localDirectory,
      ...(worker.memoryLimit === undefined ? {} : { memoryLimit: worker.memoryLimit }),
    }))
  }

  #samples(): WorkerSample[] {
    return this.#dump.workers.flatMap((worker, i) => {
      const { metrics } = worker
      return metrics ? [{ worker: indexOf(worker, i), tasks: metrics.executing, silent: 0, ...metrics }] : []
    })
  }

  /** What was printed and logged, in the order of time. */
  #lines(first: number): LogLine[] {
    const { output, logs } = this.#dump
    const lines = [
      ...output.map(({ worker, time, stream, text }): LogLine => {
        return { time: time / 1000, level: stream === 'stderr' ? 'warning' : 'info', from: worker, text }
      }),
      ...logs.map(({ topic, time, value }): LogLine => {
        return { time: time / 1000, level: 'info', from: `topic ${topic}`, text: JSON.stringify(value) }
      }),
    ]
    if (this.#dump.events[0]?.kind !== 'graphSubmitted' && this.#dump.events.some(({ kind }) => kind === 'taskReady')) {
      const text = 'what happened before the oldest event that the scheduler remembered is not shown (scheduler.historyLength)'
      lines.push({ time: first, level: 'info', from: 'replay', text })
    }
    return lines.sort((a, b) => a.time - b.time)
  }

  #task({ graph, task }: { readonly graph: number; readonly task: number }): object {
    const known = this.#dump.tasks.find((one) => one.graph === graph && one.task === task)
    const story = this.#dump.events.filter((event) => event.graph === graph && event.task === task)
    const key = known?.key ?? `task ${task} of graph ${graph}`
    const state = known?.state ?? story.at(-1)?.kind ?? 'forgotten'
    return { key, label: key.replace(/-[^-]*$/, ''), state, inputs: [], moreInputs: known?.inputs ?? 0, story }
  }
}

/** The scheduler's number of a worker, which dumps have beside what is known of it. */
function indexOf(worker: object, otherwise: number): number {
  return 'index' in worker && typeof worker.index === 'number' ? worker.index : otherwise
}

function recordAgain(log: EventLog, { kind, time, graph, task, layer, worker, value, detail }: HeddleEvent): void {
  const number = EventKind[kind] as number | undefined
  // A newer version may tell of more.
  if (number === undefined) return
  // JSON has no NaN.
  const amount = (value as number | null) ?? Number.NaN
  if (detail) log.recordDetail(number, time, graph, worker, amount, detail, task, layer)
  else log.record(number, time, graph, task, layer, worker, amount)
}
