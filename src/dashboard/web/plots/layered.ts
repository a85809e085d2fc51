/** A place in a drawing of a graph. */
export interface Placed {
  readonly x: number
  readonly y: number
}

/**
 * Places the nodes of a graph in columns, so that edges go from left to right: each as far left as what it needs allows; within a
 * column, near the middle of its neighbours (a few sweeps of the barycentre heuristic of Sugiyama, Tagawa and Toda, 1981).
 * Edges that close a circle are passed over. x and y count columns and places in them.
 */
export function placeInLayers(nodes: number, edges: readonly (readonly [from: number, to: number])[]): Placed[] {
  const into: number[][] = Array.from({ length: nodes }, () => [])
  const outOf: number[][] = Array.from({ length: nodes }, () => [])
  for (const [from, to] of edges) {
    if (from === to) continue
    into[to]!.push(from)
    outOf[from]!.push(to)
  }
  const column = columnsOf(nodes, into, outOf)
  const columns: number[][] = []
  column.forEach((c, n) => (columns[c] ??= []).push(n))
  for (let c = 0; c < columns.length; c++) columns[c] ??= []
  const y = new Float64Array(nodes)
  const spread = (): void => {
    for (const list of columns) list.forEach((n, i) => (y[n] = i - (list.length - 1) / 2))
  }
  spread()
  for (let sweep = 0; sweep < 6; sweep++) {
    const neighbours = sweep % 2 === 0 ? into : outOf
    for (const list of columns) {
      const wish = new Map(
        list.map((n) => {
          const around = neighbours[n]!
          return [n, around.length === 0 ? y[n]! : around.reduce((sum, m) => sum + y[m]!, 0) / around.length]
        }),
      )
      list.sort((a, b) => wish.get(a)! - wish.get(b)!)
    }
    spread()
  }
  return Array.from({ length: nodes }, (_, n) => ({ x: column[n]!, y: y[n]! }))
}

/** By node, the length of the longest way to it, circles left out. */
function columnsOf(nodes: number, into: readonly number[][], outOf: readonly number[][]): Int32Array {
  const column = new Int32Array(nodes)
  const missing = Int32Array.from(into, (list) => list.length)
  const ready: number[] = []
  for (let n = 0; n < nodes; n++) if (missing[n] === 0) ready.push(n)
  const done = new Uint8Array(nodes)
  for (let left = nodes; left > 0; left--) {
    let n = ready.pop()
    // A circle: one of it is taken to be first.
    n ??= done.indexOf(0)
    done[n] = 1
    for (const m of outOf[n]!) {
      if (done[m] === 1) continue
      column[m] = Math.max(column[m]!, column[n]! + 1)
      if (--missing[m]! === 0) ready.push(m)
    }
  }
  return column
}
