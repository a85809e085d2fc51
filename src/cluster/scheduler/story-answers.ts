import { ArgumentError } from '../../base/index.js'
import { EventKind, type EventKindName, type TaskErrorDetail, type WorkerDetail, eventKindName } from '../../events/index.js'
import type { Answers } from '../../protocol/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'
import { taskOf } from './task-names.js'
import { workersNamed } from './worker-choice.js'
import { type KnownRun, askForRuns } from './worker-runs.js'

/** A transition of a task, as the scheduler's log has it. */
export interface KnownEvent extends TaskAddress {
  readonly time: number
  readonly kind: EventKindName
  /** the name of the worker that it is about, as far as it is known */
  readonly worker: string | undefined
  readonly value: number
  readonly message: string | undefined
}

/** Everything that is known of some tasks. */
export interface KnownStory {
  /** by task: as it is called, and where its value is kept */
  readonly tasks: readonly (TaskAddress & { readonly key: string })[]
  readonly events: readonly KnownEvent[]
  readonly runs: readonly KnownRun[]
}

/** Which runs a client asks for: `since` in seconds of the scheduler's clock. */
interface StreamQuery {
  readonly since: number | undefined
  readonly count: number | undefined
  readonly workers: readonly string[] | undefined
}

/** What a scheduler answers about the past of tasks. */
export function storyAnswers(state: ClusterState): (client: ClientLink) => Answers {
  const { machine } = state
  return (client) => ({
    story: async ({ names, keys }: { names: readonly TaskAddress[]; keys: readonly string[] }): Promise<KnownStory> => {
      const links = [...state.workers.values()]
      const found = new Map<string, TaskAddress & { readonly key: string }>()
      const add = ({ graph, task }: TaskAddress, key: string): void => void found.set(`${graph}/${task}`, { graph, task, key })
      for (const name of names) {
        const own = taskOf(client, name)
        for (const { graph, task } of [own, machine.addressOf(own.graph, own.task)]) {
          const held = state.graphs.get(graph)
          if (held && machine.knows(graph, task)) add({ graph, task }, held.graph.keyOf(held.placeOf(task)))
        }
      }
      for (const key of keys) for (const address of addressesOf(state, key)) add(address, key)
      const tasks = [...found.values()].map(({ graph, task }) => [graph, task] as const)
      const runs = await askForRuns(state, links, { tasks, keys })
      // Of graphs that were let go, only workers know what their tasks were called.
      for (const { graph, task, key } of runs) add({ graph, task }, key)
      const missing = keys.find((key) => ![...found.values()].some((task) => task.key === key))
      if (missing !== undefined) {
        throw new ArgumentError(
          `nothing is known of a task ${missing}: keys look like 'inc-1a:0', and what is long ago is forgotten`,
        )
      }
      return { tasks: [...found.values()], events: eventsOf(state, found), runs }
    },

    taskStream: async ({ since, count, workers }: StreamQuery): Promise<KnownRun[]> => {
      const runs = await askForRuns(state, workersNamed(state, workers), { since, count })
      runs.sort((a, b) => a.stop - b.stop)
      return count === undefined ? runs : runs.slice(Math.max(0, runs.length - count))
    },

    /** seconds of the scheduler's clock */
    now: () => state.clock.now(),
  })
}

/** The tasks of a key in the graphs that there are. */
function addressesOf(state: ClusterState, key: string): TaskAddress[] {
  const at = key.lastIndexOf(':')
  const name = key.slice(0, at)
  const index = Number(key.slice(at + 1))
  const found: TaskAddress[] = []
  for (const [id, held] of state.graphs) {
    const layer = held.layers.findIndex(({ message }) => message.name === name)
    if (layer < 0) continue
    const { layerOf, indexOf, size } = held.graph
    for (let place = 0; place < size; place++) {
      if (layerOf[place] === layer && indexOf[place] === index) found.push({ graph: id, task: held.nameOf(place) })
    }
  }
  return found
}

function eventsOf({ log, workers }: ClusterState, tasks: ReadonlyMap<string, unknown>): KnownEvent[] {
  // A number is used again for another worker: the log tells who had it when.
  const names = new Map<number, string>()
  for (const { index, info } of workers.values()) names.set(index, info.name)
  const joined = new Set<number>()
  for (let n = log.oldest; n < log.length; n++) {
    const i = n & log.mask
    if (log.kind[i] !== EventKind.workerJoined || joined.has(log.worker[i]!)) continue
    joined.add(log.worker[i]!)
    names.delete(log.worker[i]!)
  }
  const graphs = new Set(Array.from(tasks.keys(), (id) => Number(id.slice(0, id.indexOf('/')))))
  const events: KnownEvent[] = []
  for (let n = log.oldest; n < log.length; n++) {
    const i = n & log.mask
    const kind = log.kind[i]!
    const worker = log.worker[i]!
    if (kind === EventKind.workerJoined) names.set(worker, (log.detail(n) as WorkerDetail).name)
    const graph = log.graph[i]!
    const task = log.task[i]!
    if (task < 0 || !graphs.has(graph) || !tasks.has(`${graph}/${task}`)) continue
    const { message } = (log.detail(n) ?? {}) as Partial<TaskErrorDetail>
    events.push({
      graph,
      task,
      time: log.time[i]!,
      kind: eventKindName(kind),
      worker: names.get(worker),
      value: kind === EventKind.taskStolen ? Number.NaN : log.value[i]!,
      message: kind === EventKind.taskStolen ? names.get(log.value[i]!) : message,
    })
  }
  return events
}
