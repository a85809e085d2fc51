import { type Graph, checkWanted } from './graph.js'
import { layerEdges } from './layer-edges.js'
import { order } from './order.js'
import { kindColor, rampColor, textColor } from './palette.js'

/** The place of a label costs Graphviz as much as that of a task: with more arrows between layers the numbers are in tooltips. */
const MOST_ARROW_LABELS = 100
/** With more arrows Graphviz is told not to look for the best places too long; it would take minutes. */
const MOST_ARROWS_AT_LEISURE = 200

/** How a graph is drawn. */
export interface DrawOptions {
  /** what the colours tell apart: the layers, or the order the tasks run in (dark first); 'layer' unless told */
  readonly color?: 'layer' | 'order'
  /** draw the result of each task as a box of its own; no unless told */
  readonly results?: boolean
  /** which way results flow; 'down' unless told */
  readonly direction?: 'down' | 'right'
  /** a graph of more tasks, or of three times as many dependencies, is drawn by its layers; 500 unless told */
  readonly maximumTasks?: number
  /** tasks to draw with a strong outline: those whose results are asked for */
  readonly wanted?: ArrayLike<number>
}

/**
 * A graph in the DOT language of Graphviz: tasks as circles, values that exist already as boxes, arrows from each
 * result to the tasks that use it. A large graph has a box for each layer instead, with the numbers of tasks and
 * dependencies. Keys are in the tooltips.
 */
export function toDot(graph: Graph, options: DrawOptions = {}): string {
  checkWanted(graph, options.wanted ?? [])
  const { maximumTasks = 500, direction = 'down' } = options
  const small = graph.size <= maximumTasks && graph.dependencies.targets.length <= 3 * maximumTasks
  const statements = small ? taskStatements(graph, options) : layerStatements(graph, options, maximumTasks)
  if (statements.filter((statement) => /^\w+ -> /.test(statement)).length > MOST_ARROWS_AT_LEISURE) {
    statements.unshift('graph [mclimit=0.2, nslimit=1, nslimit1=1]')
  }
  return [
    'digraph heddle {',
    `  graph [rankdir=${direction === 'down' ? 'TB' : 'LR'}, bgcolor="#ffffff", pad=0.3, fontname="Helvetica,Arial,sans-serif", fontsize=10, nodesep=0.15, ranksep=0.4, tooltip=" "]`,
    '  node [style=filled, fontname="Helvetica,Arial,sans-serif", fontsize=10, color="#00000055", penwidth=0.8]',
    '  edge [color="#7a7a7a", arrowsize=0.6, penwidth=0.8, fontname="Helvetica,Arial,sans-serif", fontsize=9, fontcolor="#555555"]',
    ...statements.map((statement) => `  ${statement}`),
    '}',
    '',
  ].join('\n')
}

function taskStatements(graph: Graph, { color = 'layer', results = false, wanted = [] }: DrawOptions): string[] {
  const { layerOf, size } = graph
  const ranks = color === 'order' ? order(graph, wanted) : undefined
  const isWanted = new Uint8Array(size)
  for (let i = 0; i < wanted.length; i++) isWanted[wanted[i]!] = 1
  const statements = ['node [shape=circle, width=0.5, margin="0.05,0.02"]']
  for (let t = 0; t < size; t++) {
    const layer = graph.layer(t)
    const fill = ranks ? rampColor(size > 1 ? ranks[t]! / (size - 1) : 0) : kindColor(layerOf[t]!)
    const text = ranks ? String(ranks[t]) : wrapped(layer.label)
    const attributes = [`label=${quoted(text)}`, `tooltip=${quoted(graph.keyOf(t))}`, ...filled(fill)]
    if (layer.run === undefined) attributes.push('shape=box')
    if (isWanted[t]) attributes.push('color="#000000"', 'penwidth=2')
    statements.push(`t${t} [${attributes.join(', ')}]`)
    if (results) {
      const box = ['shape=box', 'width=0.3', 'height=0.25', 'fillcolor="#f5f5f5"', `label=${quoted(String(graph.indexOf[t]))}`]
      statements.push(`r${t} [${box.join(', ')}, tooltip=${quoted(`the result of ${graph.keyOf(t)}`)}]`, `t${t} -> r${t}`)
    }
  }
  for (let t = 0; t < size; t++) {
    for (const d of new Set(graph.dependenciesOf(t))) statements.push(`${results ? 'r' : 't'}${d} -> t${t}`)
  }
  return statements
}

