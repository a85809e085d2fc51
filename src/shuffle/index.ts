import { lazily } from '../base/index.js'

export type { ByteGate } from './byte-gate.js'
export { PartitionerError, ShuffleError, ShuffleKeyError, ShuffleRunEnded } from './errors.js'
export type { LocalShuffles } from './local-shuffles.js'
export type { Disk, DiskFile, PartitionStore, PartitionStoreOptions } from './partition-store.js'
export type { Partitioner } from './partitioners.js'
export type { ShuffleTasks } from './plan.js'
export type { Join, Joined, Open, Opened, Seal, Sealed, Send, Transferred } from './questions.js'
export type { Shard, ShardPlace } from './receiver.js'
export type { ShardSender } from './sender.js'
export type { Packed, ShardPacker } from './shards.js'
export type {
  BrokenAnswer,
  JoinAnswer,
  RunGround,
  RunNotice,
  RunWorker,
  SealAnswer,
  ShuffleDescription,
  ShuffleRuns,
} from './shuffle-runs.js'

/** What moves the data of shuffles, loaded on first use: importing Heddle must not cost what only some programs need. */
export const movers = lazily(() => import('./movers.js'))
