import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readInstructions } from '../../src/scheduler/index.js'
import { Rig, graphOf, independent, upTo } from './rig.js'

test('a task goes to a worker, its result is reported, released and forgotten', () => {
  const rig = new Rig()
  rig.says()
  const g = rig.submit(independent(1))
  rig.says()
  rig.worker()
  rig.says('run 1/0#1 on 0')
  rig.finish(g, 0)
  rig.says('memory 1/0')
  assert.equal(rig.scheduler.graphCount, 1)
  assert.deepEqual(rig.scheduler.holdersOf(g, 0), [0])
  rig.scheduler.release(g, [0])
  rig.says('free 1/0#1 on 0', 'forgotten 1')
  assert.equal(rig.scheduler.graphCount, 0)
  assert.deepEqual(rig.scheduler.holdersOf(g, 0), [])
})

test('instructions carry priority, rank, and the inputs that the worker lacks', () => {
  const rig = new Rig()
  const a = rig.worker(1, { name: 'a' })
  const b = rig.worker(1, { name: 'b' })
  const graph = graphOf(
    { left: [[]], right: [[]], both: [[0, 1]] },
    { left: { workers: ['a'] }, right: { workers: ['b'] }, both: { workers: ['a'], priority: 3 } },
  )
  const g = rig.submit(graph, { ranks: Int32Array.of(1, 0, 2), priority: 2 })
  rig.flush()
  rig.finish(g, 0)
  rig.finish(g, 1)
  rig.scheduler.flush()
  assert.deepEqual(readInstructions(rig.scheduler.instructions), [
    {
      op: 'compute',
      worker: a,
      graph: g,
      task: 2,
      attempt: 1,
      priority: 5,
      rank: 2,
      inputs: [{ graph: g, task: 1, attempt: 1, holder: b }],
    },
  ])
})

test('tasks that nobody has timed: one more than there are threads, for every ten threads', () => {
  for (const [threads, ahead] of [
    [1, 2],
    [4, 5],
    [10, 11],
    [12, 14],
    [32, 36],
  ] as const) {
    const rig = new Rig()
    rig.worker(threads)
    rig.submit(independent(100), { wanted: upTo(100) })
    assert.deepEqual(
      rig.flush(),
      upTo(ahead).map((t) => `run 1/${t}#1 on 0`),
      `${threads} threads`,
    )
  }
})

/** A rig whose scheduler knows how long a task of that label takes. */
function timed(label: string, seconds: number, threads = 1): Rig {
  const rig = new Rig()
  rig.worker(threads)
  const g = rig.submit(independent(1, label))
  rig.flush()
  rig.finish(g, 0, { seconds })
  rig.scheduler.release(g, [0])
  rig.flush()
  return rig
}

test('tasks of a known duration: 5 ms of work for each thread', () => {
  const rig = timed('short', 0.0009)
  rig.submit(independent(1000, 'short'), { wanted: upTo(1000) })
  assert.equal(rig.flush().length, 5) // 5 × 0.9 ms ≤ 5 ms < 6 × 0.9 ms
  const wide = timed('short', 0.0009, 3)
  wide.submit(independent(1000, 'short'), { wanted: upTo(1000) })
  assert.equal(wide.flush().length, 16) // 16 × 0.9 ms ≤ 15 ms
})

test('tasks that take longer than the window are sent as if nobody had timed them', () => {
  const rig = timed('long', 3, 4)
  rig.submit(independent(100, 'long'), { wanted: upTo(100) })
  assert.equal(rig.flush().length, 5)
})

test('very short tasks: at most 512 ahead', () => {
  const rig = timed('tiny', 1e-6)
  rig.submit(independent(10_000, 'tiny'), { wanted: upTo(10_000) })
  assert.equal(rig.flush().length, 512)
})

test('the window can be set', () => {
  const rig = new Rig({ aheadTime: 0.002, maximumAhead: 20 })
  rig.worker()
  const g = rig.submit(independent(1))
  rig.flush()
  rig.finish(g, 0, { seconds: 1e-6 })
  rig.submit(independent(1000), { wanted: upTo(1000) })
  assert.equal(rig.flush().filter((line) => line.startsWith('run')).length, 20)
})

test('the last tasks of many are dealt out evenly', () => {
  const rig = timed('tiny', 1e-5)
  rig.worker()
  rig.submit(independent(100, 'tiny'), { wanted: upTo(100) })
  const counts = [0, 0]
  for (const line of rig.flush()) counts[Number(line.at(-1))]!++
  // Nobody has more than half of his share of what was left when he took it: 20 × 2 × 2 ≤ 80 < 21 × 2 × 2.
  assert.ok(Math.max(...counts) <= 21 && Math.min(...counts) >= 10, String(counts))
})

test('however few are left, nobody is sent fewer of the shortest than are worth a message', () => {
  const rig = timed('tiny', 1e-6)
  for (let i = 0; i < 99; i++) rig.worker()
  rig.submit(independent(100, 'tiny'), { wanted: upTo(100) })
  const counts = new Map<string, number>()
  for (const line of rig.flush()) counts.set(line.split(' ').at(-1)!, (counts.get(line.split(' ').at(-1)!) ?? 0) + 1)
  assert.deepEqual(
    [...counts.values()].sort((a, b) => b - a),
    [32, 32, 32, 4],
  )
})

