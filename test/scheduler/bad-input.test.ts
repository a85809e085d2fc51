import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import { Rig, graphOf, independent, upTo } from './rig.js'

/** Asserts that the call is refused, and that nothing was half-done. */
function refused(rig: Rig, call: () => unknown, message: RegExp): void {
  const graphs = rig.scheduler.graphCount
  assert.throws(call, (error) => error instanceof ArgumentError && message.test(error.message))
  assert.equal(rig.scheduler.graphCount, graphs)
  rig.scheduler.validate()
  rig.says()
}

test('what is wrong with a submission is refused, and nothing of it stays', () => {
  const rig = new Rig()
  const f = rig.submit(independent(2))
  const graph = graphOf({ given: [[]], use: [[0]] })
  refused(rig, () => rig.submit(graph), /task given:0 runs nothing, and neither `sources` nor `data`/)
  refused(rig, () => rig.submit(independent(2), { wanted: [2] }), /wanted\[0\] is 2, which is no task of a graph of 2/)
  refused(rig, () => rig.submit(independent(2), { ranks: Int32Array.of(0, 0) }), /permutation of 0 … 1/)
  refused(rig, () => rig.submit(independent(2), { ranks: Int32Array.of(0) }), /permutation/)
  refused(rig, () => rig.submit(independent(2), { ranks: Int32Array.of(0, 1, 2) }), /permutation/)
  refused(rig, () => rig.submit(graph, { sources: new Map([[0, { graph: 99, task: 0 }]]) }), /no graph 99/)
  refused(rig, () => rig.submit(graph, { sources: new Map([[0, { graph: f, task: 5 }]]) }), /no task of a graph of 2/)
  const sources = new Map([
    [0, { graph: f, task: 0 }],
    [1, { graph: f, task: 1 }],
  ])
  refused(rig, () => rig.submit(graph, { sources }), /task use:0 stands for a value and has dependencies/)
  refused(
    rig,
    () => rig.submit(graphOf({ a: [[]], given: [[0]] }), { data: new Map([[1, { worker: 0, bytes: 0 }]]) }),
    /given:0 stands for/,
  )
  refused(rig, () => rig.submit(independent(1), { priority: 0.5 }), /priority of task is 0.5; it must be a whole number/)
  refused(rig, () => rig.submit(independent(1, 'x', { priority: 2 ** 40 })), /priority of x/)
  refused(rig, () => rig.submit(independent(1, 'x', { resources: { gpu: Number.NaN } })), /NaN of the resource gpu/)
  refused(rig, () => rig.submit(independent(1, 'x', { resources: { gpu: -1 } })), /-1 of the resource gpu/)
})

test('calls about graphs and tasks that are not there', () => {
  const rig = new Rig()
  const g = rig.submit(independent(2), { wanted: upTo(2) })
  refused(rig, () => rig.scheduler.want(9, [0]), /no graph 9: nothing of it is needed any more/)
  refused(rig, () => rig.scheduler.retry(9, 0), /no graph 9/)
  refused(rig, () => rig.scheduler.want(g, [2]), /no task/)
  refused(rig, () => rig.scheduler.retry(g, 2), /no task/)
})

test('a worker has at least one thread', () => {
  const rig = new Rig()
  for (const threads of [0, -1, 1.5, Number.NaN])
    refused(rig, () => rig.worker(threads), /the worker w0 says that it has .* threads/)
})
