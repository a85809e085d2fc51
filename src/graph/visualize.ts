import type { Graph } from './graph.js'
import type { DrawOptions } from './to-dot.js'

/**
 * A graph as an SVG picture; see `toDot` for what it shows.
 *
 * @example
 * await writeFile('graph.svg', await visualize(graph, { color: 'order' }))
 */
export async function visualize(graph: Graph, options: DrawOptions = {}): Promise<string> {
  const [{ toDot }, { renderSvg }] = await Promise.all([import('./to-dot.js'), import('./graphviz.js')])
  return renderSvg(toDot(graph, options))
}
