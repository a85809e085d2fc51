import { setImmediate as turn } from 'node:timers/promises'
import { heddleVersion } from '../../comm/index.js'
import { publicSettings } from '../../config/index.js'
import { type HeddleEvent } from '../../events/index.js'
import type { Answers } from '../../protocol/index.js'
import type { TaskStateName } from '../../scheduler/index.js'
import type { PrintedLine } from '../worker/printed-output.js'
import type { ClusterState } from './state.js'
import type { TopicLog } from './topic-answers.js'

/** Tasks or events in one answer: what a dump is written of comes in pieces, between which others are served. */
const PIECE = 20_000

/** A task of a dump. */
interface DumpedTask {
  readonly graph: number
  readonly task: number
  readonly key: string
  readonly state: TaskStateName
  /** the names of the workers that run it or hold its value */
  readonly workers: readonly string[]
  readonly inputs: number
}

/** Where the next piece of the tasks begins. */
interface Cursor {
  readonly graph: number
  readonly place: number
}

/** What a scheduler answers about itself, for a dump: nothing in it is secret. */
export function dumpAnswers(state: ClusterState, topics: TopicLog): Answers {
  const { machine, log } = state
  const nameOf = (worker: number): string[] => {
    const link = state.workers.get(worker)
    return link ? [link.info.name] : []
  }
  return {
    dumpHead: async () => {
      const groups = new Map<string, Partial<Record<TaskStateName, number>>>()
      const graphs: object[] = []
      let looked = 0
      for (const [graph, held] of Array.from(state.graphs)) {
        graphs.push({ graph, client: held.client.name, tasks: held.graph.size, layers: held.layers.length })
        for (let place = 0; place < held.graph.size; place++) {
          if (++looked % PIECE === 0) await turn()
          const { label } = held.graph.layer(place)
          let counts = groups.get(label)
          if (!counts) groups.set(label, (counts = {}))
          const name = machine.stateOf(graph, held.nameOf(place))
          counts[name] = (counts[name] ?? 0) + 1
        }
      }
      return {
        scheduler: {
          id: state.id,
          heddle: heddleVersion(),
          node: process.version,
          platform: `${process.platform} ${process.arch}`,
          pid: process.pid,
          time: state.clock.now() * 1000,
          memory: process.memoryUsage().rss,
          uptime: process.uptime(),
          events: { oldest: log.oldest, length: log.length },
        },
        settings: publicSettings(),
        workers: [...state.workers.values()].map(({ index, info, metrics, lastSeen, leaving }) => {
          return { index, ...info, metrics, lastSeen: lastSeen * 1000, leaving }
        }),
        clients: [...state.clients.values()].map(({ name, goneSince }) => ({ name, connected: goneSince === undefined })),
        graphs,
        groups: Array.from(groups, ([label, states]) => ({ label, states })),
        topics: topics.all(),
      }
    },

    /** Of the tasks that have a state, a piece, and where the next one begins; undefined: that was all. */
    dumpTasks: (from: Cursor): { tasks: DumpedTask[]; next: Cursor | undefined } => {
      const tasks: DumpedTask[] = []
      let looked = 0
      for (const [graph, held] of state.graphs) {
        if (graph < from.graph) continue
        for (let place = graph === from.graph ? from.place : 0; place < held.graph.size; place++) {
          if (++looked > PIECE) return { tasks, next: { graph, place } }
          const task = held.nameOf(place)
          const name = machine.stateOf(graph, task)
          if (name === 'released') continue
          const workers =
            name === 'processing' || name === 'suspended' ? [machine.workerOf(graph, task)] : machine.holdersOf(graph, task)
          tasks.push({
            graph,
            task,
            key: held.graph.keyOf(place),
            state: name,
            workers: workers.flatMap(nameOf),
            inputs: held.graph.dependenciesOf(place).length,
          })
        }
      }
      return { tasks, next: undefined }
    },

    /** What the processes of workers have printed, as far as they remember. */
    dumpPrinted: async () => {
      const all = await Promise.all(
        [...state.workers.values()].map(async (link) => {
          try {
            return { worker: link.info.name, lines: (await link.control.ask('printed')) as readonly PrintedLine[] }
          } catch (error) {
            if (state.workers.get(link.index) === link) throw error
            return { worker: link.info.name, lines: [] }
          }
        }),
      )
      return all
    },

    /** A piece of the events up to `to`, and the number of the next. */
    dumpEvents: ({ from, to }: { from: number; to: number }): { events: HeddleEvent[]; next: number } => {
      const first = Math.max(from, log.oldest)
      const next = Math.min(first + PIECE, to)
      const events: HeddleEvent[] = []
      for (let n = first; n < next; n++) events.push(log.at(n))
      return { events, next: Math.max(next, first) }
    },
  }
}
