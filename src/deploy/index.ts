export {
  addressOf,
  addressOfInterface,
  contactAddresses,
  isLoopback,
  isNetwork,
  namedAddress,
} from './contact-addresses.js'
export { LocalCluster, type LocalClusterOptions } from './local-cluster.js'
export { quietWorld } from './quiet-world.js'
export { type Division, divide } from './worker-count.js'
