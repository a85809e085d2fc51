import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ArgumentError, Random } from '../../src/base/index.js'
import { type Graph, GraphBuilder, order, pressure } from '../../src/graph/index.js'
import { breadthFirst } from '../../src/graph/order.js'
import { GRAPH_KINDS, addUp, makeGraph, randomGraph } from './random-graph.js'

/** Tasks by their numbers, each with its dependencies. */
function graphOf(dependencies: readonly (readonly number[])[], priorities: readonly number[] = []): Graph {
  const builder = new GraphBuilder()
  const layer = builder.layer({ name: 'plain', run: addUp })
  dependencies.forEach((row, t) => {
    const priority = priorities[t]
    const own = priority === undefined ? layer : builder.layer({ name: `p${t}`, run: addUp, annotations: { priority } })
    builder.task(own, row, t)
  })
  return builder.finish()
}

class Sketch {
  readonly rows: number[][] = []
  task(...dependencies: number[]): number {
    return this.rows.push(dependencies) - 1
  }
  tasks(n: number, dependencies: (i: number) => number[] = () => []): number[] {
    return Array.from({ length: n }, (_, i) => this.task(...dependencies(i)))
  }
  tree(row: number[], arity: number): number {
    while (row.length > 1) {
      const above: number[] = []
      for (let i = 0; i < row.length; i += arity) above.push(this.task(...row.slice(i, i + arity)))
      row = above
    }
    return row[0]!
  }
}

function ranksOf(sequence: Int32Array): Int32Array {
  const ranks = new Int32Array(sequence.length)
  sequence.forEach((t, rank) => {
    ranks[t] = rank
  })
  return ranks
}

function assertIsOrder(graph: Graph, ranks: Int32Array): void {
  assert.deepEqual(
    [...ranks].sort((a, b) => a - b),
    Array.from(ranks, (_, i) => i),
  )
  for (let t = 0; t < graph.size; t++) {
    for (const d of graph.dependenciesOf(t)) assert.ok(ranks[d]! < ranks[t]!, `${d} runs before ${t}`)
  }
}

/** The definition of pressure, word by word. */
function simulatedPressure(graph: Graph, ranks: Int32Array, wanted: ReadonlySet<number>): number {
  const alive = new Set<number>()
  const done = new Set<number>()
  let peak = 0
  for (let rank = 0; rank < graph.size; rank++) {
    const t = ranks.indexOf(rank)
    alive.add(t)
    done.add(t)
    peak = Math.max(peak, alive.size)
    for (const r of alive) if (!wanted.has(r) && graph.dependentsOf(r).every((u) => done.has(u))) alive.delete(r)
  }
  return peak
}

