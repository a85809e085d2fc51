import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Annotations } from '../../src/graph/index.js'
import { Rig, graphOf, independent, upTo } from './rig.js'

const onA = { workers: ['a'], allowOtherWorkers: true }

/** x on worker 0 (a), five tasks that need it, two of them sent there. */
function loaded(annotations: Record<string, Annotations> = {}): { rig: Rig; g: number } {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  const g = rig.submit(graphOf({ x: [[]], y: upTo(4).map(() => [0]) }, annotations), { wanted: [0, 1, 2, 3, 4] })
  rig.flush()
  rig.finish(g, 0)
  rig.says('memory 1/0', 'run 1/1#1 on 0', 'run 1/2#1 on 0')
  return { rig, g }
}

test('a paused worker gets nothing new and is asked for what it has not begun; resumed, it goes on', () => {
  const { rig, g } = loaded({ y: { workers: ['a'] } })
  rig.worker(1, { name: 'b' })
  rig.scheduler.pauseWorker(0)
  rig.says('steal 1/1#1 from 0', 'steal 1/2#1 from 0')
  rig.scheduler.pauseWorker(0)
  rig.scheduler.kept(0, g, 1, 1)
  rig.scheduler.stolen(0, g, 2, 1)
  rig.says()
  rig.finish(g, 1)
  rig.says('memory 1/1')
  assert.equal(rig.states(g, upTo(5)), 'memory memory ready ready ready')
  rig.scheduler.resumeWorker(0)
  rig.scheduler.resumeWorker(0)
  rig.says('run 1/2#2 on 0', 'run 1/3#1 on 0', 'run 1/4#1 on 0')
  const kinds = upTo(rig.log.length)
    .map((n) => rig.log.at(n))
    .filter((e) => /Paused|Resumed/.test(e.kind))
  assert.deepEqual(
    kinds.map((e) => `${e.kind} ${e.worker}`),
    ['workerPaused 0', 'workerResumed 0'],
  )
})

test('what a paused worker had goes to others, which get the inputs from it', () => {
  const { rig, g } = loaded()
  rig.worker(3, { name: 'b' })
  rig.scheduler.pauseWorker(0)
  rig.says('steal 1/1#1 from 0', 'steal 1/2#1 from 0', 'run 1/3#1 on 1 < 1/0#1@0', 'run 1/4#1 on 1 < 1/0#1@0')
  rig.scheduler.stolen(0, g, 2, 1)
  rig.says('run 1/2#2 on 1 < 1/0#1@0')
})

test('where all workers are short of memory one goes on, a task at a time, until another has some again', () => {
  const rig = new Rig()
  for (const name of ['a', 'b', 'c']) rig.worker(2, { name })
  for (const worker of [0, 1, 2]) rig.scheduler.pauseWorker(worker)
  const g = rig.submit(independent(9), { wanted: upTo(9) })
  rig.says('run 1/0#1 on 0')
  rig.says()
  rig.finish(g, 0)
  rig.says('memory 1/0', 'run 1/1#1 on 0')
  // It is gone, and the next one is to leave: another goes on each time.
  rig.lose(0, true)
  rig.says('lost 1/0', 'run 1/0#2 on 1')
  rig.scheduler.retireWorker(1)
  rig.says('steal 1/0#2 from 1', 'run 1/1#2 on 2')
  rig.worker(1, { name: 'd' })
  rig.says('steal 1/1#2 from 2', 'run 1/2#1 on 0', 'run 1/3#1 on 0')
  rig.scheduler.silenceWorker(0)
  rig.scheduler.silenceWorker(0)
  rig.says('steal 1/2#1 from 0', 'steal 1/3#1 from 0')
  // It runs what it could not give back.
  rig.scheduler.kept(2, g, 1, 2)
  rig.says()
  rig.finish(g, 1)
  rig.says('memory 1/1', 'run 1/4#1 on 2')
  // One that has memory again takes what there is, and the last resort rests.
  rig.scheduler.keepWorker(1)
  rig.scheduler.resumeWorker(1)
  rig.scheduler.stolen(2, g, 4, 1)
  rig.finish(g, 0)
  rig.says('steal 1/4#1 from 2', 'memory 1/0', 'run 1/4#2 on 1', 'run 1/5#1 on 1', 'run 1/6#1 on 1')
})

test('a pause of a worker that is not there', () => {
  const rig = new Rig()
  for (const call of ['pauseWorker', 'resumeWorker', 'silenceWorker', 'keepWorker', 'retireWorker', 'relieveWorker'] as const)
    rig.scheduler[call](3)
  rig.says()
})

test('a worker that holds nothing retires at once', () => {
  const rig = new Rig()
  rig.worker()
  rig.scheduler.retireWorker(0)
  rig.says('retired 0')
  rig.submit(independent(1))
  rig.says()
  rig.lose(0, true)
})

