import { inspect } from 'node:util'
import { ArgumentError, describe, formatBytes, formatDuration } from '../base/index.js'
import type { EventKindName } from '../events/index.js'
import type { HeldValue } from '../executor/index.js'
import type { ClientCore } from './core.js'
import { Future } from './future.js'

/** What workers tell of a task, beside what the scheduler does. */
export type WorkerEventName = 'received' | 'transferred' | 'given' | 'waits' | 'ended'

/** Something that happened to a task. */
export interface StoryEvent {
  /** milliseconds since 1970, as the scheduler's clock counts */
  readonly time: number
  /** the key of the task */
  readonly key: string
  /** who tells it: 'scheduler', or the name of a worker */
  readonly by: string
  readonly kind: EventKindName | WorkerEventName
  /** the worker that it is about, where it is about one */
  readonly worker: string | undefined
  /** as people say it */
  readonly text: string
}

/** What is known of the lives of some tasks, the oldest event first. Printed, it is a table. */
export class Story {
  readonly events: readonly StoryEvent[]

  constructor(events: readonly StoryEvent[]) {
    this.events = events
  }

  [Symbol.iterator](): IterableIterator<StoryEvent> {
    return this.events[Symbol.iterator]()
  }

  toString(): string {
    const first = this.events[0]
    if (!first) return 'nothing is known'
    const several = new Set(this.events.map(({ key }) => key)).size > 1
    const who = Math.max(...this.events.map(({ by }) => by.length))
    const lines = this.events.map(({ time, key, by, text }) => {
      const after = `+${((time - first.time) / 1000).toFixed(4)} s`
      return `${after.padStart(12)}  ${by.padEnd(who)}  ${several ? `${key}: ` : ''}${text}`
    })
    return [`${several ? '' : `${first.key}, `}from ${new Date(first.time).toISOString()}`, ...lines].join('\n')
  }

  [inspect.custom](): string {
    return `Story of ${this.toString()}`
  }
}

interface Address {
  readonly graph: number
  readonly task: number
}

interface KnownEvent extends Address {
  readonly time: number
  readonly kind: EventKindName
  readonly worker: string | undefined
  readonly value: number
  readonly message: string | undefined
}

interface KnownTransfer {
  readonly from: string | undefined
  readonly bytes: number
  readonly start: number
  readonly stop: number
}

/** A run as schedulers tell of it: times in seconds. */
export interface KnownRun {
  readonly key: string
  readonly label: string
  readonly span: readonly string[]
  readonly worker: string
  readonly thread: number
  readonly received: number
  readonly given: number
  readonly waited: number
  readonly stop: number
  readonly seconds: number
  readonly status: 'finished' | 'failed' | 'interrupted' | 'running'
  readonly transfers: readonly KnownTransfer[]
}

interface KnownStory {
  readonly tasks: readonly (Address & { readonly key: string })[]
  readonly events: readonly KnownEvent[]
  readonly runs: readonly KnownRun[]
}

/** See `Client.story`. */
export async function askForStory(core: ClientCore, of: readonly (string | Future<unknown>)[]): Promise<Story> {
  if (of.length === 0) throw new ArgumentError('story: of which tasks? Give keys or futures')
  const keys: string[] = []
  const live: HeldValue[] = []
  for (const task of of) {
    if (typeof task === 'string') keys.push(task)
    else if (!(task instanceof Future)) throw new ArgumentError(`story: ${describe(task)} is neither a key nor a future`)
    else if (task.cancelled) keys.push(task.key)
    else live.push(task.held)
  }
  const names = await core.namesOf(live)
  const { tasks, events, runs } = (await core.ask('story', { names, keys })) as KnownStory
  const keyOf = new Map(tasks.map(({ graph, task, key }) => [`${graph}/${task}`, key]))
  const told = events.map((event): StoryEvent => {
    const { time, kind, worker } = event
    const key = keyOf.get(`${event.graph}/${event.task}`)!
    return { time: time * 1000, key, by: 'scheduler', kind, worker, text: textOf(event) }
  })
  // Of what is told at the same time the scheduler's comes first, but for what a worker has to do before.
  const order = [...told, ...runs.flatMap(eventsOfRun)].map((event, i) => ({ event, i }))
  order.sort((a, b) => a.event.time - b.event.time || a.i - b.i)
  return new Story(order.map(({ event }) => event))
}

function eventsOfRun(run: KnownRun): StoryEvent[] {
  const { key, worker, thread, received, given, waited, stop, seconds, status } = run
  const events: StoryEvent[] = []
  const tell = (time: number, kind: WorkerEventName, text: string): void => {
    if (!Number.isNaN(time)) events.push({ time: time * 1000, key, by: worker, kind, worker, text })
  }
  tell(received, 'received', 'received')
  for (const { from, bytes, start, stop: arrived } of run.transfers) {
    const taken = formatDuration((arrived - start) * 1000)
    tell(arrived, 'transferred', `got an input of ${formatBytes(bytes)} from ${from ?? 'a worker that has left'} in ${taken}`)
  }
  tell(given, 'given', 'given to a thread')
  tell(waited, 'waits', 'waits for a promise')
  if (status !== 'running') tell(stop, 'ended', `${status} on thread ${thread} after ${formatDuration(seconds * 1000)}`)
  return events
}

function textOf({ kind, worker, value, message }: KnownEvent): string {
  const there = worker === undefined ? 'a worker' : /^\d+$/.test(worker) ? `worker ${worker}` : worker
  switch (kind) {
    case 'taskReady':
      return 'ready: all its inputs are in memory'
    case 'taskSent':
      return `sent to ${there}`
    case 'taskSuspended':
      return `waits for a promise on ${there}`
    case 'taskFinished':
      return `finished on ${there} after ${formatDuration(value * 1000)}`
    case 'taskStored':
      return `in memory of ${there}: ${formatBytes(value)}`
    case 'taskErred':
      return `failed on ${there}: ${message ?? 'for a reason that is not known any more'}`
    case 'taskUpstreamErred':
      return 'failed because a task that it needs did'
    case 'taskRetried':
      return `failed on ${there}, and is to run again: ${value} retries are left`
    case 'taskInterrupted':
      return `${there} was lost while it ran the task, which has happened ${value} times`
    case 'taskReleased':
      return `let go: nobody wants its result any more (${formatBytes(value)})`
    case 'taskCancelled':
      return 'cancelled'
    case 'taskLost':
      return 'its result was lost'
    case 'replicaAdded':
      return `a copy of its result is on ${there}`
    case 'replicaRemoved':
      return `${there} drops its copy of the result`
    case 'inputMissing':
      return `${there} could not get an input`
    case 'taskUnrunnable':
      return 'no worker that there is may run it'
    case 'taskRequired':
      return 'its result is needed'
    case 'taskForgiven':
      return 'may run again after it failed'
    case 'taskStolen':
      return `taken from ${there}${message === undefined ? '' : ` for ${message}`}`
    case 'valueDoubted':
      return `whether ${there} has its result is being asked`
    default:
      return kind
  }
}
