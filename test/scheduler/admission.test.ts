import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import type { Graph } from '../../src/graph/index.js'
import { type Admission, DataLost, type Submission } from '../../src/scheduler/index.js'
import { Transposition } from '../../src/scheduler/transposition.js'
import { Rig, graphOf, independent, upTo } from './rig.js'

function admit(rig: Rig, graph: Graph, submission: Partial<Submission> = {}): Admission {
  return rig.scheduler.admit(graph, {
    wanted: [graph.size - 1],
    ranks: Int32Array.from(upTo(graph.size)),
    ...submission,
  })
}

/** Takes it in to the end, so many tasks at a time, and counts the pieces. */
function finish(rig: Rig, admission: Admission, budget: number): number {
  let pieces = 1
  for (; !admission.step(budget); pieces++) rig.scheduler.validate()
  rig.scheduler.validate()
  return pieces
}

test('a graph that is taken in piece by piece comes to the same as one that is taken in at once', () => {
  const shape = fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 12 }), (back, budget) => {
      const graph = graphOf({ l: back.map((b, t) => b.filter((d) => d <= t).map((d) => t - d)) })
      const whole = new Rig()
      const pieces = new Rig()
      for (const rig of [whole, pieces]) rig.worker(3)
      const g = whole.submit(graph)
      const admission = admit(pieces, graph)
      assert.equal(admission.graph, g)
      finish(pieces, admission, budget)
      for (;;) {
        const lines = whole.flush()
        assert.deepEqual(pieces.flush(), lines)
        const run = lines.filter((line) => line.startsWith('run')).map((line) => Number(/\/(\d+)/.exec(line)![1]))
        if (run.length === 0) break
        for (const rig of [whole, pieces]) for (const t of run) rig.finish(g, t)
      }
    }),
  )
})

test('the dependents, made piece by piece, are those of the graph', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat({ max: 20 }), { maxLength: 4 })), fc.integer({ min: 1, max: 7 }), (back, budget) => {
      const graph = graphOf({ l: back.map((b, t) => b.filter((d) => d < t)) })
      const made = new Transposition(graph.dependencies, graph.size)
      for (const pass of ['count', 'fill'] as const) {
        for (let from = 0; from < graph.size; from += budget) made[pass](from, Math.min(graph.size, from + budget))
        if (pass === 'count') made.sum()
      }
      assert.deepEqual(made.rows, graph.dependents)
    }),
  )
})

test('many small pieces', () => {
  const rig = new Rig()
  assert.ok(finish(rig, admit(rig, independent(100)), 10) > 40)
  assert.equal(finish(rig, admit(rig, independent(100)), Infinity), 8)
})

test('nothing is sent before the checks are done; then the first tasks are, before the last are in', () => {
  const rig = new Rig()
  rig.worker()
  const admission = admit(rig, independent(100), { wanted: upTo(100) })
  const sent: string[] = []
  let pieces = 0
  while (sent.length === 0) {
    assert.equal(admission.step(50), false)
    pieces++
    sent.push(...rig.flush())
  }
  assert.ok(pieces > 4)
  assert.deepEqual(sent, ['run 1/0#1 on 0', 'run 1/1#1 on 0'])
  assert.equal(rig.scheduler.stateOf(1, 99), 'waiting')
  finish(rig, admission, 50)
  assert.equal(rig.scheduler.stateOf(1, 99), 'ready')
})

test('what is wrong is said by `admit` or by a step, and nothing of it stays', () => {
  const rig = new Rig()
  rig.worker()
  const first = rig.submit(independent(1))
  rig.flush()
  assert.throws(() => admit(rig, independent(2), { wanted: [5] }).step(), /wanted\[0\] is 5/)
  const given = graphOf({ given: [[]], use: [[0]] })
  assert.throws(() => admit(rig, given, { sources: new Map([[0, { graph: 9, task: 0 }]]) }), ArgumentError)
  const admission = admit(rig, independent(2), { ranks: Int32Array.of(0, 0) })
  assert.throws(() => finish(rig, admission, 100), /permutation/)
  assert.equal(admission.step(), true)
  const bad = admit(rig, graphOf({ given: [[], []], use: [[0, 1]] }), { sources: new Map([[0, { graph: first, task: 0 }]]) })
  rig.finish(first, 0)
  rig.scheduler.release(first, [0])
  rig.says('memory 1/0') // it is needed still
  assert.throws(() => finish(rig, bad, 100), /task given:1 runs nothing/)
  rig.says('free 1/0#1 on 0', 'forgotten 1')
  assert.equal(rig.scheduler.graphCount, 0)
})