test('a worker retires: it ends what it runs, what only it holds is copied, nothing is lost', () => {
  const { rig, g } = loaded()
  rig.worker(2, { name: 'b' })
  rig.scheduler.retireWorker(0)
  rig.says(
    'steal 1/1#1 from 0',
    'steal 1/2#1 from 0',
    'run 1/3#1 on 1 < 1/0#1@0',
    'run 1/4#1 on 1 < 1/0#1@0',
    'copy 1/0#1 to 1 from 0',
  )
  rig.scheduler.kept(0, g, 1, 1)
  rig.scheduler.stolen(0, g, 2, 1)
  rig.says('run 1/2#2 on 1 < 1/0#1@0')
  rig.scheduler.hasReplica(1, g, 0, 1)
  rig.says()
  rig.finish(g, 1)
  rig.says('memory 1/1', 'copy 1/1#1 to 1 from 0')
  rig.scheduler.hasReplica(1, g, 1, 1)
  rig.says('retired 0')
  rig.says()
  rig.lose(0, true)
  rig.says()
  assert.deepEqual([rig.scheduler.holdersOf(g, 0), rig.scheduler.holdersOf(g, 1)], [[1], [1]])
})

test('a worker that is short of memory retires, and goes on with that when it has some again', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(independent(1, 'x', onA))
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.scheduler.pauseWorker(0)
  rig.scheduler.retireWorker(0)
  rig.says('copy 1/0#1 to 1 from 0')
  rig.scheduler.resumeWorker(0)
  rig.scheduler.keepWorker(1)
  rig.says()
  rig.scheduler.hasReplica(1, g, 0, 1)
  rig.says('retired 0')
})

test('a copy that cannot be made is tried again', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(independent(1, 'x', onA))
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.scheduler.retireWorker(0)
  rig.says('copy 1/0#1 to 1 from 0')
  rig.scheduler.inputMissing(1, g, 0, 1, { graph: g, task: 0 }, 1, 0)
  rig.says('confirm 1/0#1 on 0') // it is in doubt, so it cannot be said that nothing is lost
  rig.scheduler.hasReplica(0, g, 0, 1)
  rig.says('copy 1/0#1 to 1 from 0')
  rig.lose(1)
  rig.says('stuck 0 with 1')
  rig.says() // once
  rig.worker(1, { name: 'c' })
  rig.says('copy 1/0#1 to 1 from 0')
  rig.scheduler.hasReplica(1, g, 0, 1)
  rig.says('retired 0')
})

test('nobody can take the values: that is said, and the worker can stay', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(independent(3, 'x', onA), { wanted: upTo(3) })
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.scheduler.pauseWorker(1)
  rig.scheduler.retireWorker(0)
  rig.says('steal 1/1#1 from 0', 'steal 1/2#1 from 0', 'stuck 0 with 1')
  rig.scheduler.kept(0, g, 1, 1)
  rig.scheduler.stolen(0, g, 2, 1)
  rig.scheduler.keepWorker(0)
  rig.says('run 1/2#2 on 0')
  rig.finish(g, 1)
  rig.finish(g, 2)
  rig.scheduler.release(g, [0, 1, 2])
  rig.flush()
  rig.scheduler.retireWorker(0)
  rig.says('retired 0')
})

test('a stuck retirement, asked for again when there is nothing left to lose, comes to its end', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(independent(1))
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.scheduler.retireWorker(0)
  rig.says('stuck 0 with 1')
  rig.scheduler.release(g, [0])
  rig.says('free 1/0#1 on 0', 'forgotten 1')
  rig.scheduler.retireWorker(0)
  rig.says('retired 0')
})

test('values are spread over those that stay: the largest to those that hold least', () => {
  const rig = new Rig()
  rig.worker(4, { name: 'a' })
  for (const name of ['b', 'c']) rig.worker(4, { name })
  const g = rig.submit(independent(4, 'x', onA), { wanted: upTo(4) })
  rig.flush()
  for (const t of upTo(4)) rig.finish(g, t, { bytes: 10 ** t })
  const h = rig.submit(independent(1, 'y', { workers: ['b'] }))
  rig.flush()
  rig.finish(h, 0, { bytes: 5 })
  rig.flush()
  rig.scheduler.retireWorker(0)
  rig.says('copy 1/3#1 to 2 from 0', 'copy 1/2#1 to 1 from 0', 'copy 1/1#1 to 2 from 0', 'copy 1/0#1 to 1 from 0')
})

test('few copies are got from one worker at a time', () => {
  const rig = new Rig()
  rig.worker(20, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(independent(10, 'x', onA), { wanted: upTo(10) })
  rig.flush()
  for (const t of upTo(10)) rig.finish(g, t)
  rig.flush()
  rig.scheduler.retireWorker(0)
  let pending = rig.flush()
  let copies = 0
  while (pending[0] !== 'retired 0') {
    assert.ok(pending.length > 0 && pending.length <= 4, pending.join())
    for (const line of pending) {
      copies++
      rig.scheduler.hasReplica(1, g, Number(/^copy 1\/(\d+)#1 to 1 from 0$/.exec(line)![1]), 1)
    }
    pending = rig.flush()
  }
  assert.equal(copies, 10)
})