/** Layers that are drawn as one. */
interface Box {
  readonly label: string
  readonly names: Set<string>
  tasks: number
  rankSum: number
}

function layerStatements(graph: Graph, { color = 'layer', wanted = [] }: DrawOptions, maximum: number): string[] {
  const { layers, layerOf } = graph
  const boxes: Box[] = []
  const boxOf = boxOfEachLayer(graph, Math.max(maximum, 1), boxes)
  const ranks = color === 'order' ? order(graph, wanted) : undefined
  for (let t = 0; t < graph.size; t++) {
    const box = boxes[boxOf[layerOf[t]!]!]!
    box.tasks++
    if (ranks) box.rankSum += ranks[t]!
  }
  layers.forEach((layer, number) => boxes[boxOf[number]!]!.names.add(layer.name))
  const isWanted = new Set(Array.from(wanted, (t) => boxOf[layerOf[t]!]!))

  const statements = ['node [shape=box, style="filled,rounded", margin="0.15,0.08"]']
  boxes.forEach((box, number) => {
    const fill = ranks ? rampColor(box.rankSum / box.tasks / Math.max(graph.size - 1, 1)) : kindColor(number)
    const tooltip = box.names.size === 1 ? [...box.names][0]! : `${box.names.size.toLocaleString('en')} layers`
    const label = `${shortened(box.label, 40)}\n${box.tasks.toLocaleString('en')} ${box.tasks === 1 ? 'task' : 'tasks'}`
    const attributes = [`label=${quoted(label)}`, `tooltip=${quoted(tooltip)}`, ...filled(fill)]
    if (isWanted.has(number)) attributes.push('color="#000000"', 'penwidth=2')
    statements.push(`b${number} [${attributes.join(', ')}]`)
  })
  const counts = new Map<number, number>()
  for (const { from, to, count } of layerEdges(graph)) {
    const pair = boxOf[to]! * boxes.length + boxOf[from]!
    counts.set(pair, (counts.get(pair) ?? 0) + count)
  }
  const drawn = [...counts].sort(([, a], [, b]) => b - a).slice(0, maximum)
  if (counts.size > drawn.length) {
    const hidden = (counts.size - drawn.length).toLocaleString('en')
    statements.push(`label=${quoted(`${hidden} arrows with fewer dependencies are not drawn`)}`)
  }
  for (const [pair, count] of drawn) {
    const text = quoted(` ${count.toLocaleString('en')}`)
    const label = drawn.length <= MOST_ARROW_LABELS ? `, label=${text}` : ''
    statements.push(`b${pair % boxes.length} -> b${Math.floor(pair / boxes.length)} [tooltip=${text}${label}]`)
  }
  return statements
}

/** A box for each layer; where that is too many, one for each label; where that is too many, the last takes the rest. */
function boxOfEachLayer({ layers }: Graph, maximum: number, boxes: Box[]): Int32Array {
  const keys: readonly unknown[] = layers.length <= maximum ? layers : layers.map((layer) => layer.label)
  const tooMany = new Set(keys).size > maximum
  const boxOf = new Map<unknown, number>()
  return Int32Array.from(layers, ({ label }, number) => {
    const key = keys[number]
    let box = boxOf.get(key)
    if (box === undefined) {
      const rest = tooMany && boxes.length >= maximum - 1
      box = rest ? maximum - 1 : boxes.length
      if (box === boxes.length) boxes.push({ label: rest ? 'other layers' : label, names: new Set(), tasks: 0, rankSum: 0 })
      boxOf.set(key, box)
    }
    return box
  })
}

function filled(color: string): string[] {
  return [`fillcolor="${color}"`, `fontcolor="${textColor(color)}"`]
}

/** A label on several short lines, so that its circle stays small. */
function wrapped(label: string): string {
  const lines: string[] = []
  for (const word of label.split(/(?<=[-_. ])/)) {
    const last = lines.length - 1
    if (last >= 0 && lines[last]!.length + word.length <= 9) lines[last] += word
    else lines.push(shortened(word, 12))
  }
  return (lines.length <= 3 ? lines : [lines[0]!, '…', lines[lines.length - 1]!]).join('\n')
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

/** Text as a quoted string of DOT, in which neither escapes nor HTML entities are taken for what they are not. */
function quoted(text: string): string {
  const escaped = text
    .replace(/&/g, '&amp;')
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/\n/g, '\\n')
    // oxlint-disable-next-line no-control-regex -- they are what must go
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
  return `"${escaped}"`
}
