import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvariantError } from '../../src/base/index.js'
import { Rig } from './rig.js'

test('a task runs, its value stays until it is freed', () => {
  const rig = new Rig()
  const { worker } = rig
  assert.equal(worker.next(), -1)
  rig.compute(3)
  rig.says()
  assert.equal(worker.readyCount, 1)
  const slot = rig.next(3)
  assert.equal(worker.readyCount, 0)
  assert.equal(worker.attemptOf(slot), 1)
  assert.equal(worker.valueSlot(1, 3), -1)
  assert.equal(worker.isNeeded(slot), true)
  assert.equal(worker.executed(slot, 100, 0.25), true)
  rig.says('finished 1/3#1 100 bytes 0.25 s')
  assert.equal(worker.valueSlot(1, 3), slot)
  worker.free(1, 3, 2) // another attempt
  worker.free(1, 4, 1) // another task
  worker.free(2, 3, 1) // another graph
  rig.says()
  worker.free(1, 3, 1)
  rig.says(`drop 1/3#1 in ${slot}`)
  assert.equal(worker.size, 0)
  worker.free(1, 3, 1)
  rig.says()
})

test('tasks come by priority, then graph, then rank', () => {
  const rig = new Rig()
  rig.compute(0, { rank: 9 })
  rig.compute(1, { rank: 3 })
  rig.compute(2, { graph: 2, rank: 1 })
  rig.compute(3, { graph: 3, rank: 8, priority: 5 })
  rig.compute(4, { rank: 4, priority: -1 })
  rig.next(3, 3)
  rig.next(1)
  rig.next(0)
  rig.next(2, 2)
  rig.next(4)
  assert.equal(rig.worker.next(), -1)
})

test('an instruction that comes twice counts once', () => {
  const rig = new Rig()
  rig.compute(0)
  rig.compute(0)
  assert.equal(rig.worker.size, 1)
  const slot = rig.next(0)
  rig.compute(0)
  assert.equal(rig.worker.readyCount, 0)
  rig.worker.executed(slot, 1, 1)
  rig.compute(0)
  rig.says('finished 1/0#1 1 bytes 1 s')
})

test('a task that throws is put away', () => {
  const rig = new Rig()
  rig.compute(0)
  assert.equal(rig.worker.failed(rig.next(0)), true)
  rig.says('erred 1/0#1')
  assert.equal(rig.worker.size, 0)
})

test('a task that waits for a promise, and ends', () => {
  const rig = new Rig()
  rig.compute(0)
  const slot = rig.next(0)
  rig.worker.suspended(slot)
  rig.worker.suspended(slot)
  rig.says('suspended 1/0#1')
  rig.worker.executed(slot, 4, 2)
  rig.says('finished 1/0#1 4 bytes 2 s')
})

test('what ran a task died', () => {
  const rig = new Rig()
  rig.compute(0)
  rig.compute(1)
  rig.worker.interrupted(rig.next(0), true)
  rig.worker.interrupted(rig.next(1), false)
  rig.says('interrupted 1/0#1 charged', 'interrupted 1/1#1')
  assert.equal(rig.worker.size, 0)
})

test('inputs are fetched, and the task is ready when all are here', () => {
  const rig = new Rig()
  const { worker } = rig
  const inputs = [
    [1, 0, 1, 7],
    [1, 1, 3, 8],
  ] as const
  rig.compute(2, { inputs })
  rig.says('fetch 1/0#1 from 7', 'fetch 1/1#3 from 8')
  rig.compute(3, { inputs: [[1, 0, 1, 7]] }) // on its way already
  rig.says()
  assert.equal(worker.readyCount, 0)
  const slot = worker.fetched(1, 0, 1)
  assert.equal(worker.valueSlot(1, 0), slot)
  rig.says('hasReplica 1/0#1')
  rig.next(3)
  assert.equal(worker.next(), -1)
  assert.ok(worker.fetched(1, 1, 3) >= 0)
  rig.says('hasReplica 1/1#3')
  rig.next(2)
  rig.compute(4, { inputs: [[1, 0, 1, 7]] }) // here already
  rig.says()
  rig.next(4)
})

