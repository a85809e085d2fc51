import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GraphState, type LayerState } from '../../src/scheduler/graph-state.js'
import { TaskQueue } from '../../src/scheduler/task-queue.js'
import { graphOf, upTo } from './rig.js'

const SIZE = 60

function graphState(id: number, ranks: readonly number[], priorities: readonly number[]): GraphState {
  const layers = priorities.map(
    (priority): LayerState => ({
      duration: { mean: -1 },
      requirement: undefined,
      priority,
      retries: 0,
      actor: false,
      rootish: false,
    }),
  )
  const graph = graphOf({ a: upTo(SIZE / 2).map(() => []), b: upTo(SIZE / 2).map(() => []) })
  return admitted(new GraphState(id, graph, Int32Array.from(ranks)), layers)
}

function admitted(g: GraphState, layers: readonly LayerState[]): GraphState {
  g.clear(0, g.graph.size)
  g.takeRanks(0, g.graph.size)
  g.layers = layers
  g.samePriority = layers.every((layer) => layer.priority === layers[0]!.priority)
  return g
}

test('tasks come out in order, however they went in', () => {
  const ranks = fc.shuffledSubarray(upTo(SIZE), { minLength: SIZE })
  const priorities = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }))
  const step = fc.record({ push: fc.boolean(), graph: fc.nat({ max: 1 }), task: fc.nat({ max: SIZE - 1 }) })
  const script = fc.oneof(fc.array(step, { maxLength: 300, size: 'max' }), fc.constant([]))
  fc.assert(
    fc.property(ranks, ranks, priorities, priorities, script, fc.boolean(), (r1, r2, p1, p2, steps, inOrder) => {
      const graphs = [graphState(1, r1, p1), graphState(2, r2, p2)]
      const queue = new TaskQueue()
      const expected: { g: GraphState; t: number; key: number[] }[] = []
      const compare = (a: { key: number[] }, b: { key: number[] }): number =>
        a.key.map((x, i) => x - b.key[i]!).find((d) => d !== 0) ?? 0
      for (const { push, graph, task } of steps) {
        if (push || queue.size === 0) {
          const g = graphs[graph]!
          // Half of the scripts push by rank, as happens most of the time.
          const t = inOrder ? g.taskAt[expected.length % SIZE]! : task
          queue.push(g, t)
          expected.push({ g, t, key: [-g.priorityOf(t), g.id, g.rank[t]!] })
          expected.sort(compare)
        } else {
          queue.pop()
          expected.shift()
        }
        assert.equal(queue.size, expected.length)
        assert.equal(queue.topGraph, expected[0]?.g)
        if (expected.length > 0) assert.equal(queue.topTask, expected[0]!.t)
        const all: string[] = []
        queue.forEach((g, t) => all.push(`${g.id}/${t}`))
        assert.deepEqual(all.toSorted(), expected.map(({ g, t }) => `${g.id}/${t}`).toSorted())
      }
    }),
    { numRuns: 300 },
  )
})

test('a long run of tasks in order, taken out as it grows', () => {
  const n = 10_000
  const graph = graphOf({ a: upTo(n).map(() => []) })
  const layer: LayerState = {
    duration: { mean: -1 },
    requirement: undefined,
    priority: 0,
    retries: 0,
    actor: false,
    rootish: false,
  }
  const g = admitted(new GraphState(1, graph, Int32Array.from(upTo(n))), [layer])
  const queue = new TaskQueue()
  let out = 0
  for (let t = 0; t < n; t++) {
    queue.push(g, t)
    if (t % 3 === 0) continue
    assert.equal(queue.topTask, out++)
    queue.pop()
  }
  for (; queue.size > 0; queue.pop()) assert.equal(queue.topTask, out++)
  assert.equal(out, n)
  assert.equal(queue.topGraph, undefined)
})

test('several sequences in order come out as one, and an empty queue keeps nothing', () => {
  const n = 9000
  const graph = graphOf({ a: upTo(n).map(() => []) })
  const layer: LayerState = {
    duration: { mean: -1 },
    requirement: undefined,
    priority: 0,
    retries: 0,
    actor: false,
    rootish: false,
  }
  const g = admitted(new GraphState(1, graph, Int32Array.from(upTo(n))), [layer])
  const queue = new TaskQueue()
  for (let again = 0; again < 2; again++) {
    for (let from = 0; from < 9; from++) for (let t = 8 - from; t < n; t += 9) queue.push(g, t)
    for (let t = 0; t < n; t++, queue.pop()) assert.equal(queue.topTask, t)
    assert.equal(queue.size, 0)
    assert.equal(queue.topGraph, undefined)
    queue.forEach(() => assert.fail('nothing is left'))
  }
})
