import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProgressFold } from '../../src/events/index.js'
import { Rig, graphOf, independent, upTo } from './rig.js'

test('the story of a task: when, what, where', () => {
  const rig = new Rig()
  const w = rig.worker(1, { name: 'a' })
  rig.flush()
  rig.time = 10
  const g = rig.submit(graphOf({ a: [[]], b: [[0]] }))
  rig.flush()
  rig.time = 11
  rig.suspend(g, 0)
  rig.flush()
  rig.time = 12
  rig.finish(g, 0, { bytes: 100, seconds: 2 })
  rig.flush()
  rig.time = 13
  rig.finish(g, 1)
  rig.flush()
  const at = (kind: string, time: number, worker: number, value: number): object => ({
    kind,
    time,
    graph: g,
    task: 0,
    layer: 0,
    worker,
    value,
  })
  assert.deepEqual(rig.log.story(g, 0), [
    at('taskReady', 10, -1, 0),
    at('taskSent', 10, w, 0),
    at('taskSuspended', 11, w, 0),
    at('taskFinished', 12, w, 2),
    at('taskStored', 12, w, 100),
    at('taskReleased', 13, w, 100),
  ])
})

test('all events of a tick have one time', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(independent(2), { wanted: [0, 1] })
  rig.flush()
  rig.time = 5
  rig.finish(g, 0)
  rig.time = 6
  rig.finish(g, 1)
  rig.flush()
  assert.deepEqual([rig.log.story(g, 0).at(-1)?.time, rig.log.story(g, 1).at(-1)?.time], [5, 5])
})

test('graphs and workers come and go in the log', () => {
  const rig = new Rig()
  rig.worker(3, { name: 'a', host: 'h' })
  const g = rig.submit(graphOf({ x: [[], []], y: [[0, 1]] }))
  rig.scheduler.release(g, [2])
  rig.lose(0)
  rig.worker(1, { name: 'b' })
  rig.lose(1, true)
  const events = upTo(rig.log.length)
    .map((n) => rig.log.at(n))
    .filter((e) => e.task < 0)
    .map(({ kind, graph, worker, detail }) => ({ kind, graph, worker, ...(detail ? { detail } : {}) }))
  assert.deepEqual(events, [
    { kind: 'workerJoined', graph: -1, worker: 0, detail: { name: 'a', host: 'h', threads: 3 } },
    { kind: 'graphSubmitted', graph: g, worker: -1, detail: { labels: ['x', 'y'], sizes: [2, 1] } },
    { kind: 'graphForgotten', graph: g, worker: -1 },
    { kind: 'workerLost', graph: -1, worker: 0, detail: { reason: 'it died' } },
    { kind: 'workerJoined', graph: -1, worker: 1, detail: { name: 'b', host: 'localhost', threads: 1 } },
    { kind: 'workerLeft', graph: -1, worker: 1 },
  ])
})

test('progress follows losses, retries and values that are needed again', () => {
  const rig = new Rig()
  const fold = new ProgressFold()
  rig.log.listen(fold.listener)
  const progress = (label: string): object => {
    rig.log.flush()
    const { done, erred, total } = fold.groups.get(label)!
    return { done, erred, total }
  }
  rig.worker()
  const g = rig.submit(graphOf({ a: [[]], b: [[0]], c: [[1]] }))
  rig.flush()
  rig.finish(g, 0, { seconds: 2 })
  rig.flush()
  assert.deepEqual(progress('a'), { done: 1, erred: 0, total: 1 })
  assert.equal(fold.groups.get('a')!.seconds, 2)
  rig.finish(g, 1)
  rig.flush()
  assert.deepEqual(progress('a'), { done: 1, erred: 0, total: 1 }) // released, but done
  rig.lose(0)
  rig.worker()
  rig.flush()
  assert.deepEqual(progress('a'), { done: 0, erred: 0, total: 1 }) // to be done again
  assert.deepEqual(progress('b'), { done: 0, erred: 0, total: 1 })
  rig.throw(g, 0)
  rig.flush()
  for (const label of 'abc') assert.deepEqual(progress(label), { done: 0, erred: 1, total: 1 })
  rig.scheduler.retry(g, 2)
  rig.flush()
  for (const label of 'abc') assert.deepEqual(progress(label), { done: 0, erred: 0, total: 1 })
  for (const t of [0, 1, 2]) {
    rig.finish(g, t)
    rig.flush()
  }
  for (const label of 'abc') assert.deepEqual(progress(label), { done: 1, erred: 0, total: 1 })
})
