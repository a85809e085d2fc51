export { LocalCluster, type LocalClusterOptions } from './local-cluster.js'
export { type Division, divide } from './worker-count.js'
