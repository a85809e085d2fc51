// The service over in-process clusters: what comes out, what is refused, what is lost, and that nothing stays behind.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as bag from '../../src/bag/index.js'
import { Gate, pass } from '../client/gate.js'
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

describe('a shuffle that loses a worker', () => {
  const expected = new Map([...grouped(numbers, (i) => i % 37)].sort(([a], [b]) => a - b))

  it('while partitions are sent, begins anew', async () => {
    const cluster = await InProcessCluster.start({ workers: 3 })
    const gate = await Gate.start()
    const { url } = gate
    try {
      const result = bag
        .fromSequence(numbers, { partitions: 9 })
        .map((i) => (i === 1500 || i === 1999 ? pass(url, i) : i))
        .groupBy((i) => i % 37, { partitions: 6 })
        .compute({ executor: cluster.client })
      await gate.arrived(2)
      await cluster.workers[0]!.close('it was killed', false)
      gate.open()
      assert.deepEqual(new Map((await result).sort(([a], [b]) => a - b)), expected)
      await nothingLeft(cluster)
    } finally {
      gate.close()
      await cluster.close()
    }
  })

  for (const victim of [0, 1, 2]) {
    it(`while partitions are read, does again what it must: worker ${victim}`, async () => {
      const cluster = await InProcessCluster.start({ workers: 3 })
      const gate = await Gate.start()
      const { url } = gate
      try {
        const result = bag
          .fromSequence(numbers, { partitions: 9 })
          .groupBy((i) => i % 37, { partitions: 12 })
          .map((group) => (group[0] === 5 ? pass(url, group) : group))
          .compute({ executor: cluster.client })
        await gate.arrived()
        await cluster.workers[victim]!.close('it was killed', false)
        gate.open()
        assert.deepEqual(new Map((await result).sort(([a], [b]) => a - b)), expected)
        await nothingLeft(cluster)
      } finally {
        gate.close()
        await cluster.close()
      }
    })
  }

  it('one after the other, until one is left', async () => {
    const cluster = await InProcessCluster.start({ workers: 3 })
    const gates = await Promise.all([Gate.start(), Gate.start()])
    const [first, second] = gates.map(({ url }) => url) as [string, string]
    try {
      const result = bag
        .fromSequence(numbers, { partitions: 9 })
        .map((i) => (i === 1999 ? pass(first, i) : i))
        .groupBy((i) => i % 37, { partitions: 6 })
        .map((group) => (group[0] === 5 ? pass(second, group) : group))
        .compute({ executor: cluster.client })
      await gates[0].arrived()
      await cluster.workers[0]!.close('it was killed', false)
      gates[0].open()
      await gates[1].arrived()
      await cluster.workers[1]!.close('it was killed', false)
      gates[1].open()
      assert.deepEqual(new Map((await result).sort(([a], [b]) => a - b)), expected)
      await nothingLeft(cluster)
    } finally {
      for (const gate of gates) gate.close()
      await cluster.close()
    }
  })

  it('ends with its client', async () => {
    const cluster = await InProcessCluster.start({ workers: 2 })
    const gate = await Gate.start()
    const { url } = gate
    try {
      const abort = new AbortController()
      const result = bag
        .fromSequence(numbers, { partitions: 9 })
        .map((i) => (i === 1999 ? pass(url, i) : i))
        .groupBy((i) => i % 37, { partitions: 6 })
        .compute({ executor: cluster.client, signal: abort.signal })
      await gate.arrived()
      abort.abort(new Error('enough'))
      await assert.rejects(result, /enough/)
      gate.open()
      await nothingLeft(cluster)
    } finally {
      gate.close()
      await cluster.close()
    }
  })

  it('fails with what a function of the user throws, in a transfer and in a reader', async () => {
    const cluster = await InProcessCluster.start({ workers: 2 })
    try {
      const fail = (i: number): number => {
        if (i === 1234) throw new RangeError('on purpose')
        return i
      }
      const executor = cluster.client
      const shuffle = bag.fromSequence(numbers, { partitions: 9 })
      await assert.rejects(shuffle.groupBy((i) => fail(i) % 7).compute({ executor }), /on purpose/)
      await assert.rejects(
        shuffle
          .groupBy((i) => i % 7)
          .map(([, items]) => items.map(fail))
          .compute({ executor }),
        /on purpose/,
      )
      await assert.rejects(
        shuffle.groupBy((i) => i, { partitioner: (i) => (i === 1234 ? 9.5 : 0) }).compute({ executor }),
        /the partitioner gave 9.5, and there are 9 partitions/,
      )
      await nothingLeft(cluster)
    } finally {
      await cluster.close()
    }
  })
})