test('an input that is used twice is fetched once', () => {
  const rig = new Rig()
  const input = [1, 0, 1, 7] as const
  rig.compute(1, { inputs: [input, input] })
  rig.says('fetch 1/0#1 from 7')
  rig.worker.fetched(1, 0, 1)
  rig.says('hasReplica 1/0#1')
  rig.next(1)
})

test('an input that cannot be had: the tasks that wait for it are put away', () => {
  const rig = new Rig()
  rig.compute(1, { inputs: [[1, 0, 1, 7]] })
  rig.compute(2, {
    inputs: [
      [1, 0, 1, 7],
      [1, 9, 1, 7],
    ],
  })
  rig.reports()
  rig.worker.fetchFailed(1, 0, 2) // another attempt
  rig.says()
  rig.worker.fetchFailed(1, 0, 1)
  rig.says('missing 1/1#1 < 1/0#1@7', 'missing 1/2#1 < 1/0#1@7')
  assert.equal(rig.worker.size, 1)
  // What else they waited for arrives all the same, and is a copy like any other.
  assert.ok(rig.worker.fetched(1, 9, 1) >= 0)
  rig.says('hasReplica 1/9#1')
  rig.worker.fetchFailed(1, 9, 1) // it is here
  rig.says()
})

test('a value that comes too late is not kept', () => {
  const rig = new Rig()
  assert.equal(rig.worker.fetched(1, 0, 1), -1)
  rig.compute(1, { inputs: [[1, 0, 1, 7]] })
  rig.reports()
  assert.equal(rig.worker.fetched(1, 0, 2), -1)
  rig.says()
})

test('a value that is freed while it is on its way', () => {
  const rig = new Rig()
  rig.compute(1, { inputs: [[1, 0, 1, 7]] })
  rig.reports()
  rig.worker.free(1, 0, 1)
  rig.says('missing 1/1#1 < 1/0#1@7')
  assert.equal(rig.worker.fetched(1, 0, 1), -1)
  assert.equal(rig.worker.size, 0)
})

test('another attempt of an input is wanted than is here, or on its way', () => {
  const rig = new Rig()
  const here = rig.finish(0)
  rig.reports()
  rig.compute(1, { inputs: [[1, 0, 2, 7]] })
  rig.says(`drop 1/0#1 in ${here}`, 'fetch 1/0#2 from 7')
  rig.compute(2, { inputs: [[1, 0, 3, 8]] })
  rig.says('missing 1/1#1 < 1/0#2@7', 'fetch 1/0#3 from 8')
  assert.equal(rig.worker.fetched(1, 0, 2), -1)
  assert.ok(rig.worker.fetched(1, 0, 3) >= 0)
  rig.says('hasReplica 1/0#3')
  rig.next(2)
})

test('cancelling: what waits, is ready, runs, waits for a promise, is done', () => {
  const rig = new Rig()
  const { worker } = rig
  rig.compute(1, { inputs: [[1, 0, 1, 7]] })
  rig.reports()
  worker.cancel(1, 1, 9) // another attempt
  worker.cancel(1, 0, 1) // a value on its way is not a task
  assert.equal(worker.size, 2)
  worker.cancel(1, 1, 1)
  assert.equal(worker.size, 1)
  worker.free(1, 0, 1)
  assert.equal(worker.size, 0)

  rig.compute(2)
  rig.compute(3)
  worker.cancel(1, 2, 1)
  assert.equal(worker.readyCount, 1)
  const running = rig.next(3)
  worker.cancel(1, 3, 1)
  rig.says(`abort 1/3#1 in ${running}`)
  assert.equal(worker.isNeeded(running), false)
  worker.cancel(1, 3, 1)
  rig.says()
  assert.equal(worker.executed(running, 8, 1), false)
  rig.says()
  assert.equal(worker.size, 0)

  rig.compute(4)
  const waiting = rig.next(4)
  worker.suspended(waiting)
  worker.cancel(1, 4, 1)
  rig.says('suspended 1/4#1', `abort 1/4#1 in ${waiting}`)
  worker.suspended(waiting) // too late to matter
  assert.equal(worker.failed(waiting), false)
  rig.says()

  const done = rig.finish(5)
  rig.reports()
  worker.cancel(1, 5, 1)
  rig.says(`drop 1/5#1 in ${done}`)
  assert.equal(worker.size, 0)
})

