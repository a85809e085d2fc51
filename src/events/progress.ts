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
  readonly #graphs = new Map<number, { labels: readonly GroupProgress[] }>()

  /** Takes in the events [from, to) of the log; an `EventListener`. */
  readonly listener = (log: EventLog, from: number, to: number): void => {
    for (let n = from; n < to; n++) {
      const i = n & log.mask
      switch (log.kind[i]) {
        case EventKind.graphSubmitted:
          this.#add(log.graph[i]!, log.detail(n) as GraphDetail)
          break
        case EventKind.graphForgotten:
          this.#graphs.delete(log.graph[i]!)
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
          const group = this.#graphs.get(log.graph[i]!)?.labels[log.layer[i]!]
          if (group) group.seconds += log.value[i]!
          break
        }
      }
    }
  }

  #add(graph: number, detail: GraphDetail): void {
    const labels = detail.labels.map((label, layer) => {
      let group = this.groups.get(label)
      if (!group) {
        group = { label, total: 0, done: 0, erred: 0, seconds: 0 }
        this.groups.set(label, group)
      }
      group.total += detail.sizes[layer]!
      return group
    })
    this.#graphs.set(graph, { labels })
  }

  #count(log: EventLog, i: number, field: 'done' | 'erred', by: number): void {
    const group = this.#graphs.get(log.graph[i]!)?.labels[log.layer[i]!]
    if (group) group[field] += by
  }
}
