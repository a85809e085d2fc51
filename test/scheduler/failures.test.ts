import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rig, graphOf, independent, upTo } from './rig.js'

test('an error goes to everything that needs the task, as it is', () => {
  const rig = new Rig()
  rig.worker(2)
  const g = rig.submit(graphOf({ a: [[]], b: [[0]], c: [[1], [0]], other: [[]] }), { wanted: [2, 3, 4] })
  rig.says('run 1/0#1 on 0', 'run 1/4#1 on 0')
  const error = rig.throw(g, 0)
  const lines = rig.flush()
  assert.deepEqual(lines.toSorted(), ['erred 1/2', 'erred 1/3'])
  for (const t of [0, 1, 2, 3]) assert.equal(rig.scheduler.errorOf(g, t), error)
  assert.equal(rig.states(g, upTo(5)), 'erred erred erred erred processing')
  assert.equal(rig.scheduler.errorOf(g, 4), undefined)
  assert.deepEqual(rig.story(g, 1), ['taskUpstreamErred'])
  assert.deepEqual(rig.story(g, 0), ['taskReady', 'taskSent 0', 'taskErred 0'])
  rig.finish(g, 4)
  rig.says('memory 1/4')
  rig.scheduler.release(g, [2, 3, 4])
  rig.says('free 1/4#1 on 0', 'forgotten 1')
})

test('what only the failed tasks needed is freed or given up', () => {
  const rig = new Rig()
  rig.worker(4)
  const g = rig.submit(graphOf({ bad: [[]], done: [[]], running: [[]], sum: [[0, 1, 2]] }))
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0', 'run 1/2#1 on 0')
  rig.finish(g, 1)
  rig.throw(g, 0)
  assert.deepEqual(rig.flush().toSorted(), ['cancel 1/2#1 on 0', 'erred 1/3', 'free 1/1#1 on 0'])
  assert.equal(rig.states(g, upTo(4)), 'erred released released erred')
})

test('retries: so often does a task run again, and its error counts only then', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(independent(1, 'flaky', { retries: 2 }))
  rig.says('run 1/0#1 on 0')
  rig.throw(g, 0)
  rig.says('run 1/0#2 on 0')
  rig.throw(g, 0)
  rig.says('run 1/0#3 on 0')
  const last = rig.throw(g, 0)
  rig.says('erred 1/0')
  assert.equal(rig.scheduler.errorOf(g, 0), last)
  assert.deepEqual(rig.story(g, 0), [
    'taskReady',
    'taskSent 0',
    'taskRetried 0',
    'taskReady',
    'taskSent 0',
    'taskRetried 0',
    'taskReady',
    'taskSent 0',
    'taskErred 0',
  ])
})

test('a retry that succeeds is a success', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(graphOf({ flaky: [[]], b: [[0]] }, { flaky: { retries: 1 } }))
  rig.flush()
  rig.throw(g, 0)
  rig.flush()
  rig.finish(g, 0)
  rig.says('run 1/1#1 on 0')
})

test('an error of an attempt that is over is stale', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(independent(1, 'flaky', { retries: 1 }))
  rig.flush()
  rig.throw(g, 0)
  rig.throw(g, 0) // the same news again
  rig.says('run 1/0#2 on 0')
  rig.scheduler.erred(0, g, 0, 1, new Error('old'), 'old')
  rig.scheduler.erred(5, g, 0, 2, new Error('of another worker'), '')
  rig.says()
  assert.equal(rig.scheduler.stateOf(g, 0), 'processing')
})

test('a client runs a failed task again, and those that it failed of', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(graphOf({ a: [[]], b: [[0]], c: [[1]], d: [[1]] }), { wanted: [2, 3] })
  rig.flush()
  rig.throw(g, 0)
  rig.flush()
  rig.scheduler.retry(g, 2)
  rig.says('run 1/0#2 on 0')
  assert.equal(rig.states(g, upTo(4)), 'processing waiting waiting erred')
  assert.equal(rig.scheduler.errorOf(g, 2), undefined)
  rig.finish(g, 0)
  rig.says('run 1/1#1 on 0')
  rig.finish(g, 1)
  rig.says('free 1/0#2 on 0', 'run 1/2#1 on 0')
  rig.finish(g, 2)
  rig.says('free 1/1#1 on 0', 'memory 1/2')
  rig.scheduler.retry(g, 2) // it has not failed
  rig.says()
  rig.scheduler.retry(g, 3) // what it needs is gone, and is computed again
  rig.says('run 1/0#3 on 0')
})

test('retrying a task that nobody wants runs those wanted ones that it would need', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(graphOf({ a: [[]], b: [[0]] }), { wanted: [0] })
  rig.flush()
  rig.throw(g, 0)
  rig.says('erred 1/0')
  rig.scheduler.retry(g, 1)
  rig.says('run 1/0#2 on 0')
})

test('a task whose input fails while it runs goes on, and fails only if it has to run again', () => {
  const rig = new Rig({ allowedFailures: 3 })
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const graph = graphOf({ a: [[]], b: [[0]] }, { a: { workers: ['a'] }, b: { workers: ['b'] } })
  const g = rig.submit(graph)
  rig.flush()
  rig.finish(g, 0)
  rig.says('run 1/1#1 on 1 < 1/0#1@0')
  rig.lose(0, true)
  rig.worker(1, { name: 'a' })
  rig.says('run 1/0#2 on 2')
  rig.throw(g, 0)
  rig.says()
  assert.equal(rig.states(g, [0, 1]), 'erred processing')
  rig.missing(g, 1, { graph: g, task: 0, attempt: 1, holder: 0 })
  rig.says('erred 1/1')
})

test('a long chain fails without overflowing the stack', () => {
  const rig = new Rig({ validate: false })
  rig.worker()
  const n = 300_000
  const g = rig.submit(graphOf({ link: upTo(n).map((t) => (t === 0 ? [] : [t - 1])) }))
  rig.flush()
  rig.throw(g, 0)
  rig.says(`erred 1/${n - 1}`)
})
