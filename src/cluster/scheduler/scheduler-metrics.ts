import type { GroupAccount } from '../../events/index.js'
import type { MetricFamily, Sample } from '../../metrics/index.js'
import type { WorkerMetrics } from '../../protocol/index.js'
import type { ClusterState } from './state.js'
import type { WorkerLink } from './worker-link.js'

/** Groups of tasks that are told of one by one; the others are put together. */
const MOST_GROUPS = 200

/** What a scheduler tells to those who measure: tasks by group, workers, clients. */
export function schedulerMetrics(state: ClusterState): MetricFamily[] {
  state.log.flush()
  const { groups, threads } = state.accounting.accounts(undefined, state.clock.now())
  const links = [...state.workers.values()]
  const byLabel = summed(groups)
  const tasks: Sample[] = [...byLabel].flatMap(([group, { tasks: all, done, erred }]) => [
    { labels: { group, state: 'done' }, value: done },
    { labels: { group, state: 'failed' }, value: erred },
    { labels: { group, state: 'pending' }, value: Math.max(0, all - done - erred) },
  ])
  const counter = (name: string, help: string, of: (group: Totals) => number): MetricFamily => ({
    name,
    help,
    type: 'counter',
    samples: Array.from(byLabel, ([group, totals]) => ({ labels: { group }, value: of(totals) })),
  })
  return [
    gauge('scheduler_info', 'The scheduler: its value is 1', [{ labels: { id: state.id }, value: 1 }]),
    gauge('scheduler_workers', 'Workers that are connected, by what they do', [
      { labels: { state: 'running' }, value: links.filter(({ metrics }) => metrics?.paused !== true).length },
      { labels: { state: 'paused' }, value: links.filter(({ metrics }) => metrics?.paused === true).length },
    ]),
    gauge('scheduler_threads', 'Threads of workers that are connected', [{ value: threads }]),
    gauge('scheduler_clients', 'Clients that are connected, or may be back', [{ value: state.clients.size }]),
    gauge('scheduler_graphs', 'Graphs of which something is needed', [{ value: state.machine.graphCount }]),
    gauge('tasks', 'Tasks of the clients that are there, by group and state', tasks),
    counter('tasks_running_seconds_total', 'Seconds in which threads ran tasks', ({ running }) => running),
    counter('tasks_coding_seconds_total', 'Seconds in which threads decoded inputs and encoded results', ({ coding }) => coding),
    counter('tasks_waiting_seconds_total', 'Seconds in which tasks could have run and did not, summed', ({ queued }) => queued),
    counter('tasks_retried_total', 'How often tasks ran again after an error, or a lost worker', ({ again }) => again),
    counter('tasks_received_bytes_total', 'Bytes of inputs that came from other workers', ({ received }) => received),
    gauge(
      'tasks_result_bytes',
      'Bytes of results that are held',
      Array.from(byLabel, ([group, { held }]) => ({ labels: { group }, value: held })),
    ),
    ...workerFamilies(links),
  ]
}

interface Totals {
  tasks: number
  done: number
  erred: number
  running: number
  coding: number
  queued: number
  again: number
  received: number
  held: number
}

/** By label: a measuring system keeps every combination of labels for ever, and spans and clients are without number. */
function summed(groups: readonly GroupAccount[]): Map<string, Totals> {
  const found = new Map<string, Totals>()
  for (const group of groups) {
    const label = found.has(group.label) || found.size < MOST_GROUPS ? group.label : '(others)'
    let totals = found.get(label)
    if (!totals) {
      totals = { tasks: 0, done: 0, erred: 0, running: 0, coding: 0, queued: 0, again: 0, received: 0, held: 0 }
      found.set(label, totals)
    }
    totals.tasks += group.tasks
    totals.done += group.done
    totals.erred += group.erred
    totals.running += group.running
    totals.coding += group.decoding + group.encoding
    totals.queued += group.queued
    totals.again += group.retried + group.interrupted
    totals.received += group.received
    totals.held += group.held
  }
  return found
}

/** What workers told with their last heartbeats. */
function workerFamilies(links: readonly WorkerLink[]): MetricFamily[] {
  const of = (name: string, help: string, read: (metrics: WorkerMetrics) => number | undefined): MetricFamily =>
    gauge(
      name,
      help,
      links.flatMap(({ info, metrics }) => {
        const value = metrics && read(metrics)
        return value === undefined ? [] : [{ labels: { worker: info.name, host: info.host }, value }]
      }),
    )
  return [
    of('worker_held_bytes', 'Bytes of values in memory', ({ held }) => held),
    of('worker_spilled_bytes', 'Bytes of values on disk', ({ spilled }) => spilled),
    of('worker_memory_bytes', 'Memory of the process', ({ memory }) => memory),
    of('worker_cpu_cores', 'Cores in use', ({ cpu }) => cpu),
    of('worker_executing_tasks', 'Tasks that threads have', ({ executing }) => executing),
    of('worker_ready_tasks', 'Tasks that could run', ({ ready }) => ready),
    of('worker_paused', 'Whether it starts no tasks, for want of memory', ({ paused }) => (paused ? 1 : 0)),
  ]
}

function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, help, type: 'gauge', samples }
}
