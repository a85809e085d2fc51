import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { Rig, graphOf, independent, upTo } from './rig.js'

const onA = { workers: ['a'], allowOtherWorkers: true }

/** So many workers, a first, and tasks in memory on it, with those sizes. */
function holding(workers: number, sizes: readonly number[]): { rig: Rig; g: number } {
  const rig = new Rig()
  rig.worker(sizes.length, { name: 'a' })
  for (let i = 1; i < workers; i++) rig.worker(1, { name: `b${i}` })
  const g = rig.submit(independent(sizes.length, 'x', onA), { wanted: upTo(sizes.length) })
  rig.flush()
  sizes.forEach((bytes, t) => rig.finish(g, t, { bytes }))
  rig.flush()
  return { rig, g }
}

/** Lets every copy that is asked for arrive, until none is; gives how many there were at a time. */
function arrive(rig: Rig, g: number): number[] {
  const rounds: number[] = []
  for (;;) {
    const copies = rig.flush().flatMap((line) => {
      const [, task, worker] = /^copy \d+\/(\d+)#1 to (\d+) from \d+$/.exec(line) ?? []
      return task === undefined ? [] : [[Number(task), Number(worker)] as const]
    })
    if (copies.length === 0) return rounds
    rounds.push(copies.length)
    for (const [task, worker] of copies) rig.scheduler.hasReplica(worker, g, task, 1)
  }
}

test('so many copies of each value', () => {
  const { rig, g } = holding(4, [1, 1, 1])
  assert.equal(rig.scheduler.replicate(g, [0, 1, 2], 3), 6)
  assert.equal(rig.scheduler.replicate(g, [0, 1, 2], 3), 0) // they are on their way
  arrive(rig, g)
  for (const t of upTo(3)) assert.equal(rig.scheduler.holdersOf(g, t).length, 3)
  assert.equal(rig.scheduler.replicate(g, [0], 3), 0)
  rig.scheduler.release(g, [0])
  assert.equal(rig.flush().length, 3)
})

test('copies on the workers that are named; of what is not in memory there are none', () => {
  const { rig, g } = holding(4, [1])
  assert.equal(rig.scheduler.replicate(g, [0], [0, 3]), 1)
  rig.says('copy 1/0#1 to 3 from 0')
  rig.scheduler.hasReplica(3, g, 0, 1)
  assert.deepEqual(rig.scheduler.holdersOf(g, 0), [0, 3])
  const h = rig.submit(independent(1, 'y', { workers: ['nobody'] }))
  assert.equal(rig.scheduler.replicate(h, [0], 2), 0)
  assert.throws(() => rig.scheduler.replicate(9, [0], 2), ArgumentError)
})

test('a broadcast goes as in a tree: those who have it pass it on', () => {
  const { rig, g } = holding(101, [1])
  assert.equal(rig.scheduler.replicate(g, [0], 101), 100)
  assert.deepEqual(arrive(rig, g), [4, 20, 76])
  assert.equal(rig.scheduler.holdersOf(g, 0).length, 101)
})

test('a value of another graph is copied where it is', () => {
  const { rig, g } = holding(2, [1])
  const h = rig.submit(graphOf({ given: [[]] }), { sources: new Map([[0, { graph: g, task: 0 }]]) })
  rig.flush()
  assert.equal(rig.scheduler.replicate(h, [0], 2), 1)
  rig.says('copy 1/0#1 to 1 from 0')
})

test('a copy whose value is released, or whose worker goes, is not made', () => {
  const { rig, g } = holding(2, [1, 1])
  rig.scheduler.replicate(g, [0, 1], 2)
  rig.scheduler.release(g, [0])
  rig.says('free 1/0#1 on 0', 'copy 1/1#1 to 1 from 0')
  rig.scheduler.release(g, [1])
  rig.says('free 1/1#1 on 0', 'forgotten 1')
  rig.scheduler.hasReplica(1, g, 1, 1)
  rig.says('free 1/1#1 on 1')
  const again = holding(2, [1])
  again.rig.scheduler.replicate(again.g, [0], 2)
  again.rig.flush()
  again.rig.lose(1)
  again.rig.says()
})

