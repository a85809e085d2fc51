import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Random } from '../../src/base/index.js'
import { type Graph, GraphBuilder, order, visualize } from '../../src/graph/index.js'
import { toDot } from '../../src/graph/to-dot.js'
import { kindColor, rampColor } from '../../src/graph/palette.js'
import { addUp, makeGraph, randomGraph } from './random-graph.js'

/** The statements of nodes and edges, by the letter their names begin with. */
function statements(dot: string): { nodes: Map<string, string>; edges: string[] } {
  const nodes = new Map<string, string>()
  const edges: string[] = []
  for (const line of dot.split('\n')) {
    const edge = /^ {2}(\w\d+ -> \w\d+)/.exec(line)
    const node = /^ {2}(\w\d+) \[(.*)\]$/.exec(line)
    if (edge) edges.push(edge[1]!)
    else if (node) nodes.set(node[1]!, node[2]!)
  }
  return { nodes, edges }
}

function oneTask(label: string): Graph {
  const builder = new GraphBuilder()
  builder.task(builder.layer({ name: label, run: addUp }), [], 1)
  return builder.finish()
}

describe('toDot', () => {
  it('draws every task and each dependency once', () => {
    fc.assert(
      fc.property(randomGraph(fc), ({ graph }) => {
        const { nodes, edges } = statements(toDot(graph))
        assert.equal(nodes.size, graph.size)
        const expected: string[] = []
        for (let t = 0; t < graph.size; t++) {
          assert.ok(nodes.get(`t${t}`)!.includes(`tooltip="${graph.keyOf(t)}"`))
          for (const d of new Set(graph.dependenciesOf(t))) expected.push(`t${d} -> t${t}`)
        }
        assert.deepEqual(edges.sort(), expected.sort())
      }),
    )
  })

  it('draws results between the tasks that make and use them', () => {
    const { nodes, edges } = statements(toDot(makeGraph('chain', 3, new Random(1)), { results: true }))
    assert.deepEqual([...nodes.keys()].sort(), ['r0', 'r1', 'r2', 't0', 't1', 't2'])
    assert.deepEqual(edges.sort(), ['r0 -> t1', 'r1 -> t2', 't0 -> r0', 't1 -> r1', 't2 -> r2'])
  })

  it('colours by layer, or by order with the ranks written in', () => {
    const graph = makeGraph('tree', 7, new Random(1))
    const byLayer = statements(toDot(graph)).nodes
    assert.ok(byLayer.get('t0')!.includes(kindColor(0)) && byLayer.get('t6')!.includes(kindColor(1)))
    const ranks = order(graph)
    const byOrder = statements(toDot(graph, { color: 'order' })).nodes
    ranks.forEach((rank, t) => assert.ok(byOrder.get(`t${t}`)!.includes(`label="${rank}"`)))
    assert.ok(byOrder.get(`t${ranks.indexOf(0)}`)!.includes(rampColor(0)))
    assert.ok(byOrder.get(`t${ranks.indexOf(graph.size - 1)}`)!.includes(rampColor(1)))
  })

  it('outlines what is wanted, and draws values that exist as boxes', () => {
    const builder = new GraphBuilder()
    const held = builder.task(builder.layer({ name: 'held', run: undefined }), [])
    builder.task(builder.layer({ name: 'sum', run: addUp }), [held], 1)
    const { nodes } = statements(toDot(builder.finish(), { wanted: [1] }))
    assert.match(nodes.get('t0')!, /shape=box/)
    assert.match(nodes.get('t1')!, /penwidth=2/)
    assert.doesNotMatch(nodes.get('t0')!, /penwidth/)
  })

  it('draws a large graph by its layers, with counts', () => {
    const graph = makeGraph('tree', 20_001, new Random(1))
    const dot = toDot(graph, { wanted: [graph.size - 1], color: 'order' })
    const { nodes, edges } = statements(dot)
    assert.deepEqual([...nodes.keys()], ['b0', 'b1'])
    assert.match(nodes.get('b0')!, /label="load\\n10,001 tasks"/)
    assert.match(nodes.get('b1')!, /label="join\\n10,000 tasks".*penwidth=2/)
    assert.deepEqual(edges.sort(), ['b0 -> b1', 'b1 -> b1'])
    const counts = [...dot.matchAll(/->.*label=" ([\d,]+)"/g)].map((m) => Number(m[1]!.replaceAll(',', '')))
    assert.equal(
      counts.reduce((a, b) => a + b, 0),
      graph.dependencies.targets.length,
    )
  })

  it('draws many layers by their labels, and more labels than may be as one', () => {
    const builder = new GraphBuilder()
    for (let l = 0; l < 60; l++)
      builder.task(builder.layer({ name: `l${l}`, label: l < 40 ? 'same' : `label${l}`, run: addUp }), [], l)
    const graph = builder.finish()
    assert.equal(statements(toDot(graph, { maximumTasks: 59 })).nodes.size, 21)
    const few = statements(toDot(graph, { maximumTasks: 5 })).nodes
    assert.equal(few.size, 5)
    assert.match(few.get('b0')!, /same\\n40 tasks/)
    assert.match(few.get('b4')!, /other layers\\n17 tasks.*17 layers/)
  })

  it('draws only so many arrows between layers, and says so', () => {
    const builder = new GraphBuilder()
    for (let l = 0; l < 10; l++)
      builder.task(
        builder.layer({ name: `l${l}`, run: addUp }),
        Array.from({ length: l }, (_, d) => d),
        l,
      )
    for (let i = 0; i < 10; i++) builder.task(9, [], i)
    const dot = toDot(builder.finish(), { maximumTasks: 12 })
    assert.equal(statements(dot).edges.length, 12)
    assert.match(dot, /label="33 arrows with fewer dependencies are not drawn"/)
  })
})

describe('visualize', () => {
  it('draws labels of every kind of text', async () => {
    for (const label of ['a"b', 'back\\slash\\n', '<b>&amp;', 'new\nline', '\u0000', 'ümläut → ✓', '\\', '']) {
      const svg = await visualize(oneTask(label))
      assert.match(svg, /<svg [^]*<\/svg>/)
      const shown = label
        .replace(/[\n\0]/g, ' ')
        .replace(/&/g, '&amp;')
        .replace(/</g, '&lt;')
        .replace(/>/g, '&gt;')
        .replace(/"/g, '&quot;')
      if (label !== 'new\nline') assert.ok(svg.includes(`${shown}:0`), `${label} is in ${svg}`)
    }
  })

  it('draws an empty graph, and a shuffle', async () => {
    assert.match(await visualize(new GraphBuilder().finish()), /<svg/)
    const svg = await visualize(makeGraph('shuffle', 25, new Random(1)), { direction: 'right', color: 'order' })
    assert.equal(svg.match(/class="node"/g)!.length, 35)
    assert.equal(svg.match(/class="edge"/g)!.length, 50)
  })
})
