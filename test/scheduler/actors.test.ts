import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ActorLost } from '../../src/base/index.js'
import type { Annotations } from '../../src/graph/index.js'
import { Rig, graphOf } from './rig.js'

const actor: Annotations = { actor: true }
const onA: Annotations = { workers: ['a'], actor: true }
const onB: Annotations = { workers: ['b'] }

/**
 * Two workers; an actor on a (task 0), and a task on b that needs it (1), so that b has a copy of where it is; another one
 * that needs it (2) waits for a worker.
 */
function rigWithCopy(wanted: readonly number[]): { rig: Rig; g: number } {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(graphOf({ x: [[]], y: [[0]], z: [[0]] }, { x: onA, y: onB, z: { workers: ['nobody'] } }), { wanted })
  rig.flush()
  rig.finish(g, 0)
  rig.says(...(wanted.includes(0) ? ['memory 1/0'] : []), 'run 1/1#1 on 1 < 1/0#1@0')
  rig.scheduler.hasReplica(1, g, 0, 1)
  rig.flush()
  return { rig, g }
}

test('an actor whose worker is lost fails, with what waits for it, though there is a copy of where it was', () => {
  const { rig, g } = rigWithCopy([0, 1, 2])
  rig.lose(0)
  assert.deepEqual(
    rig.flush().filter((line) => line.startsWith('erred') || line.startsWith('free') || line.startsWith('lost')),
    ['lost 1/0', 'free 1/0#1 on 1', 'erred 1/0', 'erred 1/2'],
  )
  const error = rig.scheduler.errorOf(g, 0)
  assert.ok(error instanceof ActorLost)
  assert.match(error.message, /the actor x:0 was on a \(localhost\), which is gone: it died/)
  // What was under way may have called it before.
  rig.finish(g, 1)
  rig.says('memory 1/1')
})

test('an actor that was released is not made again for a result that is lost', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(graphOf({ x: [[]], y: [[0]] }, { x: onA, y: onB }))
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.finish(g, 1)
  rig.says('free 1/0#1 on 0', 'memory 1/1')
  rig.lose(1)
  rig.says('lost 1/1', 'erred 1/1')
  assert.match((rig.scheduler.errorOf(g, 1) as Error).message, /the actor x:0 was released/)
})

test('whoever retries a lost actor gets another one', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(graphOf({ x: [[]] }, { x: actor }))
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.lose(0)
  rig.says('lost 1/0', 'erred 1/0')
  rig.worker()
  rig.says()
  rig.scheduler.retry(g, 0)
  rig.says('run 1/0#2 on 0')
  rig.finish(g, 0)
  rig.says('memory 1/0')
})

test('an actor that was being made when its worker was lost is made elsewhere', () => {
  const rig = new Rig()
  rig.worker()
  rig.submit(graphOf({ x: [[]] }, { x: actor }))
  rig.flush()
  rig.lose(0)
  rig.flush()
  rig.worker()
  rig.says('run 1/0#2 on 0')
})

test('a worker that lacks its actor has lost it', () => {
  const { rig, g } = rigWithCopy([0])
  rig.scheduler.lacks(0, g, 0, 1)
  assert.match((rig.scheduler.errorOf(g, 0) as Error).message, /the actor x:0 has ended on a: the thread/)
})

test('actors are not replicated, moved, or dropped for the sake of memory', () => {
  const { rig, g } = rigWithCopy([0, 1])
  rig.worker(1, { name: 'c' })
  rig.finish(g, 1)
  rig.flush()
  assert.equal(rig.scheduler.replicate(g, [0], 3), 0)
  assert.equal(rig.scheduler.rebalance(new Map([[0, 1e9]])), 0)
  rig.scheduler.pauseWorker(0)
  rig.scheduler.relieveWorker(0)
  assert.deepEqual(
    rig.flush(),
    ['run 1/2#1 on 1'].filter(() => false),
  )
  assert.ok(rig.scheduler.holdersOf(g, 0).includes(0))
})

test('a worker stays until its actors were released', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(graphOf({ x: [[]] }, { x: onA }))
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.scheduler.retireWorker(0)
  rig.says('stuck 0 with 1')
  rig.says()
  rig.scheduler.release(g, [0])
  rig.says('free 1/0#1 on 0', 'forgotten 1', 'retired 0')
})