test('rebalancing moves bytes from those that hold most to those that hold least', () => {
  const { rig, g } = holding(2, [60, 30, 20, 10])
  assert.equal(rig.scheduler.rebalance(), 1)
  rig.says('copy 1/0#1 to 1 from 0')
  rig.scheduler.hasReplica(1, g, 0, 1)
  rig.says('free 1/0#1 on 0', 'confirm 1/0#1 on 0')
  // What it said before it was told is no news.
  rig.scheduler.hasReplica(0, g, 0, 1)
  assert.deepEqual(rig.scheduler.holdersOf(g, 0), [1])
  rig.scheduler.lacks(0, g, 0, 1)
  rig.says()
  assert.equal(rig.scheduler.rebalance(), 0)
})

test('rebalancing goes by what workers say they hold', () => {
  const { rig } = holding(2, [10, 10])
  assert.equal(rig.scheduler.rebalance(new Map([[1, 20]])), 0)
  // What has come since they said so counts too.
  const stale = new Map([
    [0, 0],
    [1, 0],
  ])
  assert.equal(holding(2, [10, 10]).rig.scheduler.rebalance(stale), 1)
  assert.equal(holding(1, [5, 5]).rig.scheduler.rebalance(), 0)
})

test('after rebalancing nobody holds much more than the others, as far as sizes allow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 2, max: 5 }),
      (sizes, n) => {
        const { rig, g } = holding(n, sizes)
        rig.scheduler.rebalance()
        arrive(rig, g)
        const bytes = upTo(n).map(() => 0)
        sizes.forEach((size, t) => {
          const holders = rig.scheduler.holdersOf(g, t)
          assert.equal(holders.length, 1)
          bytes[holders[0]!]! += size
        })
        const mean = sizes.reduce((a, b) => a + b, 0) / n
        assert.ok(
          Math.max(...bytes) <= Math.max(mean * 1.05 + Math.max(...sizes), mean * 1.05),
          `${bytes.join()} of ${sizes.join()}`,
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('copies that nothing uses are dropped when a worker is short of memory, unless they were asked for', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const graph = graphOf({ x: [[], []], y: [[0], [0]] }, { x: onA, y: { workers: ['b'] } })
  const g = rig.submit(graph, { wanted: [0, 1, 2, 3] })
  rig.flush()
  rig.finish(g, 0)
  rig.finish(g, 1)
  rig.says('memory 1/0', 'memory 1/1', 'run 1/2#1 on 1 < 1/0#1@0', 'run 1/3#1 on 1 < 1/0#1@0')
  rig.scheduler.hasReplica(1, g, 0, 1)
  assert.equal(rig.scheduler.relieveWorker(1), 0) // it is in use
  rig.finish(g, 2)
  rig.finish(g, 3)
  rig.flush()
  rig.scheduler.replicate(g, [1], 2)
  rig.flush()
  rig.scheduler.hasReplica(1, g, 1, 1)
  assert.equal(rig.scheduler.relieveWorker(1), 1)
  rig.says('free 1/0#1 on 1', 'confirm 1/0#1 on 1')
  assert.deepEqual(rig.story(g, 0).slice(-2), ['replicaAdded 1', 'replicaRemoved 1'])
  rig.scheduler.lacks(1, g, 0, 1)
  rig.scheduler.pauseWorker(1)
  rig.says()
})

test('many are given up at once: what runs is cancelled, what is held is freed', () => {
  const rig = new Rig({ archiveFrom: Infinity })
  rig.worker(2)
  const n = 5000
  const g = rig.submit(graphOf({ x: upTo(n).map(() => []), y: upTo(n).map((t) => [t]) }), { wanted: upTo(n).map((t) => n + t) })
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0', 'run 1/2#1 on 0')
  rig.finish(g, 0)
  rig.flush()
  rig.suspend(g, 1)
  rig.flush()
  const held = [...new Set(upTo(n * 2).filter((t) => ['processing', 'suspended'].includes(rig.scheduler.stateOf(g, t))))]
  rig.scheduler.release(
    g,
    upTo(n).map((t) => n + t),
  )
  rig.says('free 1/0#1 on 0', ...held.map((t) => `cancel 1/${t}#1 on 0`), 'forgotten 1')
  rig.submit(independent(3), { wanted: upTo(3) })
  assert.equal(rig.flush().length, 3)
})