test('a new attempt while the old one runs: both come to their ends, one counts', () => {
  const rig = new Rig()
  rig.compute(0)
  const old = rig.next(0)
  rig.compute(0, { attempt: 2 })
  rig.says(`abort 1/0#1 in ${old}`)
  const now = rig.next(0)
  assert.notEqual(now, old)
  assert.equal(rig.worker.executed(now, 2, 2), true)
  rig.worker.interrupted(old, true)
  rig.says('finished 1/0#2 2 bytes 2 s')
  assert.equal(rig.worker.valueSlot(1, 0), now)
  assert.equal(rig.worker.size, 1)
})

test('a task that is to run here although its value was on its way: those that wait for the value are put away', () => {
  const rig = new Rig()
  rig.compute(1, { inputs: [[1, 0, 1, 7]] })
  rig.reports()
  rig.compute(0, { attempt: 2 })
  rig.says('missing 1/1#1 < 1/0#1@7')
  rig.next(0)
})

test('an input that is not here after all', () => {
  const rig = new Rig()
  const { worker } = rig
  rig.finish(0)
  rig.compute(1)
  rig.compute(2)
  const first = rig.next(1)
  const second = rig.next(2)
  rig.reports()
  worker.inputUnavailable(first, 1, 0, 1, 5)
  rig.says('missing 1/1#1 < 1/0#1@5')
  assert.equal(worker.valueSlot(1, 0), -1)
  assert.equal(worker.size, 1)
  // The next one to notice is abandoned: there is nothing more to tell.
  worker.cancel(1, 2, 1)
  rig.reports()
  worker.inputUnavailable(second, 1, 0, 1, 5)
  rig.says()
  assert.equal(worker.size, 0)
})

test('an abandoned task that notices a loss tells of it', () => {
  const rig = new Rig()
  rig.finish(0)
  rig.compute(1)
  const slot = rig.next(1)
  rig.worker.cancel(1, 1, 1)
  rig.reports()
  rig.worker.inputUnavailable(slot, 1, 0, 1, 5)
  rig.says('missing 1/1#1 < 1/0#1@5')
  assert.equal(rig.worker.size, 0)
})

test('that an old attempt is not here says nothing about a newer one', () => {
  const rig = new Rig()
  const value = rig.finish(0, { attempt: 2 })
  rig.compute(1)
  const slot = rig.next(1)
  rig.reports()
  rig.worker.inputUnavailable(slot, 1, 0, 1, 5)
  rig.says('missing 1/1#1 < 1/0#1@5')
  assert.equal(rig.worker.valueSlot(1, 0), value)
})

test('values that no task made', () => {
  const rig = new Rig()
  const slot = rig.worker.hold(1, 0)
  assert.equal(rig.worker.valueSlot(1, 0), slot)
  assert.equal(rig.worker.attemptOf(slot), 0)
  rig.compute(1, { inputs: [[1, 0, 0, 7]] })
  rig.says()
  rig.next(1)
  const again = rig.worker.hold(1, 0)
  rig.says(`drop 1/0#0 in ${slot}`)
  rig.worker.free(1, 0, 0)
  rig.says(`drop 1/0#0 in ${again}`)
})

test('the end of a slot is reported exactly once', () => {
  const rig = new Rig()
  rig.compute(0)
  const slot = rig.next(0)
  rig.worker.executed(slot, 1, 1)
  for (const end of [
    () => rig.worker.executed(slot, 1, 1),
    () => rig.worker.failed(slot),
    () => rig.worker.interrupted(slot, true),
    () => rig.worker.executed(63, 1, 1),
  ]) {
    assert.throws(
      end,
      (error) => error instanceof InvariantError && /the end of slot \d+ is reported, which is (memory|free)/.test(error.message),
    )
  }
})

test('asked whether a value is here', () => {
  const rig = new Rig()
  rig.finish(0)
  rig.compute(1, { inputs: [[1, 9, 1, 7]] })
  rig.reports()
  rig.worker.confirm(1, 0, 2) // another attempt
  rig.worker.confirm(1, 9, 1) // not yet
  rig.worker.confirm(1, 1, 1) // a task
  rig.says('lacks 1/0#2', 'lacks 1/9#1', 'lacks 1/1#1')
  rig.worker.confirm(1, 0, 1)
  rig.says('hasReplica 1/0#1')
})

