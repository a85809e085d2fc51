import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rig, graphOf, independent, upTo } from './rig.js'

const lose = (rig: Rig, worker: number): void =>
  rig.scheduler.removeWorker(worker, { expected: false, reason: 'it took too much memory', outOfMemory: true })

test('what took too much memory runs next on a worker with more', () => {
  const rig = new Rig()
  const small = rig.worker(1, { memory: 100 })
  const g = rig.submit(independent(1))
  rig.says(`run ${g}/0#1 on ${small}`)
  const other = rig.worker(1, { memory: 100 })
  const big = rig.worker(1, { memory: 200 })
  // So that all would rather take something else.
  lose(rig, small)
  rig.says(`run ${g}/0#2 on ${big}`)
  rig.finish(g, 0)
  rig.says(`memory ${g}/0`)
  assert.notEqual(other, big)
})

test('it waits for one that may come, and takes any when none will', () => {
  const rig = new Rig()
  rig.worker(1, { memory: 100 })
  rig.submit(independent(1))
  rig.flush()
  rig.scheduler.expectMemory(200)
  lose(rig, 0)
  rig.worker(1, { memory: 100 })
  rig.says()
  assert.deepEqual(
    rig.scheduler.demand().classes.filter(({ tasks }) => tasks > 0),
    [{ resources: {}, memoryAbove: 100, named: false, runnable: false, tasks: 1, occupancy: 0, untimed: 1 }],
  )
  // A pool of larger workers is scaled to nothing.
  rig.scheduler.expectMemory(0)
  assert.match(rig.flush().join(), /^run 1\/0#2 on \d$/)
})

test('where there is nobody larger it runs where it was, until it has failed too often', () => {
  const rig = new Rig({ allowedFailures: 1 })
  rig.worker(1, { memory: 100 })
  rig.worker(1, { memory: 100 })
  const g = rig.submit(independent(1))
  rig.flush()
  lose(rig, rig.sent(g, 0).worker)
  assert.match(rig.flush().join(), /^run 1\/0#2 on \d$/)
  lose(rig, rig.sent(g, 0).worker)
  rig.says('erred 1/0')
})

test('the larger worker goes: what waited for it takes any', () => {
  const rig = new Rig()
  rig.worker(1, { memory: 100, name: 'a' })
  const big = rig.worker(1, { memory: 200, name: 'big' })
  // The large one is busy.
  const h = rig.submit(independent(2, 'other', { workers: ['big'] }), { wanted: upTo(2) })
  const g = rig.submit(independent(1))
  rig.flush()
  assert.equal(rig.sent(g, 0).worker, 0)
  lose(rig, 0)
  rig.says()
  const next = rig.worker(1, { memory: 100, name: 'b' })
  rig.says()
  rig.lose(big)
  rig.says(`run ${g}/0#2 on ${next}`)
  assert.equal(rig.states(h, [0, 1]), 'ready ready')
})

test('resources count there as well', () => {
  const rig = new Rig()
  const gpu = { resources: { gpu: 1 } }
  rig.worker(1, { memory: 100, ...gpu })
  const g = rig.submit(independent(1, 'task', gpu))
  rig.flush()
  rig.worker(1, { memory: 300 })
  const big = rig.worker(4, { memory: 200, ...gpu })
  lose(rig, 0)
  rig.says(`run ${g}/0#2 on ${big}`)
  // Another one has to wait for the resource.
  const h = rig.submit(independent(1, 'more', gpu))
  rig.says()
  rig.finish(g, 0)
  rig.says(`memory ${g}/0`, `run ${h}/0#1 on ${big}`)
})

test('a keeper takes what nobody else can, runs nothing, and leaves when there is somebody', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  const g = rig.submit(graphOf({ x: [[]], y: [[]] }), { wanted: [0, 1] })
  rig.flush()
  rig.finish(g, 0)
  rig.finish(g, 1)
  rig.flush()
  rig.scheduler.retireWorker(0)
  rig.says('stuck 0 with 2')
  const keeper = rig.worker(1, { name: 'keeper', keeper: true })
  rig.says(`copy ${g}/0#1 to ${keeper} from 0`, `copy ${g}/1#1 to ${keeper} from 0`)
  for (const task of [0, 1]) rig.scheduler.hasReplica(keeper, g, task, 1)
  rig.says('retired 0')
  rig.lose(0, true)
  rig.says()
  const h = rig.submit(independent(1))
  // Nobody is there for that.
  rig.says()
  const next = rig.worker(1, { name: 'b' })
  rig.says(`run ${h}/0#1 on ${next}`, `copy ${g}/0#1 to ${next} from ${keeper}`, `copy ${g}/1#1 to ${next} from ${keeper}`)
  for (const task of [0, 1]) rig.scheduler.hasReplica(next, g, task, 1)
  rig.says(`retired ${keeper}`)
  rig.lose(keeper, true)
  rig.says()
  assert.equal(rig.states(g, [0, 1]), 'memory memory')
})

test('other workers are better than a keeper', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  const g = rig.submit(independent(1))
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.worker(1, { name: 'keeper', keeper: true })
  const other = rig.worker(1, { name: 'b' })
  rig.flush()
  rig.scheduler.retireWorker(0)
  rig.says(`copy ${g}/0#1 to ${other} from 0`)
})

test('a worker that was told to leave and dies on the way charges nobody', () => {
  const rig = new Rig({ allowedFailures: 0 })
  rig.worker(1, { name: 'a' })
  const g = rig.submit(independent(1))
  rig.flush()
  rig.scheduler.retireWorker(0)
  rig.flush()
  // Its time was over: nobody waits for a task without end.
  rig.lose(0)
  const next = rig.worker(1, { name: 'b' })
  rig.says(`run ${g}/0#2 on ${next}`)
})

test('a pool is a class of its own', () => {
  const rig = new Rig()
  rig.worker(1)
  const g = rig.submit(independent(1, 'task', { pool: 'gpu' }))
  rig.says()
  const gpu = rig.worker(1, { resources: { 'pool:gpu': 1e9 } })
  rig.says(`run ${g}/0#1 on ${gpu}`)
})
