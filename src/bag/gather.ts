import { encode, operation } from '../transfer/index.js'

/** All items, one after the other, in an array of its own. */
export function concatenate<T>(partitions: readonly (readonly T[])[]): T[] {
  const items: T[] = []
  for (const partition of partitions) for (const item of partition) items.push(item)
  return items
}

/** Runs as a task: what computing a bag gives. */
export const gatherPartitions = operation(
  import.meta.url,
  'gatherPartitions',
  (inputs: readonly (readonly unknown[])[]): unknown[] => concatenate(inputs),
)

/** Runs with a partition: how many bytes travel when it does. */
export const byteSize = operation(import.meta.url, 'byteSize', (items: readonly unknown[]): [number] => [
  encode(items).byteLength,
])