test('a graph that is released while it comes in is forgotten', () => {
  for (const stepsBefore of upTo(9)) {
    const rig = new Rig()
    rig.worker()
    const admission = admit(rig, independent(10), { wanted: upTo(10) })
    for (let n = 0; n < stepsBefore; n++) admission.step(5)
    const sent = rig.flush()
    rig.scheduler.release(admission.graph, upTo(10))
    finish(rig, admission, 5)
    assert.deepEqual(rig.flush(), [...sent.map((line) => line.replace('run', 'cancel')), 'forgotten 1'])
    assert.equal(rig.scheduler.graphCount, 0)
  }
})

test('some of a graph is released, and wanted, while it comes in', () => {
  const rig = new Rig()
  rig.worker(10)
  const admission = admit(rig, independent(4), { wanted: [0, 1, 2] })
  rig.scheduler.release(1, [0, 1])
  rig.scheduler.want(1, [1])
  finish(rig, admission, 1)
  // The last one was wanted from the beginning by nobody, and is run all the same.
  rig.says('run 1/1#1 on 0', 'run 1/2#1 on 0', 'run 1/3#1 on 0')
})

test('a graph may use one that comes in, whichever is in first', () => {
  for (const order of [0, 1]) {
    const rig = new Rig()
    rig.worker()
    const a = admit(rig, independent(2))
    const b = admit(rig, graphOf({ given: [[]], use: [[0]] }), { sources: new Map([[0, { graph: 1, task: 0 }]]) })
    for (const admission of order === 0 ? [a, b] : [b, a]) finish(rig, admission, 1)
    rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0')
    rig.finish(1, 0)
    rig.says('run 2/1#1 on 0')
    rig.finish(2, 1)
    rig.says('free 1/0#1 on 0', 'memory 2/1')
  }
})

test('a graph that uses one that is refused fails', () => {
  const rig = new Rig()
  const a = admit(rig, independent(2), { ranks: Int32Array.of(1, 1) })
  const b = admit(rig, graphOf({ given: [[]], use: [[0]] }), { sources: new Map([[0, { graph: 1, task: 0 }]]) })
  finish(rig, b, 10)
  assert.throws(() => finish(rig, a, 100), ArgumentError)
  rig.says('erred 2/1')
  assert.ok(rig.scheduler.errorOf(2, 1) instanceof ArgumentError)
  rig.scheduler.retry(2, 1)
  rig.says('erred 2/1')
})

test('data whose worker goes while the graph comes in is lost, also if another one has its number by then', () => {
  const rig = new Rig()
  rig.worker()
  const admission = admit(rig, graphOf({ given: [[]], use: [[0]] }), { data: new Map([[0, { worker: 0, bytes: 8 }]]) })
  rig.lose(0, true)
  rig.flush()
  assert.equal(rig.worker(), 0)
  finish(rig, admission, 1)
  rig.says('erred 1/1')
  assert.ok(rig.scheduler.errorOf(1, 1) instanceof DataLost)
})

test('data of a graph that is given up before it is in is freed', () => {
  const rig = new Rig()
  rig.worker()
  const admission = admit(rig, graphOf({ given: [[]], use: [[0]] }), { data: new Map([[0, { worker: 0, bytes: 8 }]]) })
  rig.scheduler.release(admission.graph, [1])
  rig.says('free 1/0#0 on 0', 'forgotten 1')
})

test('a worker that goes while the graph comes in: what it had runs elsewhere', () => {
  const rig = new Rig()
  rig.worker()
  const admission = admit(rig, independent(6), { wanted: upTo(6) })
  while (rig.scheduler.stateOf(1, 1) !== 'ready') admission.step(2)
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0')
  rig.lose(0, true)
  rig.worker(10)
  finish(rig, admission, 2)
  assert.deepEqual(rig.flush().toSorted(), ['run 1/0#2 on 1', 'run 1/1#2 on 1', ...upTo(4).map((t) => `run 1/${t + 2}#1 on 1`)])
})
