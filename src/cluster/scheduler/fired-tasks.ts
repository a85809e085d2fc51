import { EventKind, type EventLog } from '../../events/index.js'
import type { Answers } from '../../protocol/index.js'
import type { TaskAddress } from '../../scheduler/index.js'
import type { ClientLink } from './client-link.js'
import type { ClusterState } from './state.js'
import { taskOf } from './task-names.js'

/** Who wants them, for the scheduler machine: nobody that there is. */
const NOBODY = -1

const ends = new Set<number>([EventKind.taskStored, EventKind.taskErred, EventKind.taskUpstreamErred, EventKind.taskCancelled])

/** Tasks that are to come to their ends though nobody waits for them. */
export class FiredTasks {
  readonly #state: ClusterState
  readonly #tasks = new Map<number, Set<number>>()
  #stop: (() => void) | undefined

  constructor(state: ClusterState) {
    this.#state = state
  }

  answers(client: ClientLink): Answers {
    return {
      fireAndForget: (names: readonly TaskAddress[]) => {
        for (const name of names) this.#add(taskOf(client, name))
        this.#state.schedule()
      },
    }
  }

  /** They need not come to their ends any more. */
  clear(): void {
    this.#tasks.clear()
    this.#state.machine.dropClient(NOBODY)
    this.#state.schedule()
  }

  #add({ graph, task }: TaskAddress): void {
    const { machine, log } = this.#state
    const state = machine.stateOf(graph, task)
    if (state === 'memory' || state === 'erred') return
    machine.want(graph, [task], NOBODY)
    const tasks = this.#tasks.get(graph)
    if (tasks) tasks.add(task)
    else this.#tasks.set(graph, new Set([task]))
    this.#stop ??= log.listen((events, from, to) => this.#look(events, from, to))
  }

  #look(log: EventLog, from: number, to: number): void {
    const over: TaskAddress[] = []
    for (let n = from; n < to; n++) {
      const i = n & log.mask
      const tasks = this.#tasks.get(log.graph[i]!)
      if (!tasks || !ends.has(log.kind[i]!) || !tasks.delete(log.task[i]!)) continue
      over.push({ graph: log.graph[i]!, task: log.task[i]! })
      if (tasks.size === 0) this.#tasks.delete(log.graph[i]!)
    }
    if (over.length === 0) return
    if (this.#tasks.size === 0) {
      this.#stop?.()
      this.#stop = undefined
    }
    // The machine is in the middle of something.
    setImmediate(() => {
      for (const { graph, task } of over) this.#state.machine.release(graph, [task], NOBODY)
      this.#state.schedule()
    })
  }
}
