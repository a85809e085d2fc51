export { EXPOSITION_TYPE, type MetricFamily, type Sample, formatMetrics } from './exposition.js'
export { processMetrics } from './process-metrics.js'
export { MetricsServer, type MetricsServerOptions } from './server.js'
