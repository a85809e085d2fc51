import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DataLost, KilledWorker, WorkerLost } from '../../src/scheduler/index.js'
import { Rig, graphOf, independent, upTo } from './rig.js'

test('a worker is lost: what it ran runs elsewhere, what it held is computed again as far back as needed', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  const g = rig.submit(graphOf({ x: [[]], y: [[0]], z: [[1]] }))
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.finish(g, 1)
  rig.says('free 1/0#1 on 0', 'run 1/2#1 on 0')
  rig.lose(0)
  assert.equal(rig.states(g, [0, 1, 2]), 'ready waiting waiting')
  rig.says()
  rig.worker(1, { name: 'b' })
  rig.says('run 1/0#2 on 0')
  rig.finish(g, 0)
  rig.says('run 1/1#2 on 0')
  rig.finish(g, 1)
  rig.says('free 1/0#2 on 0', 'run 1/2#2 on 0')
  rig.finish(g, 2)
  rig.says('free 1/1#2 on 0', 'memory 1/2')
  assert.deepEqual(rig.story(g, 1), [
    'taskReady',
    'taskSent 0',
    'taskFinished 0',
    'taskStored 0',
    'taskLost',
    'taskRequired',
    'taskReady',
    'taskSent 0',
    'taskFinished 0',
    'taskStored 0',
    'taskReleased 0',
  ])
})

test('a wanted result that is lost is told, and told again when it is there', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(independent(1))
  rig.flush()
  rig.finish(g, 0)
  rig.says('memory 1/0')
  rig.lose(0)
  rig.says('lost 1/0')
  rig.worker()
  rig.says('run 1/0#2 on 0')
  rig.finish(g, 0)
  rig.says('memory 1/0')
})

test('a copy elsewhere makes a loss harmless', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(graphOf({ x: [[]], y: [[0]] }, { x: { workers: ['a'] }, y: { workers: ['b'] } }), { wanted: [0, 1] })
  rig.flush()
  rig.finish(g, 0)
  rig.says('memory 1/0', 'run 1/1#1 on 1 < 1/0#1@0')
  rig.scheduler.hasReplica(1, g, 0, 1)
  rig.lose(0)
  rig.says()
  assert.deepEqual(rig.scheduler.holdersOf(g, 0), [1])
  rig.finish(g, 1)
  rig.says('memory 1/1')
  rig.scheduler.release(g, [0])
  rig.says('free 1/0#1 on 1')
})

test('losing a copy is no loss', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(graphOf({ x: [[]], y: [[0]] }, { x: { workers: ['a'] }, y: { workers: ['b'] } }), { wanted: [0, 1] })
  rig.flush()
  rig.finish(g, 0)
  rig.flush()
  rig.scheduler.hasReplica(1, g, 0, 1)
  rig.lose(1, true)
  rig.says()
  assert.deepEqual(rig.scheduler.holdersOf(g, 0), [0])
})

test('tasks that were ready for the lost worker, and lost their inputs with it, wait', () => {
  const rig = new Rig()
  rig.worker(1)
  const g = rig.submit(graphOf({ x: [[]], y: upTo(5).map(() => [0, 0]) }), { wanted: [1, 2, 3, 4, 5] })
  rig.flush()
  rig.finish(g, 0)
  rig.says('run 1/1#1 on 0', 'run 1/2#1 on 0')
  assert.equal(rig.states(g, upTo(6)), 'memory processing processing ready ready ready')
  rig.lose(0, true)
  assert.equal(rig.states(g, upTo(6)), 'ready waiting waiting waiting waiting waiting')
  rig.worker(10)
  rig.flush()
  rig.finish(g, 0)
  assert.equal(rig.flush().length, 5)
})

test('a number is not used again in the tick in which its worker went', () => {
  const rig = new Rig()
  assert.equal(rig.worker(), 0)
  assert.equal(rig.worker(), 1)
  rig.lose(0)
  assert.equal(rig.worker(), 2)
  rig.flush()
  assert.equal(rig.worker(), 0)
  rig.lose(9) // there is none
  assert.equal(rig.scheduler.workerCount, 3)
})

test('a task that ends its workers is given up after so many, with KilledWorker', () => {
  const rig = new Rig({ allowedFailures: 2 })
  const g = rig.submit(graphOf({ bad: [[]], b: [[0]] }))
  for (let i = 1; i <= 3; i++) {
    const w = rig.worker()
    rig.says(`run 1/0#${i} on ${w}`)
    rig.lose(w)
    rig.says(...(i === 3 ? ['erred 1/1'] : []))
  }
  const error = rig.scheduler.errorOf(g, 1) as KilledWorker
  assert.ok(error instanceof KilledWorker && error instanceof WorkerLost)
  assert.match(error.message, /bad:0 died 3 times.*it died/s)
  assert.equal(rig.story(g, 0).at(-1), 'taskErred 0')
})