test('a task that was not begun is given back when asked for; one that was begun is not', () => {
  const rig = new Rig()
  const { worker } = rig
  rig.compute(0)
  rig.compute(1)
  rig.compute(2, { inputs: [[1, 9, 1, 4]] })
  const slot = rig.next(0)
  rig.reports()
  worker.steal(1, 0, 1) // it runs
  worker.steal(1, 1, 2) // another attempt
  worker.steal(1, 7, 1) // not known
  worker.steal(1, 9, 1) // a value
  rig.says('kept 1/0#1', 'kept 1/1#2', 'kept 1/7#1', 'kept 1/9#1')
  worker.steal(1, 1, 1)
  worker.steal(1, 2, 1)
  worker.steal(1, 2, 1)
  rig.says('stolen 1/1#1', 'stolen 1/2#1', 'kept 1/2#1')
  assert.equal(worker.next(), -1)
  worker.suspended(slot)
  worker.steal(1, 0, 1)
  worker.executed(slot, 1, 1)
  worker.steal(1, 0, 1)
  rig.says('suspended 1/0#1', 'kept 1/0#1', 'finished 1/0#1 1 bytes 1 s', 'kept 1/0#1')
  // What the stolen task waited for arrives all the same.
  assert.ok(worker.fetched(1, 9, 1) >= 0)
  rig.says('hasReplica 1/9#1')
  assert.equal(worker.readyCount, 0)
})

test('a copy is got when asked for; it is told when it is here, and when it cannot be had', () => {
  const rig = new Rig()
  const { worker } = rig
  worker.replicate(1, 0, 1, 5)
  rig.says('fetch 1/0#1 from 5')
  worker.replicate(1, 0, 1, 6) // it is on its way
  rig.says()
  assert.ok(worker.fetched(1, 0, 1) >= 0)
  worker.replicate(1, 0, 1, 6)
  rig.says('hasReplica 1/0#1', 'hasReplica 1/0#1')
  worker.replicate(1, 2, 1, 5)
  worker.fetchFailed(1, 2, 1)
  rig.says('fetch 1/2#1 from 5', 'missing 1/2#1 < 1/2#1@5')
  worker.replicate(1, 3, 1, 5)
  worker.free(1, 3, 1)
  rig.says('fetch 1/3#1 from 5', 'missing 1/3#1 < 1/3#1@5')
  assert.equal(worker.fetched(1, 3, 1), -1)
})

test('a copy of another attempt replaces what is here, but not a task', () => {
  const rig = new Rig()
  const { worker } = rig
  const slot = rig.finish(0)
  worker.replicate(1, 0, 2, 5)
  rig.says('finished 1/0#1 8 bytes 0.5 s', `drop 1/0#1 in ${slot}`, 'fetch 1/0#2 from 5')
  rig.compute(1, { attempt: 3 })
  worker.replicate(1, 1, 2, 5)
  rig.says('missing 1/1#2 < 1/1#2@5')
  rig.next(1)
})

test('a copy that is on its way for a task is told of when it is asked for too', () => {
  const rig = new Rig()
  rig.compute(1, { inputs: [[1, 0, 1, 4]] })
  rig.worker.replicate(1, 0, 1, 4)
  rig.says('fetch 1/0#1 from 4')
  rig.worker.fetchFailed(1, 0, 1)
  rig.says('missing 1/1#1 < 1/0#1@4', 'missing 1/0#1 < 1/0#1@4')
})

test('a task that names two attempts of one input is put away, and does not disturb the value that takes its slot', () => {
  const rig = new Rig()
  rig.compute(3, {
    inputs: [
      [1, 4, 1, 0],
      [1, 4, 2, 0],
      [1, 5, 3, 0],
    ],
  })
  rig.says('fetch 1/4#1 from 0', 'missing 1/3#1 < 1/4#1@0', 'fetch 1/4#2 from 0', 'fetch 1/5#3 from 0')
  assert.ok(rig.worker.fetched(1, 5, 3) >= 0 && rig.worker.fetched(1, 4, 2) >= 0)
  rig.says('hasReplica 1/5#3', 'hasReplica 1/4#2')
  assert.equal(rig.worker.next(), -1)
})