test('a worker that finishes something is fed again', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(independent(4), { wanted: upTo(4) })
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0')
  rig.finish(g, 0, { seconds: 1 })
  rig.says('memory 1/0', 'run 1/2#1 on 0')
  rig.finish(g, 1, { seconds: 1 })
  rig.finish(g, 2, { seconds: 1 })
  rig.says('memory 1/1', 'memory 1/2', 'run 1/3#1 on 0')
})

test('root tasks go in the order of their ranks, whatever their numbers', () => {
  const rig = new Rig()
  rig.worker(3)
  rig.submit(independent(4), { wanted: upTo(4), ranks: Int32Array.of(2, 0, 3, 1) })
  rig.says('run 1/1#1 on 0', 'run 1/3#1 on 0', 'run 1/0#1 on 0', 'run 1/2#1 on 0')
})

test('priority goes before submission, submission before rank', () => {
  const rig = new Rig()
  rig.submit(independent(2), { wanted: [0, 1] })
  rig.submit(independent(2), { wanted: [0, 1] })
  rig.submit(independent(1), { priority: 1 })
  rig.submit(independent(1), { priority: -1 })
  rig.worker(10)
  rig.says('run 3/0#1 on 0', 'run 1/0#1 on 0', 'run 1/1#1 on 0', 'run 2/0#1 on 0', 'run 2/1#1 on 0', 'run 4/0#1 on 0')
})

test('the priority of annotations adds to that of the submission', () => {
  const rig = new Rig()
  rig.submit(independent(1, 'a', { priority: 2 }), { priority: 1 })
  rig.submit(independent(1, 'b', { priority: -5 }), { priority: 9 })
  rig.worker(10)
  rig.says('run 2/0#1 on 0', 'run 1/0#1 on 0')
})

test('tasks of one worker with different priorities: the higher first', () => {
  const rig = new Rig()
  rig.worker(1)
  const graph = graphOf({ root: [[]], low: [[0]], high: [[0]] }, { high: { priority: 1 } })
  const g = rig.submit(graph, { wanted: [1, 2] })
  rig.flush()
  rig.submit(independent(3, 'filler'), { wanted: upTo(3), priority: -1 })
  rig.says('run 2/0#1 on 0')
  rig.finish(g, 0, { seconds: 1 })
  // Ranks say otherwise, but a worker's own tasks are compared by their priorities.
  rig.says('run 1/2#1 on 0')
  rig.finish(g, 2, { seconds: 1 })
  rig.says('memory 1/2', 'run 1/1#1 on 0')
})

test('a graph whose high-priority roots are done stands back behind others', () => {
  const rig = new Rig()
  const graph = graphOf({ high: [[]], low: [[], []] }, { high: { priority: 2 } })
  rig.submit(graph, { wanted: [0, 1, 2] })
  rig.submit(independent(1), { priority: 1 })
  rig.worker(10)
  rig.says('run 1/0#1 on 0', 'run 2/0#1 on 0', 'run 1/1#1 on 0', 'run 1/2#1 on 0')
})

test('roots spread over workers that have room', () => {
  const rig = new Rig()
  for (let i = 0; i < 3; i++) rig.worker(1)
  rig.submit(independent(10), { wanted: upTo(10) })
  const lines = rig.flush()
  assert.equal(lines.length, 6)
  for (const w of [0, 1, 2]) assert.equal(lines.filter((line) => line.endsWith(`on ${w}`)).length, 2)
})

test('what many tasks need goes around: a layer of many tasks with one input is queued like roots', () => {
  const rig = new Rig()
  rig.worker(1)
  rig.worker(1)
  const g = rig.submit(graphOf({ load: [[]], use: Array.from({ length: 20 }, () => [0]) }), { wanted: upTo(21) })
  rig.says('run 1/0#1 on 1')
  rig.finish(g, 0, { seconds: 1 })
  const lines = rig.flush()
  assert.deepEqual(lines.filter((line) => line.endsWith('< 1/0#1@1')).length, 2)
  assert.equal(lines.length, 5)
})

test('a suspended task holds no slot', () => {
  const rig = new Rig()
  rig.worker(1)
  const g = rig.submit(independent(4), { wanted: upTo(4) })
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0')
  rig.suspend(g, 0)
  rig.says('run 1/2#1 on 0')
  assert.equal(rig.scheduler.stateOf(g, 0), 'suspended')
  rig.suspend(g, 0) // said twice
  rig.says()
  rig.finish(g, 0, { seconds: 9 })
  rig.says('memory 1/0')
  rig.finish(g, 1)
  rig.says('memory 1/1', 'run 1/3#1 on 0')
})

test('a worker has so many suspended tasks and no more', () => {
  const rig = new Rig({ concurrentWaits: 2 })
  rig.worker(1)
  const g = rig.submit(independent(6), { wanted: upTo(6) })
  rig.flush()
  rig.suspend(g, 0)
  rig.says('run 1/2#1 on 0')
  rig.suspend(g, 1)
  rig.says()
  rig.finish(g, 0)
  rig.says('memory 1/0', 'run 1/3#1 on 0')
})

test('how long a suspended task took says nothing about tasks that hold their slot', () => {
  const rig = new Rig()
  rig.worker(1)
  const g = rig.submit(independent(500), { wanted: upTo(500) })
  rig.flush()
  rig.suspend(g, 0)
  rig.flush()
  rig.finish(g, 0, { seconds: 1e-6 })
  rig.finish(g, 1, { seconds: 1 })
  // Had the microsecond counted, hundreds would be sent.
  assert.ok(rig.flush().filter((line) => line.startsWith('run')).length <= 2)
})
