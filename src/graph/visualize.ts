import type { Graph } from './graph.js'
import { renderSvg } from './graphviz.js'
import { type DrawOptions, toDot } from './to-dot.js'

/**
 * A graph as an SVG picture; see `toDot` for what it shows.
 *
 * @example
 * await writeFile('graph.svg', await visualize(graph, { color: 'order' }))
 */
export async function visualize(graph: Graph, options: DrawOptions = {}): Promise<string> {
  return renderSvg(toDot(graph, options))
}
