import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Rig, graphOf, independent, upTo } from './rig.js'

test('nothing to do', () => {
  const rig = new Rig()
  assert.deepEqual(rig.scheduler.load(), { tasks: 0, occupancy: 0, untimed: 0, suspended: 0, unrunnable: 0, workers: [] })
  const w = rig.worker(2)
  rig.flush()
  assert.deepEqual(rig.scheduler.load().workers, [{ index: w, tasks: 0, retiring: false }])
  rig.scheduler.retireWorker(w)
  assert.equal(rig.scheduler.load().workers[0]!.retiring, true)
})

test('tasks that nobody has timed are told apart, wherever they are', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      (n, workers, threads) => {
        const rig = new Rig()
        const g = rig.submit(independent(n), { wanted: upTo(n) })
        for (let w = 0; w < workers; w++) rig.worker(threads)
        rig.flush()
        const before = rig.scheduler.load()
        assert.deepEqual(
          { ...before, workers: [] },
          { tasks: n, occupancy: 0, untimed: n, suspended: 0, unrunnable: 0, workers: [] },
        )
        assert.equal(before.workers.length, workers)
        if (workers === 0) return
        // The first result times all of them.
        rig.finish(g, 0, { seconds: 2 })
        rig.flush()
        const after = rig.scheduler.load()
        assert.equal(after.tasks, n - 1)
        assert.equal(after.untimed, 0)
        let sent = 0
        for (const { tasks } of after.workers) sent += tasks
        // What was sent before is on the account of its worker with what it was thought to take then.
        const unsent = n - 1 - sent
        assert.ok(after.occupancy >= unsent * 2 - 1e-9, `${after.occupancy}`)
        assert.ok(after.occupancy <= (n - 1) * 2 + 1e-9, `${after.occupancy}`)
      },
    ),
  )
})

test('of a mixture a sample is taken that is not far off', () => {
  const rig = new Rig()
  rig.worker(1)
  const short = rig.submit(independent(1, 'short'), { wanted: [0] })
  const long = rig.submit(independent(1, 'long'), { wanted: [0] })
  rig.flush()
  rig.finish(short, 0, { seconds: 1 })
  rig.flush()
  rig.finish(long, 0, { seconds: 9 })
  rig.flush()
  rig.scheduler.release(short, [0])
  rig.scheduler.release(long, [0])
  rig.lose(0)
  const each = Array.from({ length: 3000 }, (): number[] => [])
  rig.submit(graphOf({ short: each, long: each }), { wanted: upTo(6000) })
  rig.flush()
  const { tasks, occupancy, untimed } = rig.scheduler.load()
  assert.equal(tasks, 6000)
  assert.equal(untimed, 0)
  assert.ok(Math.abs(occupancy / 30_000 - 1) < 0.1, `${occupancy}`)
})

test('tasks for which there is no worker count when a newcomer could run them', () => {
  const rig = new Rig()
  rig.worker(1)
  rig.submit(independent(3, 'gpu', { resources: { gpu: 1 } }), { wanted: upTo(3) })
  rig.submit(independent(2, 'there', { workers: ['nowhere'] }), { wanted: upTo(2) })
  rig.flush()
  assert.equal(rig.scheduler.load().unrunnable, 5)
  assert.equal(rig.scheduler.load().tasks, 0)
  assert.equal(rig.scheduler.load({ gpu: 2 }).tasks, 3)
  rig.worker(1, { resources: { gpu: 1 } })
  rig.flush()
  assert.equal(rig.scheduler.load().unrunnable, 2)
  assert.equal(rig.scheduler.load().tasks, 3)
})

test('a task that waits for a promise takes up no thread, and its worker is not idle', () => {
  const rig = new Rig()
  rig.worker(1)
  const g = rig.submit(independent(1))
  rig.flush()
  rig.suspend(g, 0)
  const { tasks, suspended, workers } = rig.scheduler.load()
  assert.deepEqual([tasks, suspended, workers[0]!.tasks], [0, 1, 1])
})
