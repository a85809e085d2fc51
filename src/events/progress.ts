import type { EventLog } from './log.js'
import { EventKind, type GraphDetail } from './vocabulary.js'

/** How far the tasks of one group (the tasks of equal label) are. */
export interface GroupProgress {
  readonly label: string
  total: number
  /** in memory, or done and released */
  done: number
  erred: number
  /** seconds of work that finished tasks took, summed */
  seconds: number
}

/** How far everything is that was submitted since the fold began: the model behind progress bars. */
export class ProgressFold {
  readonly groups = new Map<string, GroupProgress>()
  /** by graph, for each layer: its group, and how many of its tasks are neither done nor erred */
  readonly #graphs = new Map<number, { group: GroupProgress; left: number }[]>()

  /** Takes in the events [from, to) of the log; an `EventListener`. */
  readonly listener = (log: EventLog, from: number, to: number): void => {
    for (let n = from; n < to; n++) {
      const i = n & log.mask
      switch (log.kind[i]) {
        case EventKind.graphSubmitted:
          this.#add(log.graph[i]!, log.detail(n) as GraphDetail)
          break
        case EventKind.graphForgotten:
          this.#forget(log.graph[i]!)
          break
        case EventKind.taskStored:
          this.#count(log, i, 'done', 1)
          break
        case EventKind.taskLost:
          this.#count(log, i, 'done', -1)
          break
        case EventKind.taskRequired:
          this.#count(log, i, 'done', -log.value[i]!)
          break
        case EventKind.taskForgiven:
          this.#count(log, i, 'erred', -1)
          break
        case EventKind.taskErred:
        case EventKind.taskUpstreamErred:
          this.#count(log, i, 'erred', 1)
          break
        case EventKind.taskFinished: {
          const layer = this.#graphs.get(log.graph[i]!)?.[log.layer[i]!]
          if (layer) layer.group.seconds += log.value[i]!
          break
        }
      }
    }
  }

  #add(graph: number, detail: GraphDetail): void {
    const layers = detail.labels.map((label, layer) => {
      let group = this.groups.get(label)
      if (!group) {
        group = { label, total: 0, done: 0, erred: 0, seconds: 0 }
        this.groups.set(label, group)
      }
      const left = detail.sizes[layer]!
      group.total += left
      return { group, left }
    })
    this.#graphs.set(graph, layers)
  }

  /** What of a graph was given up is not to be waited for. */
  #forget(graph: number): void {
    for (const { group, left } of this.#graphs.get(graph) ?? []) group.total -= left
    this.#graphs.delete(graph)
  }

  #count(log: EventLog, i: number, field: 'done' | 'erred', by: number): void {
    const layer = this.#graphs.get(log.graph[i]!)?.[log.layer[i]!]
    if (!layer) return
    layer.group[field] += by
    layer.left -= by
  }
}

/** Seconds that are left, or undefined while nothing is known. */
export interface Estimate {
  readonly all: number | undefined
  readonly of: (group: GroupProgress) => number | undefined
}

/**
 * The work that is left, over how much work is done in a second. A group of which no task has finished is taken to have
 * tasks like the others.
 *
 * @param elapsed seconds since the work began
 * @param concurrency how many tasks can run at once
 */
export function estimateLeft(groups: readonly GroupProgress[], elapsed: number, concurrency: number): Estimate {
  let done = 0
  let seconds = 0
  for (const group of groups) {
    done += group.done
    seconds += group.seconds
  }
  if (done <= 0 || seconds <= 0 || elapsed <= 0) return { all: undefined, of: () => undefined }
  const measured = seconds / elapsed
  // Few finished tasks do not tell the speed: what is under way is not among them. Many do, with all that costs time besides
  // the work; and tasks that wait for something overlap more than there are cores.
  const speed = done >= 10 * concurrency ? measured : Math.max(measured, concurrency)
  const work = (group: GroupProgress): number =>
    Math.max(0, group.total - group.done - group.erred) * (group.done > 0 ? group.seconds / group.done : seconds / done)
  return {
    all: groups.reduce((sum, group) => sum + work(group), 0) / speed,
    of: (group) => (group.done > 0 ? work(group) / speed : undefined),
  }
}
