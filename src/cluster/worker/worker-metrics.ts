import type { MetricFamily } from '../../metrics/index.js'
import type { WorkerMetrics } from '../../protocol/index.js'

/** What a worker tells to those who measure. */
export function workerMetrics(name: string, threads: number, metrics: WorkerMetrics): MetricFamily[] {
  const { held, spilled, executing, ready, paused, idle } = metrics
  const { spilledBytes = 0, spillSeconds = 0, restoredBytes = 0, restoreSeconds = 0 } = metrics
  const one = (type: MetricFamily['type'], own: string, help: string, value: number): MetricFamily => {
    return { name: own, help, type, samples: [{ labels: { worker: name }, value }] }
  }
  return [
    one('gauge', 'worker_threads', 'Threads that run tasks', threads),
    one('gauge', 'worker_held_bytes', 'Bytes of values in memory', held),
    one('gauge', 'worker_spilled_bytes', 'Bytes of values on disk', spilled),
    one('gauge', 'worker_executing_tasks', 'Tasks that threads have', executing),
    one('gauge', 'worker_ready_tasks', 'Tasks that could run', ready),
    one('gauge', 'worker_paused', 'Whether it starts no tasks, for want of memory', paused ? 1 : 0),
    {
      name: 'worker_idle_seconds_total',
      help: 'Seconds of threads that had nothing to do, by what they waited for',
      type: 'counter',
      samples: Object.entries(idle ?? {}).map(([reason, value]) => ({ labels: { worker: name, reason }, value })),
    },
    one('counter', 'worker_written_bytes_total', 'Bytes of values that went to disk', spilledBytes),
    one('counter', 'worker_writing_seconds_total', 'Seconds that took', spillSeconds),
    one('counter', 'worker_read_bytes_total', 'Bytes of values that came back from disk', restoredBytes),
    one('counter', 'worker_reading_seconds_total', 'Seconds that took', restoreSeconds),
  ]
}
