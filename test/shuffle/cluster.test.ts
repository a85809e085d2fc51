// The service over in-process clusters: what comes out, what is refused, what is lost, and that nothing stays behind.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { TaskError, annotate, compute, config } from 'heddle'
import * as bag from '../../src/bag/index.js'
import { WorkerServer } from '../../src/cluster/index.js'
import { SpillFolder } from '../../src/memory/index.js'
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

/** Keeps its thread busy until somebody writes the file `go`. */
function block(folder: string, key: number): void {
  writeFileSync(join(folder, String(key)), '')
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  while (!existsSync(join(folder, 'go'))) Atomics.wait(nothing, 0, 0, 2)
}

/** Resolves when so many threads are blocked. */
function eachBlocked(folder: string, threads: number): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, look)
    look()
    function look(): void {
      if (readdirSync(folder).length < threads) return
      watcher.close()
      resolve()
    }
  })
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

  it('while readers wait for a thread that is busy: they wait for what is done again', async () => {
    const cluster = await InProcessCluster.start({ workers: 3 })
    const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
    try {
      const result = bag
        .fromSequence(numbers, { partitions: 9 })
        .groupBy((i) => i % 37, { partitions: 12 })
        .map((group) => (block(folder, group[0]), group))
        .compute({ executor: cluster.client })
      await eachBlocked(folder, 3)
      await cluster.workers[0]!.close('it was killed', false)
      while ((await cluster.client.workers()).length > 2) await cluster.client.run(() => undefined)
      // What the scheduler has said since it knows, it has said before this.
      await cluster.client.run(() => undefined)
      writeFileSync(join(folder, 'go'), '')
      assert.deepEqual(new Map((await result).sort(([a], [b]) => a - b)), expected)
      await nothingLeft(cluster)
    } finally {
      writeFileSync(join(folder, 'go'), '')
      await cluster.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('in order, while partitions are read', async () => {
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
      const left = cluster.workers[1]!.retire()
      gate.open()
      await left
      assert.deepEqual(new Map((await result).sort(([a], [b]) => a - b)), expected)
      await nothingLeft(cluster)
    } finally {
      gate.close()
      await cluster.close()
    }
  })

  it('after all was read, when what was read is lost', async () => {
    const cluster = await InProcessCluster.start({ workers: 3 })
    try {
      const groups = bag
        .fromSequence(numbers, { partitions: 9 })
        .groupBy((i) => i % 37, { partitions: 12 })
        .persist({ executor: cluster.client })
      assert.equal(await groups.count().compute({ executor: cluster.client }), 37)
      await nothingLeft(cluster)
      await cluster.workers[1]!.close('it was killed', false)
      const result = await groups.compute({ executor: cluster.client })
      assert.deepEqual(new Map(result.sort(([a], [b]) => a - b)), expected)
      await nothingLeft(cluster)
    } finally {
      await cluster.close()
    }
  })

  it('that others do not reach, gives partitions to those that they do', async () => {
    const cluster = await InProcessCluster.start({ workers: 2 })
    const worker = await WorkerServer.start({
      scheduler: cluster.address,
      credentials: cluster.credentials,
      name: 'behind a wall',
      threads: 1,
      listen: 'tcp://127.0.0.1:0',
      // Nobody listens at the port of those who look whether somebody does.
      contactAddress: 'tcp://127.0.0.1:1',
      localDirectory: tmpdir(),
    })
    try {
      await cluster.client.waitForWorkers(3)
      // It runs nothing, but may own partitions.
      const counts = annotate({ workers: ['worker-0', 'worker-1'] }, () =>
        bag
          .fromSequence(numbers, { partitions: 9 })
          .groupBy((i) => i % 37, { partitions: 12 })
          .map(([, items]) => items.length),
      )
      assert.deepEqual(await counts.compute({ executor: cluster.client }), await counts.compute({ executor: 'inline' }))
      await nothingLeft(cluster)
    } finally {
      await worker.close('the test is over')
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

describe('a shuffle that is larger than memory', () => {
  const settings = { shuffle: { memory: 0.000001, peerBytes: '64 kB', sendBytes: '128 kB' } }
  const filler = 'x'.repeat(100)

  it('goes over disks, one file for each partition, of which few are open', async () => {
    const cluster = await config.with(settings, () => InProcessCluster.start({ workers: 2 }))
    try {
      const counts = await bag
        .range(20_000, { partitions: 40 })
        .map((i) => ({ i, text: `${filler}${i}` }))
        .groupBy(({ i }) => i % 1000, { partitions: 40 })
        .map(([key, items]) => [key, items.length, items.every(({ i, text }) => text === `${filler}${i}` && i % 1000 === key)])
        .compute({ executor: cluster.client })
      assert.equal(counts.length, 1000)
      assert.ok(counts.every(([, count, right]) => count === 20 && right === true))
      for (const { shuffles } of cluster.workers) assert.ok(shuffles.mostOpen > 0 && shuffles.mostOpen <= 8)
      await nothingLeft(cluster)
    } finally {
      await cluster.close()
    }
  })

  it('joins, and finds what is different', async () => {
    const cluster = await config.with(settings, () => InProcessCluster.start({ workers: 2 }))
    try {
      const executor = cluster.client
      const left = bag.range(3000, { partitions: 5 }).map((i) => ({ i, key: i % 100 }))
      const right = bag.range(50, { partitions: 3 }).map((key) => ({ key, name: `${filler}${key}` }))
      const pairs = left.join(right, { left: (x) => x.key, right: (x) => x.key }, { partitions: 7 })
      assert.deepEqual(await pairs.compute({ executor }), await pairs.compute({ executor: 'inline' }))
      const keys = left.pluck('key').distinct(undefined, { partitions: 4 })
      assert.deepEqual(await keys.compute({ executor }), await keys.compute({ executor: 'inline' }))
      // One shuffle that two read.
      const groups = left.groupBy((x) => x.key)
      const [counts, sums] = await compute(
        [groups.map(([, items]) => items.length).sum(), groups.mapPartitions((g) => [g.length]).sum()],
        {
          executor,
        },
      )
      assert.deepEqual([counts, sums], [3000, 100])
      await nothingLeft(cluster)
    } finally {
      await cluster.close()
    }
  })

  it('fails when it cannot be written, says where and why, and the cluster lives', async () => {
    const cluster = await config.with(settings, () => InProcessCluster.start({ workers: 1 }))
    let folder: SpillFolder | undefined
    const worker = await config.with(settings, () =>
      WorkerServer.start(
        {
          scheduler: cluster.address,
          credentials: cluster.credentials,
          name: 'without a disk',
          threads: 1,
          listen: 'tcp://127.0.0.1:0',
          localDirectory: tmpdir(),
        },
        { openFolder: async (parent) => (folder = await SpillFolder.open(parent)) },
      ),
    )
    try {
      await cluster.client.waitForWorkers(2)
      rmSync(folder!.path, { recursive: true })
      const groups = bag
        .range(20_000, { partitions: 20 })
        .map((i) => ({ i, text: `${filler}${i}` }))
        .groupBy(({ i }) => i % 10, { partitions: 10 })
      await assert.rejects(groups.compute({ executor: cluster.client }), (error: TaskError) => {
        assert.ok(error instanceof TaskError && error.cause instanceof bag.ShuffleError)
        assert.match(error.cause.message, /without a disk: a part of a shuffle could not be written to disk \(.*ENOENT/)
        return true
      })
      assert.equal(await bag.range(10).sum().compute({ executor: cluster.client }), 45)
      await nothingLeft(cluster)
    } finally {
      await worker.close('the test is over')
      await cluster.close()
    }
  })
})
