import { inspect } from 'node:util'
import type { Graph } from './graph.js'
import { type LayerEdge, layerEdges, layerSizes } from './layer-edges.js'

const MOST_LAYERS = 20
const MOST_INPUTS = 3

/**
 * A graph in a few lines: its layers with the number of tasks, and from which layers they take how many inputs.
 * What `console.log(graph)` prints.
 */
export function describeGraph(graph: Graph): string {
  const sizes = layerSizes(graph)
  const inputs = new Map<number, LayerEdge[]>()
  for (const edge of layerEdges(graph)) {
    const list = inputs.get(edge.to)
    if (list) list.push(edge)
    else inputs.set(edge.to, [edge])
  }
  const shown = graph.layers.slice(0, MOST_LAYERS)
  const nameWidth = Math.max(...shown.map((layer) => layer.name.length))
  const labels = shown.map(({ name, label }) => (label === name ? '' : `  ${label}`))
  const labelWidth = Math.max(...labels.map((label) => label.length))
  const sizeWidth = Math.max(...shown.map((_, number) => text(sizes[number]!).length))
  const lines = shown.map((layer, number) => {
    const parts = [
      `  ${layer.name.padEnd(nameWidth)}  ${text(sizes[number]!).padStart(sizeWidth)}${labels[number]!.padEnd(labelWidth)}`,
    ]
    if (layer.run === undefined) parts.push('  (values that exist)')
    const from = inputs.get(number)
    if (from) {
      const names = from.slice(0, MOST_INPUTS).map((edge) => `${text(edge.count)} × ${graph.layers[edge.from]!.name}`)
      if (from.length > MOST_INPUTS) names.push(`${from.length - MOST_INPUTS} more layers`)
      parts.push(`  ← ${names.join(', ')}`)
    }
    if (layer.annotations) parts.push(`  ${inspect(layer.annotations, { depth: 1, breakLength: Infinity })}`)
    return parts.join('').trimEnd()
  })
  if (graph.layers.length > MOST_LAYERS) lines.push(`  … ${text(graph.layers.length - MOST_LAYERS)} more layers`)
  const { targets } = graph.dependencies
  const head = [
    count(graph.size, 'task'),
    count(graph.layers.length, 'layer'),
    count(targets.length, 'dependency', 'dependencies'),
  ]
  return [`Graph of ${head.join(', ')}`, ...lines].join('\n')
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${text(n)} ${n === 1 ? one : many}`
}

function text(n: number): string {
  return n.toLocaleString('en')
}
