import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ArgumentError, Random } from '../../src/base/index.js'
import { type Graph, cull } from '../../src/graph/index.js'
import { expectedValues, makeGraph, randomGraph, sinksOf } from './random-graph.js'

/** Everything that `tasks` need, themselves included. */
function needed(graph: Graph, tasks: Iterable<number>, found = new Set<number>()): Set<number> {
  for (const t of tasks) {
    if (found.has(t)) continue
    found.add(t)
    needed(graph, graph.dependenciesOf(t), found)
  }
  return found
}

describe('cull', () => {
  it('keeps what the wanted tasks need and nothing else, under the same keys', () => {
    fc.assert(
      fc.property(randomGraph(fc), ({ graph, wanted }) => {
        const culled = cull(graph, wanted)
        const keys = [...needed(graph, wanted)].map((t) => graph.keyOf(t)).sort()
        assert.deepEqual(Array.from({ length: culled.graph.size }, (_, t) => culled.graph.keyOf(t)).sort(), keys)
        assert.deepEqual(
          Array.from(culled.wanted, (t) => culled.graph.keyOf(t)),
          Array.from(wanted, (t) => graph.keyOf(t)),
        )
        const [before, after] = [expectedValues(graph), expectedValues(culled.graph)]
        assert.deepEqual(
          Array.from(culled.wanted, (t) => after[t]),
          Array.from(wanted, (t) => before[t]),
        )
        for (const layer of culled.graph.layers) assert.ok(graph.layers.includes(layer), 'layers are shared, not copied')
      }),
    )
  })

  it('gives the same graph back when nothing falls away, so culling again changes nothing', () => {
    fc.assert(
      fc.property(randomGraph(fc), ({ graph, wanted }) => {
        assert.equal(cull(graph, sinksOf(graph)).graph, graph)
        const once = cull(graph, wanted)
        const twice = cull(once.graph, once.wanted)
        assert.equal(twice.graph, once.graph)
        assert.deepEqual(twice.wanted, once.wanted)
      }),
    )
  })

  it('keeps the order and the repetitions of what is wanted', () => {
    const graph = makeGraph('random', 50, new Random(4))
    const culled = cull(graph, [30, 10, 30])
    assert.deepEqual(
      Array.from(culled.wanted, (t) => culled.graph.keyOf(t)),
      [30, 10, 30].map((t) => graph.keyOf(t)),
    )
  })

  it('gives an empty graph when nothing is wanted', () => {
    const { graph } = cull(makeGraph('tree', 30, new Random(1)), [])
    assert.equal(graph.size, 0)
    assert.equal(graph.layers.length, 0)
  })

  it('refuses what is no task of the graph', () => {
    const graph = makeGraph('chain', 5, new Random(1))
    for (const wrong of [5, -1, 0.5, Number.NaN]) assert.throws(() => cull(graph, [wrong]), ArgumentError)
  })

  it('goes down a chain of 200,000 tasks', () => {
    const graph = makeGraph('chain', 200_000, new Random(1))
    assert.equal(cull(graph, [150_000]).graph.size, 150_001)
  })
})