test('a planned departure is nobody’s fault', () => {
  const rig = new Rig({ allowedFailures: 0 })
  rig.submit(independent(1))
  for (let i = 1; i <= 5; i++) {
    const w = rig.worker()
    rig.says(`run 1/0#${i} on ${w}`)
    rig.lose(w, true)
    rig.says()
  }
})

test('a thread that dies within a worker: charged or not, the task runs again', () => {
  const rig = new Rig({ allowedFailures: 1 })
  rig.worker(2)
  const g = rig.submit(independent(2), { wanted: [0, 1] })
  rig.flush()
  rig.interrupt(g, 0, false)
  rig.says('run 1/0#2 on 0')
  rig.interrupt(g, 0, true)
  rig.says() // a suspect waits until it can run alone
  rig.finish(g, 1)
  rig.says('memory 1/1', 'run 1/0#3 on 0')
  rig.interrupt(g, 0, true)
  rig.says('erred 1/0')
  const error = rig.scheduler.errorOf(g, 0)
  assert.ok(error instanceof WorkerLost && !(error instanceof KilledWorker))
})

test('after a death those that were there run alone, so that only the guilty is charged again', () => {
  const rig = new Rig({ allowedFailures: 1 })
  rig.worker(4, { name: 'a' })
  const g = rig.submit(independent(4), { wanted: upTo(4) })
  assert.equal(rig.flush().length, 4)
  rig.lose(0)
  rig.worker(4, { name: 'b' })
  rig.says('run 1/0#2 on 1')
  rig.finish(g, 0)
  rig.says('memory 1/0', 'run 1/1#2 on 1')
  rig.lose(1)
  // Task 1 was alone: it is given up, the others are as innocent as before. What worker 1 held is computed again.
  rig.says('lost 1/0', 'erred 1/1')
  const c = rig.worker(4, { name: 'c' })
  const d = rig.worker(4, { name: 'd' })
  assert.deepEqual(rig.flush().toSorted(), [`run 1/0#3 on ${d}`, `run 1/2#2 on ${c}`])
  rig.finish(g, 2)
  rig.says('memory 1/2', `run 1/3#2 on ${c}`)
  assert.equal(rig.scheduler.errorOf(g, 3), undefined)
})

test('workers that wait for the turn of a suspect go on as soon as one of them has it', () => {
  const rig = new Rig()
  rig.worker(2, { name: 'a' })
  rig.worker(2, { name: 'b' })
  const g = rig.submit(independent(12), { wanted: upTo(12) })
  rig.says(...[0, 1, 2].map((t) => `run 1/${t}#1 on 1`), ...[3, 4, 5].map((t) => `run 1/${t}#1 on 0`))
  rig.interrupt(g, 0)
  // Task 0 is next, but both workers have something to do.
  rig.says()
  rig.finish(g, 3, { seconds: 1 })
  rig.finish(g, 4, { seconds: 1 })
  rig.says('memory 1/3', 'memory 1/4')
  rig.finish(g, 5, { seconds: 1 })
  rig.says('memory 1/5', 'run 1/0#2 on 0', 'run 1/6#1 on 1')
  rig.finish(g, 0, { seconds: 1 })
  rig.says('memory 1/0', 'run 1/7#1 on 0', 'run 1/8#1 on 0', 'run 1/9#1 on 0')
})

test('cancelling a suspect lets the others go on', () => {
  const rig = new Rig()
  rig.worker(2)
  const g = rig.submit(independent(9), { wanted: upTo(9) })
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0', 'run 1/2#1 on 0')
  rig.interrupt(g, 0)
  rig.says()
  rig.scheduler.release(g, [0])
  rig.says('run 1/3#1 on 0')
})

test('a missing input: another copy is taken, and the holder that could not give it is asked whether it has it', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  rig.worker(1, { name: 'c' })
  const graph = graphOf({ x: [[]], y: [[0]], z: [[0]] }, { x: { workers: ['a'] }, y: { workers: ['b'] }, z: { workers: ['c'] } })
  const g = rig.submit(graph, { wanted: [1, 2] })
  rig.flush()
  rig.finish(g, 0)
  rig.says('run 1/2#1 on 2 < 1/0#1@0', 'run 1/1#1 on 1 < 1/0#1@0')
  rig.scheduler.hasReplica(1, g, 0, 1)
  rig.missing(g, 2, { graph: g, task: 0, attempt: 1, holder: 0 })
  rig.says('confirm 1/0#1 on 0', 'run 1/2#2 on 2 < 1/0#1@1')
  assert.deepEqual(rig.scheduler.holdersOf(g, 0), [1])
  rig.scheduler.hasReplica(0, g, 0, 1)
  rig.says()
  assert.deepEqual(rig.scheduler.holdersOf(g, 0), [1, 0])
})