describe('order', () => {
  it('ranks every task once, after its dependencies', () => {
    fc.assert(fc.property(randomGraph(fc), ({ graph, wanted }) => assertIsOrder(graph, order(graph, wanted))))
    for (const kind of GRAPH_KINDS) {
      const graph = makeGraph(kind, 2000, new Random(7))
      assertIsOrder(graph, order(graph))
    }
  })

  it('never has more results alive than breadth-first', () => {
    fc.assert(
      fc.property(randomGraph(fc, { priorities: false }), fc.boolean(), ({ graph, wanted }, some) => {
        const stay = some ? wanted : []
        assert.ok(pressure(graph, order(graph, stay), stay) <= pressure(graph, ranksOf(breadthFirst(graph)), stay))
      }),
    )
  })

  it('holds one result a level of a tree', () => {
    const sketch = new Sketch()
    sketch.tree(sketch.tasks(1024), 2)
    const graph = graphOf(sketch.rows)
    assert.equal(pressure(graph, order(graph)), 12)
  })

  it('holds one chain at a time', () => {
    const sketch = new Sketch()
    const first = sketch.tasks(100)
    const second = sketch.tasks(100, (i) => [first[i]!])
    sketch.tasks(100, (i) => [second[i]!])
    const graph = graphOf(sketch.rows)
    assert.equal(pressure(graph, order(graph)), 2)
  })

  it('finishes with one part before it begins the next, whatever the parts have in common', () => {
    const sketch = new Sketch()
    const store = sketch.task()
    const loads = sketch.tasks(100, () => [store])
    for (let depth = 0; depth < 3; depth++) {
      for (const load of loads) {
        let last = sketch.task(load)
        for (let i = 0; i < depth; i++) last = sketch.task(last)
      }
    }
    const graph = graphOf(sketch.rows)
    assert.ok(pressure(graph, order(graph)) <= 5)
  })

  it('takes several reductions over the same data together', () => {
    const sketch = new Sketch()
    const data = sketch.tasks(1000)
    for (let i = 0; i < 3; i++)
      sketch.tree(
        sketch.tasks(1000, (j) => [data[j]!]),
        8,
      )
    const graph = graphOf(sketch.rows)
    assert.ok(pressure(graph, order(graph)) <= 100, `${pressure(graph, order(graph))}`)
  })

  it('does not split the inputs of a shuffle before it must', () => {
    const graph = makeGraph('shuffle', 900, new Random(1))
    assert.ok(pressure(graph, order(graph)) <= 2 * 30 + 1)
  })

  it('slides over neighbours', () => {
    const sketch = new Sketch()
    const data = sketch.tasks(200)
    sketch.tasks(198, (i) => [data[i]!, data[i + 1]!, data[i + 2]!])
    const graph = graphOf(sketch.rows)
    assert.ok(pressure(graph, order(graph)) <= 4)
  })

  it('runs a higher priority first, with what it needs', () => {
    const dependencies = [[], [], [0], [1], []]
    // 3 needs 1: both come first. 4 is the least urgent.
    assert.deepEqual([...order(graphOf(dependencies, [0, 0, 0, 5, -1]))], [2, 0, 3, 1, 4])
    fc.assert(
      fc.property(randomGraph(fc), ({ graph, wanted }) => {
        const ranks = order(graph, wanted)
        assertIsOrder(graph, ranks)
        const urgency = (t: number): number =>
          Math.max(graph.layer(t).annotations?.priority ?? 0, ...Array.from(graph.dependentsOf(t), urgency))
        const urgencies = Array.from({ length: graph.size }, (_, t) => urgency(t))
        const byRank = Array.from(ranksOf(ranks), (t) => urgencies[t]!)
        assert.deepEqual(
          byRank,
          byRank.toSorted((a, b) => b - a),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('ranks independent tasks by number and priority', () => {
    assert.deepEqual([...order(graphOf([[], [], []]))], [0, 1, 2])
    assert.deepEqual([...order(graphOf([[], [], []], [0, 1, 0]))], [1, 0, 2])
    assert.deepEqual([...order(graphOf([]))], [])
  })

  it('counts costs beyond the largest number', () => {
    const rows: number[][] = [[]]
    for (let t = 1; t < 2000; t++) rows.push([t - 1, t - 1, t - 1])
    const graph = graphOf(rows)
    assertIsOrder(graph, order(graph))
    assert.equal(pressure(graph, order(graph)), 2)
  })

  it('goes down a chain of 200,000 tasks and over a task of 200,000 dependencies', () => {
    const chain = makeGraph('chain', 200_000, new Random(1))
    assert.equal(order(chain)[199_999], 199_999)
    const sketch = new Sketch()
    sketch.rows.push([...sketch.tasks(200_000)])
    assert.equal(order(graphOf(sketch.rows))[200_000], 200_000)
  })
})

describe('pressure', () => {
  it('is the most results alive at one time', () => {
    fc.assert(
      fc.property(randomGraph(fc, { tasks: 20 }), fc.boolean(), ({ graph, wanted }, some) => {
        const stay = some ? wanted : []
        for (const ranks of [
          order(graph, stay),
          ranksOf(breadthFirst(graph)),
          Int32Array.from({ length: graph.size }, (_, t) => t),
        ]) {
          assert.equal(pressure(graph, ranks, stay), simulatedPressure(graph, ranks, new Set(stay)))
        }
      }),
    )
  })

  it('refuses ranks of another graph', () => {
    assert.throws(() => pressure(graphOf([[], []]), Int32Array.of(0)), ArgumentError)
  })
})
