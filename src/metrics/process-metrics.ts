import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import type { MetricFamily } from './exposition.js'

let busyBefore: EventLoopUtilization | undefined

/** What every process tells of itself. */
export function processMetrics(): MetricFamily[] {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  const busy = performance.eventLoopUtilization()
  const since = busyBefore ? performance.eventLoopUtilization(busy, busyBefore) : busy
  busyBefore = busy
  const gauge = (name: string, help: string, value: number): MetricFamily => ({ name, help, type: 'gauge', samples: [{ value }] })
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time of the process, all threads',
      type: 'counter',
      samples: [{ value: (user + system) / 1e6 }],
    },
    gauge('process_resident_memory_bytes', 'Memory of the process', rss),
    gauge('process_heap_bytes', "Heap of the process's main thread", heapUsed),
    gauge('process_array_buffers_bytes', "Array buffers of the process's main thread", arrayBuffers),
    gauge('process_uptime_seconds', 'Since the process began', process.uptime()),
    gauge(
      'process_event_loop_utilization',
      'Share of time that the main thread was busy since the last reading',
      since.utilization,
    ),
  ]
}
