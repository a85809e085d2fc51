import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputUnreachable } from '../../src/scheduler/index.js'
import { Rig, graphOf, upTo } from './rig.js'

const onA = { workers: ['a'], allowOtherWorkers: true }

/** x on worker 0, needed twice by y1 and once by y2 on worker 1, which cannot get it there. */
function missed(): { rig: Rig; g: number } {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const graph = graphOf({ x: [[]], y: [[0, 0], [0]] }, { x: onA, y: { workers: ['b'] } })
  const g = rig.submit(graph, { wanted: [0, 1, 2] })
  rig.flush()
  rig.finish(g, 0)
  rig.says('memory 1/0', 'run 1/1#1 on 1 < 1/0#1@0 1/0#1@0', 'run 1/2#1 on 1 < 1/0#1@0')
  rig.missing(g, 1, { graph: g, task: 0, attempt: 1, holder: 0 })
  assert.equal(rig.states(g, [0, 1, 2]), 'memory waiting processing')
  rig.missing(g, 2, { graph: g, task: 0, attempt: 1, holder: 0 })
  assert.equal(rig.states(g, [0, 1, 2]), 'memory waiting waiting')
  // The clients believe that it is there, as long as its holder has not said otherwise.
  rig.says('confirm 1/0#1 on 0', 'confirm 1/0#1 on 0')
  return { rig, g }
}

test('a missing input without another copy: its holder is asked, has not got it, and it is computed again', () => {
  const { rig, g } = missed()
  rig.scheduler.lacks(0, g, 0, 1)
  rig.scheduler.lacks(0, g, 0, 1)
  rig.says('lost 1/0', 'run 1/0#2 on 0')
  rig.scheduler.hasReplica(0, g, 0, 1)
  rig.says('free 1/0#1 on 0') // it has it after all, but too late
  rig.finish(g, 0)
  rig.says('memory 1/0', 'run 1/1#2 on 1 < 1/0#2@0 1/0#2@0', 'run 1/2#2 on 1 < 1/0#2@0')
})

test('a missing input whose holder says that it has it: nothing is computed again', () => {
  const { rig, g } = missed()
  rig.scheduler.hasReplica(0, g, 0, 1)
  rig.says('run 1/1#2 on 1 < 1/0#1@0 1/0#1@0', 'run 1/2#2 on 1 < 1/0#1@0')
  assert.deepEqual(rig.story(g, 0).slice(-2), ['taskStored 0', 'valueDoubted 0'])
})

test('a value in doubt is freed like any other, and lost with its holder', () => {
  const freed = missed()
  freed.rig.scheduler.release(freed.g, [0, 1, 2])
  freed.rig.says('free 1/0#1 on 0', 'forgotten 1')
  const { rig } = missed()
  rig.lose(0, true)
  rig.says('lost 1/0', 'run 1/0#2 on 1')
})

test('a copy that arrives elsewhere ends the doubt', () => {
  const { rig, g } = missed()
  rig.scheduler.hasReplica(1, g, 0, 1)
  rig.says('run 1/1#2 on 1', 'run 1/2#2 on 1')
  assert.deepEqual(rig.scheduler.holdersOf(g, 0), [0, 1])
})

test('who wants a value in doubt is told that it is there; a stand-in for it waits until that is sure', () => {
  const { rig, g } = missed()
  const other = rig.submit(graphOf({ given: [[]], z: [[0]] }, { z: { workers: ['a'] } }), {
    sources: new Map([[0, { graph: g, task: 0 }]]),
  })
  rig.scheduler.want(g, [0], 7)
  rig.says('memory 1/0')
  assert.equal(rig.scheduler.stateOf(other, 1), 'waiting')
  rig.scheduler.hasReplica(0, g, 0, 1)
  rig.says('run 2/1#1 on 0', 'run 1/1#2 on 1 < 1/0#1@0 1/0#1@0', 'run 1/2#2 on 1 < 1/0#1@0')
})

test('a task that could not get its input from a live worker goes to that worker', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  const g = rig.submit(graphOf({ x: [[]], y: upTo(3).map(() => [0]) }, { x: onA }), { wanted: [1, 2, 3] })
  rig.flush()
  rig.finish(g, 0)
  rig.says('run 1/1#1 on 0', 'run 1/2#1 on 0')
  rig.worker(1, { name: 'b' })
  rig.says('run 1/3#1 on 1 < 1/0#1@0')
  rig.scheduler.suspended(1, g, 3, 1) // so that its thread has nothing to do
  rig.says('steal 1/2#1 from 0')
  rig.scheduler.kept(0, g, 2, 1)
  rig.says('steal 1/1#1 from 0')
  rig.scheduler.kept(0, g, 1, 1)
  rig.says()
  rig.missing(g, 3, { graph: g, task: 0, attempt: 1, holder: 0 })
  rig.says('confirm 1/0#1 on 0')
  rig.scheduler.hasReplica(0, g, 0, 1)
  rig.says()
  rig.finish(g, 1)
  rig.says('memory 1/1', 'run 1/3#2 on 0')
})

test('a task whose input nobody can get, though it is there, is given up at last', () => {
  const { rig, g } = missed()
  for (let n = 2; ; n++) {
    rig.scheduler.hasReplica(0, g, 0, 1)
    if (!rig.flush().includes(`run 1/1#${n} on 1 < 1/0#1@0 1/0#1@0`)) break
    rig.missing(g, 1, { graph: g, task: 0, attempt: 1, holder: 0 })
    assert.ok(n < 100)
  }
  const error = rig.scheduler.errorOf(g, 1)
  assert.ok(error instanceof InputUnreachable)
  assert.match(error.message, /y:0 needs x:0, which is on a, and b, among others, could not get it from there, 51 times/)
})
