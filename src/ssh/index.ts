export { SSHError } from './errors.js'
export type { SSHClusterOptions, SSHHost, SSHHostOptions, SSHScheduler } from './options.js'
export { SSHCluster } from './ssh-cluster.js'
