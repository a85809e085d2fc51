import { ArgumentError } from '../base/index.js'
import { PartitionerError } from './errors.js'

/** Gives the partition that a key goes to: a whole number from 0 up to, not including, the number of partitions. */
export type Partitioner<K = unknown> = (key: K) => number

/**
 * By hash: equal keys go to the same partition, and all get about as many.
 *
 * @param hash 32 bits, equal for equal keys in every process
 */
export function hashPartitioner<K>(partitions: number, hash: (key: K) => number): Partitioner<K> {
  return (key) => (hash(key) >>> 0) % partitions
}

/**
 * By order: partition i gets the keys that are not below `bounds[i - 1]` and are below `bounds[i]`; there is one partition
 * more than there are bounds.
 *
 * @throws ArgumentError when the bounds do not ascend
 */
export function rangePartitioner<K>(bounds: readonly K[], compare: (a: K, b: K) => number): Partitioner<K> {
  for (let i = 1; i < bounds.length; i++)
    if (compare(bounds[i - 1]!, bounds[i]!) > 0)
      throw new ArgumentError(`the bounds of ranges must ascend, and number ${i} does not`)
  return (key) => {
    let low = 0
    let high = bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(key, bounds[middle]!) < 0) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** As a function of the user says, who is held to it: anything but a partition is a `PartitionerError`. */
export function checkedPartitioner<K>(partitions: number, partitioner: (key: K, partitions: number) => number): Partitioner<K> {
  return (key) => {
    const partition = partitioner(key, partitions)
    if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return partition
    throw new PartitionerError(partition, partitions)
  }
}
