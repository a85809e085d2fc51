export { ByteGate } from './byte-gate.js'
export { PartitionerError, ShuffleError, ShuffleKeyError, ShuffleRunEnded } from './errors.js'
export { LocalShuffles } from './local-shuffles.js'
export { assignOwners } from './owners.js'
export { PartitionStore, type PartitionStoreOptions } from './partition-store.js'
export { type Partitioner, checkedPartitioner, hashPartitioner, rangePartitioner } from './partitioners.js'
export { type ShuffleTasks, shufflesOf } from './plan.js'
export {
  type Join,
  type Joined,
  type Open,
  type Opened,
  type Seal,
  type Sealed,
  type Send,
  type Transferred,
  questions,
} from './questions.js'
export { type Shard, readShards } from './receiver.js'
export { seal } from './seal.js'
export { ShardSender } from './sender.js'
export { type Packed, ShardPacker, eachShard } from './shards.js'
