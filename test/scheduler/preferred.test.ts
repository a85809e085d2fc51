// What the service of shuffles asks of the machine: tasks that are best run on one worker, and results that are of no use.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rig, graphOf, upTo } from './rig.js'

/** Two transfers, a seal, and four tasks that collect. */
const shuffle = () => graphOf({ transfer: [[], []], seal: [[0, 1]], collect: [[2], [2], [2], [2]] })

/** Two workers that have transferred; the seal is under way. */
function sealing(): Rig {
  const rig = new Rig({ maximumAhead: 8 })
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  rig.submit(shuffle(), { wanted: [3, 4, 5, 6] })
  rig.flush()
  rig.finish(1, 0)
  rig.finish(1, 1)
  rig.flush()
  return rig
}

test('tasks go to the worker that they are best run on, and stay there', () => {
  const rig = sealing()
  for (const task of [3, 4, 5, 6]) rig.scheduler.prefer(1, task, 1)
  rig.finish(1, 2)
  const sent: string[] = rig.flush().filter((line) => line.startsWith('run'))
  for (let task = 3; task < 7; task++) {
    rig.finish(1, task)
    sent.push(...rig.flush().filter((line) => line.startsWith('run') || line.startsWith('steal')))
  }
  assert.deepEqual(
    sent.map((line) => line.replace(/ <.*/, '')),
    [3, 4, 5, 6].map((task) => `run 1/${task}#1 on 1`),
  )
})

test('a worker is open unless it is paused, about to leave, or gone', () => {
  const rig = new Rig()
  const [a, b] = [rig.worker(1, { name: 'a' }), rig.worker(1, { name: 'b' })]
  assert.deepEqual(
    [a, b, 7].map((w) => rig.scheduler.isOpen(w)),
    [true, true, false],
  )
  rig.scheduler.pauseWorker(a)
  assert.equal(rig.scheduler.isOpen(a), false)
  rig.scheduler.resumeWorker(a)
  rig.scheduler.retireWorker(b)
  assert.deepEqual(
    [a, b].map((w) => rig.scheduler.isOpen(w)),
    [true, false],
  )
  rig.lose(b)
  assert.equal(rig.scheduler.isOpen(b), false)
})

test('when that worker takes no tasks, or is gone, they go to others', () => {
  for (const leave of [
    (rig: Rig) => rig.scheduler.pauseWorker(1),
    (rig: Rig) => rig.scheduler.removeWorker(1, { expected: false, reason: 'test' }),
  ]) {
    const rig = sealing()
    for (const task of [3, 4, 5, 6]) rig.scheduler.prefer(1, task, 1)
    rig.finish(1, 2)
    leave(rig)
    const done = new Set<number>()
    for (let n = 0; n < 20 && done.size < 4; n++) {
      for (const line of rig.flush()) {
        const found = /^run 1\/(\d+)#\d+ on (\d)/.exec(line)
        if (!found) continue
        assert.equal(found[2], '0')
        rig.finish(1, Number(found[1]))
        if (Number(found[1]) > 2) done.add(Number(found[1]))
      }
    }
    assert.deepEqual(
      [...done].sort((a, b) => a - b),
      [3, 4, 5, 6],
    )
  }
})

test('results that are of no use are dropped, and computed again where they are needed', () => {
  const rig = sealing()
  rig.finish(1, 2)
  rig.flush() // the transfers are freed, and the first tasks that collect are under way
  const collecting = upTo(4)
    .map((i) => i + 3)
    .filter((task) => rig.scheduler.stateOf(1, task) === 'processing')
  assert.ok(collecting.length > 1)
  rig.scheduler.discard(1, [2, 0, 1])
  const lines = rig.flush()
  assert.ok(lines.some((line) => line.startsWith('free 1/2#1')))
  // They found that what they read is gone.
  for (const task of collecting) rig.interrupt(1, task, false)
  const seen = new Set(lines)
  for (let n = 0; n < 20 && [3, 4, 5, 6].some((task) => rig.scheduler.stateOf(1, task) !== 'memory'); n++) {
    const more = n === 0 ? [...lines, ...rig.flush()] : rig.flush()
    for (const line of more) {
      seen.add(line.replace(/ <.*/, ''))
      const found = /^run 1\/(\d+)#/.exec(line)
      if (found && rig.scheduler.stateOf(1, Number(found[1])) === 'processing') rig.finish(1, Number(found[1]))
    }
  }
  for (const task of [0, 1, 2])
    assert.ok(
      [...seen].some((line) => line.startsWith(`run 1/${task}#2`)),
      `${task} ran again`,
    )
  for (const task of [3, 4, 5, 6]) assert.equal(rig.scheduler.stateOf(1, task), 'memory')
})

test('a result that nothing needs, and a task that is not there, are passed over', () => {
  const rig = sealing()
  rig.finish(1, 2)
  rig.flush()
  rig.scheduler.discard(1, [0, 1, 99])
  rig.scheduler.discard(9, [0])
  rig.scheduler.prefer(9, 0, 0)
  assert.equal(rig.scheduler.stateOf(1, 0), 'released')
})
