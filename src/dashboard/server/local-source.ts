import { randomUUID } from 'node:crypto'
import { ArgumentError, asError, systemClock } from '../../base/index.js'
import { EventKind } from '../../events/index.js'
import { type Accounts, mergeAccounts } from '../../model/index.js'
import type { Executor, RunStart } from '../../executor/index.js'
import type { Digest, Digester, WorkerSample } from '../../model/index.js'
import { workersOf } from './client-workers.js'
import { pictureOf } from './graph-picture.js'
import { FollowedExecutor } from './followed-executor.js'
import type { DashboardSource } from './source.js'

/** Seconds of events in one digest. */
const INTERVAL = 0.25
/** Digests between two looks at how this process does. */
const LOOKS = 4

/** What executors of this process do: threads, processes, inline, and clients as far as their own graphs go. */
export class LocalSource implements DashboardSource {
  readonly id = randomUUID()
  readonly title: string
  readonly wallOffset = Date.now() / 1000 - systemClock.now()
  readonly #executors = new Map<Executor, FollowedExecutor>()
  readonly #pages = new Set<{ readonly emit: (digest: Digest) => void; readonly digesters: Map<FollowedExecutor, Digester> }>()
  #timer: NodeJS.Timeout | undefined
  #looks = 0
  #cpu = process.cpuUsage()
  #looked = performance.now()

  constructor(title: string) {
    this.title = title
  }

  /** A run begins; a `RunObserver`. */
  readonly observe = (run: RunStart): ((error?: unknown) => void) => {
    const followed = this.#followed(run.executor)
    followed.begins(run)
    return (error) => {
      if (error === undefined) return
      const text = `a run failed: ${asError(error).message}`
      followed.say({ lines: [{ time: systemClock.now(), level: 'error', from: run.executor.name, text }] })
    }
  }

  follow(emit: (digest: Digest) => void): () => void {
    return this.record(emit, { past: true, interval: INTERVAL })
  }

  /** As `follow`, without the past if it is not wanted. */
  record(emit: (digest: Digest) => void, { past, interval }: { readonly past: boolean; readonly interval: number }): () => void {
    const page = { emit, digesters: new Map<FollowedExecutor, Digester>() }
    this.#pages.add(page)
    for (const followed of this.#executors.values()) page.digesters.set(followed, followed.follow(emit, interval, past))
    this.#timer ??= setInterval(() => this.#tick(), INTERVAL * 1000).unref()
    void this.look()
    return () => {
      this.#flush()
      this.#pages.delete(page)
      for (const [followed, digester] of page.digesters) followed.unfollow(digester)
      if (this.#pages.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  close(): void {
    for (const followed of this.#executors.values()) followed.stop()
    this.#executors.clear()
    clearInterval(this.#timer)
  }

  async ask(question: string, args: unknown): Promise<unknown> {
    switch (question) {
      case 'graph':
        return pictureOf([...this.#executors.values()])
      case 'accounts':
        return this.#accounts()
      case 'task': {
        const { source, graph, task } = args as { source: number; graph: number; task: number }
        const followed = [...this.#executors.values()].find((one) => one.source === source)
        const known = followed?.graphs.get(graph)
        const story = followed?.executor.log.story(graph, task) ?? []
        return {
          key: known ? known.keyOf(task) : `task ${task} of graph ${graph}`,
          label: known?.layer(task).label ?? '',
          state: story.at(-1)?.kind ?? 'forgotten',
          inputs: known ? Array.from(known.dependenciesOf(task)).map((d) => known.keyOf(d)) : [],
          moreInputs: 0,
          story,
        }
      }
      case 'profile': {
        const { seconds = 1, what } = (args ?? {}) as { seconds?: number; what?: string }
        if (what !== 'scheduler')
          throw new ArgumentError(
            'The threads of a cluster’s workers can be profiled here; in this program, only its main thread.',
          )
        const { profileHere } = await import('../../cluster/index.js')
        return { parts: [{ worker: 'main thread', threads: 1, tree: await profileHere(1000, Math.min(60, seconds) * 1000) }] }
      }
      case 'shuffles':
        return { shuffles: [], workers: [] }
      case 'printed':
        // It is in the terminal of whoever looks.
        return { lines: [], seen: {}, turn: 0 }
      default:
        throw new ArgumentError(`this program does not answer ${question}`)
    }
  }

  #followed(executor: Executor): FollowedExecutor {
    // All faces of one client have one log.
    for (const known of this.#executors.values()) if (known.executor.log === executor.log) return known
    const followed = new FollowedExecutor(executor, this.#executors.size)
    this.#executors.set(executor, followed)
    for (const page of this.#pages) page.digesters.set(followed, followed.follow(page.emit, INTERVAL, false))
    if (this.#pages.size > 0) void this.look()
    return followed
  }

  /** What all executors that have run something did, together. */
  #accounts(): Accounts | undefined {
    const now = systemClock.now()
    const all = [...this.#executors.values()].map(({ accounting }) => accounting.accounts(undefined, now))
    const ran = all.filter(({ groups }) => groups.length > 0)
    return ran.length > 0 ? mergeAccounts(ran) : undefined
  }

  #tick(): void {
    if (this.#looks++ % LOOKS === 0) void this.look()
    this.#flush()
  }

  #flush(): void {
    const now = systemClock.now()
    for (const { digesters } of this.#pages) for (const digester of digesters.values()) digester.flush(now)
  }

  /** Tells those who look how everything does now. */
  async look(): Promise<void> {
    this.#lookHere()
    for (const followed of this.#executors.values()) {
      const { client } = followed
      if (!client) continue
      try {
        const { workers, samples } = await workersOf(client)
        followed.learn(workers)
        followed.say({ samples })
      } catch (error) {
        const text = `the workers are not known: ${asError(error).message}`
        followed.say({ lines: [{ time: systemClock.now(), level: 'warning', from: client.name, text }] })
      }
    }
  }

  /** How this process does: the executors in it share its processor and its memory, so the first is told to have all. */
  #lookHere(): void {
    const cpu = process.cpuUsage(this.#cpu)
    const passed = (performance.now() - this.#looked) / 1000
    if (passed < 0.2) return
    this.#cpu = process.cpuUsage()
    this.#looked = performance.now()
    let first = true
    for (const followed of this.#executors.values()) {
      if (followed.client) continue
      const { executor } = followed
      const held = 'memory' in executor ? (executor.memory as { readonly values: number }).values : 0
      const sample: WorkerSample = {
        worker: 0,
        tasks: tasksUnderWay(followed),
        silent: 0,
        held,
        spilled: 0,
        memory: first ? process.memoryUsage.rss() : 0,
        cpu: first ? (cpu.user + cpu.system) / 1e6 / passed : 0,
        executing: 0,
        ready: 0,
        paused: false,
      }
      first = false
      followed.say({ samples: [sample] })
    }
  }
}

/** Tasks that were sent to lanes and have not come back, as far as the log tells. */
function tasksUnderWay({ executor: { log } }: FollowedExecutor): number {
  let sent = 0
  for (let n = log.oldest; n < log.length; n++) {
    const kind = log.kind[n & log.mask]
    if (kind === EventKind.taskSent) sent++
    else if (kind === EventKind.taskFinished || kind === EventKind.taskErred) sent = Math.max(0, sent - 1)
  }
  return sent
}