test('a missing input of an attempt that is over is no news about the present one', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(graphOf({ x: [[]], y: [[0]] }, { x: { workers: ['a'] }, y: { workers: ['b'] } }))
  rig.flush()
  rig.finish(g, 0)
  rig.says('run 1/1#1 on 1 < 1/0#1@0')
  rig.missing(g, 1, { graph: g, task: 0, attempt: 9, holder: 0 })
  rig.says('run 1/1#2 on 1 < 1/0#1@0')
})

test('that a value is gone counts even if the task that noticed was cancelled', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(graphOf({ x: [[]], y: [[0], [0]] }), { wanted: [1, 2] })
  rig.flush()
  rig.finish(g, 0)
  rig.says('run 1/1#1 on 0', 'run 1/2#1 on 0')
  rig.scheduler.release(g, [1])
  rig.says('cancel 1/1#1 on 0')
  rig.missing(g, 1, { graph: g, task: 0, attempt: 1, holder: 0 })
  rig.says('run 1/0#2 on 0')
})

test('news of an attempt that is over does no harm', () => {
  const rig = new Rig()
  rig.worker()
  const g = rig.submit(independent(1))
  rig.says('run 1/0#1 on 0')
  rig.interrupt(g, 0, false)
  rig.says('run 1/0#2 on 0')
  rig.scheduler.finished(0, g, 0, 1, 8, 1)
  rig.says('free 1/0#1 on 0')
  rig.scheduler.suspended(0, g, 0, 1)
  rig.scheduler.interrupted(0, g, 0, 1, true, '')
  rig.scheduler.inputMissing(0, g, 0, 1, { graph: g, task: 0 }, 1, 0)
  assert.equal(rig.scheduler.stateOf(g, 0), 'processing')
  rig.finish(g, 0)
  rig.says('memory 1/0')
  rig.finish(g, 0) // the same news again must not free the value
  rig.says()
})

test('news of a worker that is gone does no harm', () => {
  const rig = new Rig()
  const w = rig.worker()
  const g = rig.submit(independent(1))
  rig.flush()
  rig.lose(w, true)
  rig.finish(g, 0)
  rig.says()
  assert.equal(rig.scheduler.stateOf(g, 0), 'ready')
})

test('data: values that no task made are used where they are, and freed', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(graphOf({ given: [[], []], sum: [[0, 1]] }), {
    data: new Map([
      [0, { worker: 0, bytes: 10 }],
      [1, { worker: 1, bytes: 1e10 }],
    ]),
  })
  rig.says('run 1/2#1 on 1 < 1/0#0@0')
  rig.finish(g, 2)
  rig.says('free 1/0#0 on 0', 'free 1/1#0 on 1', 'memory 1/2')
})

test('data that is lost is DataLost to what needs it', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const graph = graphOf({ given: [[], []], sum: [[0, 1]], free: [[]] }, { sum: { workers: ['b'] } })
  const g = rig.submit(graph, {
    wanted: [0, 2, 3],
    data: new Map([
      [0, { worker: 0, bytes: 1 }],
      [1, { worker: 1, bytes: 1 }],
    ]),
  })
  const lines = rig.flush()
  assert.ok(lines.includes('run 1/2#1 on 1 < 1/0#0@0'))
  rig.lose(0, true)
  assert.deepEqual(
    rig.flush().filter((line) => !line.startsWith('run')),
    ['lost 1/0', 'erred 1/0'],
  )
  assert.equal(rig.scheduler.stateOf(g, 2), 'processing') // it may have got it in time
  rig.missing(g, 2, { graph: g, task: 0, attempt: 0, holder: 0 })
  assert.deepEqual(rig.flush().toSorted(), ['erred 1/2', 'free 1/1#0 on 1'])
  const error = rig.scheduler.errorOf(g, 2)
  assert.ok(error instanceof DataLost)
  assert.match(error.message, /given:0 is gone/)
  assert.equal(rig.scheduler.errorOf(g, 0), error)
})

test('data that was freed cannot come back when a result made of it is lost', () => {
  const rig = new Rig()
  rig.worker(1)
  const g = rig.submit(graphOf({ given: [[]], y: [[0]] }), { data: new Map([[0, { worker: 0, bytes: 1 }]]) })
  rig.flush()
  rig.finish(g, 1)
  rig.says('free 1/0#0 on 0', 'memory 1/1')
  rig.lose(0)
  rig.says('lost 1/1', 'erred 1/1')
  assert.ok(rig.scheduler.errorOf(g, 1) instanceof DataLost)
})

test('data on a worker that went before the submission: lost, and what is there is freed', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  const graph = graphOf({ given: [[], []], sum: [[0, 1]] })
  const g = rig.submit(graph, {
    data: new Map([
      [0, { worker: 7, bytes: 1 }],
      [1, { worker: 0, bytes: 1 }],
    ]),
  })
  rig.says('erred 1/2', 'free 1/1#0 on 0')
  assert.ok(rig.scheduler.errorOf(g, 2) instanceof DataLost)
})
