/*
 * What the tasks of a shuffle ask the process around them (see `TaskContext.ask`), wherever they run. A shuffle is three
 * layers of tasks: `transfer`, one for each input partition, `seal`, one that depends on all of those, and those that
 * collect: one for each output partition, which depend on the seal. A *run* is one attempt at it all: when a worker is lost
 * that has a part of it, it is done again from the start, under another number.
 */

/** Asked by a transfer when it begins. */
export interface Join {
  readonly outputs: number
}

/** The answer. */
export interface Joined {
  readonly run: number
  /** the number of this attempt to transfer the partition: what others have sent of it does not count */
  readonly transfer: number
  /** by output partition, the number of the worker that gets it */
  readonly owners: Int32Array
}

/** Asked with packed shards for one owner; answered when that has taken them. */
export interface Send {
  readonly run: number
  readonly transfer: number
  readonly owner: number
  readonly directory: Int32Array
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What a transfer gives: its number, and that of the run. */
export type Transferred = readonly [run: number, transfer: number]

/** Asked by the seal: whether all of these are of the run that goes on. */
export interface Seal {
  readonly outputs: number
  readonly runs: Int32Array
}

/** What the seal gives: all that collecting tasks need to know. */
export interface Sealed {
  readonly run: number
  /** by input partition, the attempt that counts */
  readonly transfers: Int32Array
  readonly owners: Int32Array
  /** where the owners are, by number */
  readonly addresses: ReadonlyMap<number, string>
  /** every partition is read by one task only, and can go when that is done */
  readonly once: boolean
}

/** Asked by a task that collects. */
export interface Open extends Sealed {
  readonly output: number
  /** shards to pass over: those that came with an answer before */
  readonly from: number
}

/** Words of `Opened.shards` for each shard: where it begins, its bytes, its records. */
export const OPENED_WORDS = 3

/** The answer: shards in the order of the input partitions, and of each in the order in which they were sent. */
export interface Opened {
  /** where a shard begins: in `bytes`, or, below zero, at -1 - that in the file */
  readonly shards: Float64Array
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly path: string | undefined
  /** there are more, from this one on; -1: these were the last */
  readonly next: number
}

export const questions = {
  join: 'shuffle.join',
  send: 'shuffle.send',
  seal: 'shuffle.seal',
  open: 'shuffle.open',
} as const
