// The service over in-process clusters: what comes out, what is refused, what is lost, and that nothing stays behind.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as bag from '../../src/bag/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'
import { nothingLeft } from './leftovers.js'

/** By key, what a groupBy must give. */
function grouped(items: readonly number[], key: (i: number) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

const numbers = Array.from({ length: 2000 }, (_, i) => i)

describe('a shuffle on a cluster', () => {
  for (const [workers, threads] of [
    [1, 1],
    [2, 1],
    [3, 2],
  ] as const) {
    it(`gives each key its items in their order, on ${workers} workers`, async () => {
      const cluster = await InProcessCluster.start({ workers, threads })
      try {
        const groups = bag.fromSequence(numbers, { partitions: 9 }).groupBy((i) => i % 37, { partitions: 6 })
        const result = await groups.compute({ executor: cluster.client })
        assert.deepEqual(
          new Map(result.sort(([a], [b]) => a - b)),
          new Map([...grouped(numbers, (i) => i % 37)].sort(([a], [b]) => a - b)),
        )
        assert.deepEqual(await groups.compute({ executor: cluster.client }), await groups.compute({ executor: 'inline' }))
        await nothingLeft(cluster)
      } finally {
        await cluster.close()
      }
    })
  }
})
