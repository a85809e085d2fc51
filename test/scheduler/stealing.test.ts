import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rig, graphOf, independent, upTo } from './rig.js'

/** Two workers with one thread each; worker 0 was sent two tasks before worker 1 came. */
function two(thief = {}): Rig {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.submit(independent(2), { wanted: [0, 1] })
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0')
  rig.worker(1, { name: 'b', ...thief })
  return rig
}

test('a worker with nothing to do gets the last task that another one was sent, once that has given it back', () => {
  const rig = two()
  rig.says('steal 1/1#1 from 0')
  rig.says() // it is not asked twice
  rig.scheduler.stolen(0, 1, 1, 1)
  rig.says('run 1/1#2 on 1')
  rig.finish(1, 1)
  rig.finish(1, 0)
  rig.says('memory 1/1', 'memory 1/0')
  assert.deepEqual(rig.story(1, 1).slice(1, 5), ['taskSent 0', 'taskStolen 0', 'taskReady', 'taskSent 1'])
})

test('a task that was begun stays, and is not asked for again', () => {
  const rig = two()
  rig.says('steal 1/1#1 from 0')
  rig.scheduler.kept(0, 1, 1, 1)
  rig.says('steal 1/0#1 from 0')
  rig.scheduler.kept(0, 1, 0, 1)
  rig.says()
  rig.finish(1, 1)
  rig.says('memory 1/1')
})

test('answers that come late, or twice, or of nothing, do no harm', () => {
  const rig = two()
  rig.says('steal 1/1#1 from 0')
  rig.finish(1, 1)
  rig.says('memory 1/1')
  rig.scheduler.kept(0, 1, 1, 1)
  rig.scheduler.kept(0, 1, 1, 1)
  rig.scheduler.stolen(0, 1, 1, 1)
  rig.scheduler.stolen(1, 9, 9, 9)
  rig.says()
  assert.equal(rig.scheduler.stateOf(1, 1), 'memory')
})

test('a task that is cancelled while it is asked for', () => {
  const rig = two()
  rig.flush()
  rig.scheduler.release(1, [1])
  rig.says('cancel 1/1#1 on 0')
  rig.scheduler.stolen(0, 1, 1, 1)
  rig.says()
})

test('the one who was to get it is gone: it goes where it can', () => {
  const rig = two()
  rig.flush()
  rig.lose(1, true)
  rig.scheduler.stolen(0, 1, 1, 1)
  rig.says('run 1/1#2 on 0')
})

test('the one who was asked is gone: it does not have to answer', () => {
  const rig = two()
  rig.flush()
  rig.lose(0, true)
  rig.says('run 1/0#2 on 1', 'run 1/1#2 on 1')
})

test('a worker that may not run the task does not get it', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a', resources: { gpu: 1 } })
  rig.worker(1, { name: 'b' })
  rig.submit(independent(2, 'x', { workers: ['a'] }), { wanted: [0, 1] })
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0')
  rig.says()
  const other = new Rig()
  other.worker(1, { name: 'a', resources: { gpu: 2 } })
  other.submit(independent(2, 'x', { resources: { gpu: 1 } }), { wanted: [0, 1] })
  other.flush()
  other.worker(1, { name: 'b', resources: { gpu: 1 } })
  other.says('steal 1/1#1 from 0')
  other.scheduler.stolen(0, 1, 1, 1)
  other.says('run 1/1#2 on 1')
})

test('what is short, or large to move, stays where it is', () => {
  for (const [seconds, bytes, steals] of [
    [0.002, 8, false], // asking alone takes as long
    [0.1, 8, true],
    [0.1, 1e9, false], // a second on the way
  ] as const) {
    const rig = new Rig()
    rig.worker(1, { name: 'a' })
    const first = rig.submit(graphOf({ x: [[]], y: [[0]] }))
    rig.flush()
    rig.finish(first, 0, { bytes: 8 })
    rig.flush()
    rig.finish(first, 1, { seconds })
    rig.flush()
    const g = rig.submit(graphOf({ x: [[]], y: [[0], [0]] }), { wanted: [1, 2] })
    rig.flush()
    rig.finish(g, 0, { bytes })
    assert.equal(rig.flush().filter((line) => line.startsWith('run')).length, 2)
    rig.worker(1, { name: 'b' })
    assert.deepEqual(rig.flush(), steals ? ['steal 2/2#1 from 0'] : [])
  }
})

test('what was meant for a worker but not sent goes to one that has nothing to do, without asking', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  const g = rig.submit(graphOf({ x: [[]], y: upTo(5).map(() => [0]) }), { wanted: [1, 2, 3, 4, 5] })
  rig.flush()
  rig.finish(g, 0)
  rig.says('run 1/1#1 on 0', 'run 1/2#1 on 0')
  rig.worker(1, { name: 'b' })
  rig.says('run 1/3#1 on 1 < 1/0#1@0', 'run 1/4#1 on 1 < 1/0#1@0')
  assert.deepEqual(rig.story(g, 3), ['taskReady', 'taskStolen 0', 'taskSent 1'])
  rig.finish(g, 1)
  rig.says('memory 1/1', 'run 1/5#1 on 0')
})

test('a suspect is not stolen', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.submit(independent(1))
  rig.flush()
  rig.lose(0)
  rig.flush()
  rig.worker(1, { name: 'a' })
  rig.says('run 1/0#2 on 0')
  rig.submit(independent(1, 'other', { workers: ['a'] }))
  rig.worker(1, { name: 'b' })
  rig.says()
})

test('many with nothing to do, many with too much: everybody gets something', () => {
  const rig = new Rig()
  const n = 200
  for (let i = 0; i < n; i++) rig.worker()
  rig.submit(independent(2 * n), { wanted: upTo(2 * n) })
  rig.flush()
  for (let i = 0; i < n; i++) rig.worker()
  const asked = new Set<string>()
  for (let round = 0; round < 10; round++) {
    for (const line of rig.flush()) {
      const [, task, victim] = /^steal 1\/(\d+)#1 from (\d+)$/.exec(line) ?? []
      if (task === undefined) continue
      assert.ok(!asked.has(task))
      asked.add(task)
      rig.scheduler.stolen(Number(victim), 1, Number(task), 1)
    }
  }
  assert.ok(asked.size >= n * 0.9, `${asked.size} stolen`)
})
